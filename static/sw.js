// Shows a farmer's page without a network: the page as it was last loaded, and the files of its version. What the API says is never
// kept here: the page itself keeps what it needs, and says how old that is.

const VERSION = "{version}";
const CACHE = `gaveurs-${VERSION}`;
const FOLDER = `/static/${VERSION}/`;
const SHELL = ["pages/gaveur.js", "pages/gaveur.css", "js/early-preferences.js", "favicon.svg"].map((file) => FOLDER + file);
/** On a slow line the page that is kept is shown, rather than nothing for longer. */
const PATIENCE_MS = 2_000;
/** What an answer would have varied with is not kept. */
const AS_IT_IS = { ignoreVary: true };

const isPage = (url) => /^\/gaveur\/\d+\/?$/.test(url.pathname);
/** A page has its number as its address, whatever it shows of itself. */
const keyOf = (url) => url.pathname.replace(/\/$/, "");

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && isPage(url)) event.respondWith(page(event, url));
  else if (event.request.mode === "navigate" && /^\/saisie\/?$/.test(url.pathname)) event.respondWith(entry(event.request));
  else if (url.pathname.startsWith("/static/v-")) event.respondWith(file(event.request));
});

/** All or nothing: a version that cannot be loaded whole does not take the place of one that is there. */
async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL);
  for (const path of await keptPages()) await keep(await fetch(path));
  await self.skipWaiting();
}

/** The pages that were opened on this device, in any version. */
async function keptPages() {
  const kept = new Set();
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) if (isPage(new URL(url))) kept.add(keyOf(new URL(url)));
  }
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) {
    if (isPage(new URL(client.url))) kept.add(keyOf(new URL(client.url)));
  }
  return kept;
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("gaveurs-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

/** The page from the network; that which is kept if the network is slow or away. */
async function page(event, url) {
  const kept = await caches.match(keyOf(url), AS_IT_IS);
  const loading = fetch(event.request).then(keep);
  if (!kept) return loading;
  event.waitUntil(loading.catch(() => {}));
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  return Promise.race([loading.catch(() => kept), patience]);
}

/** Keeps a page under its number. A login, a refusal or an error is not the page. */
async function keep(response) {
  if (!response.ok || response.redirected) return response;
  const url = new URL(response.url);
  if (isPage(url)) await (await caches.open(CACHE)).put(keyOf(url), response.clone());
  return response;
}

/** The address that a farmer remembers leads to the last page that he opened. */
async function entry(request) {
  try {
    return await fetch(request);
  } catch (failure) {
    const last = [...(await keptPages())].at(-1);
    if (!last) throw failure;
    return Response.redirect(last);
  }
}

/** What is under the address of a version never changes. */
async function file(request) {
  const kept = await caches.match(request, AS_IT_IS);
  return kept ?? fetch(request);
}
