// Logging in and out. Servers without authentication never ask for it.
import { format, t } from "./i18n.js";

/** A login that outlives its announced end by this long was renewed. */
const RENEWED_AFTER_MS = 5_000;

const leave = () => location.assign(loginAddress());
let lead = leave;

/** To the login page, which leads back here. */
export function logIn() {
  lead();
}

/** A page on which somebody may be writing shows the way to the login, and is not left. */
export function offerLogin(show) {
  lead = show;
}

/** Asks the server whether it still knows this browser. */
export async function logInIfAsked(go = logIn) {
  const answer = await fetch("/auth/me").catch(() => null);
  if (answer?.status === 401) go();
}

/** Brings the strip of who is logged in to life, if the page has one. The other tabs of the browser hear of a logout. */
export function startAccount() {
  const button = document.querySelector("[data-part=log-out]");
  if (!button) return;
  const tabs = new BroadcastChannel("gaveurs.account");
  tabs.addEventListener("message", () => logInIfAsked(leave));
  button.addEventListener("click", () => logOut(button, tabs));
}

/** Ends the login in all tabs, and leaves the identity provider too if the server knows the way. */
async function logOut(button, tabs) {
  button.disabled = true;
  const answer = await fetch("/auth/logout", { method: "POST" }).catch(() => null);
  button.disabled = false;
  if (!answer?.ok) return;
  await forgetPages();
  tabs.postMessage("logged out");
  const way = answer.status === 200 ? await answer.json().catch(() => null) : null;
  location.assign(way?.next ?? "/auth/login");
}

/** The pages that open without a network have the name of who was logged in. What he wrote, and has not been sent, stays. */
async function forgetPages() {
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    const cache = await caches.open(name);
    for (const page of await cache.keys()) if (new URL(page.url).pathname.startsWith("/gaveur/")) await cache.delete(page);
  }
}

/** Tells the reader when the login ends, and how to go on. */
export function announceExpiry(expiresAt) {
  const notice = document.querySelector("[data-part=expiry]");
  if (!notice) return;
  const link = document.createElement("a");
  link.href = loginAddress();
  link.textContent = t("app.again");
  notice.replaceChildren(t("app.expiring", { time: format().clock(expiresAt) }), link);
  setTimeout(() => notice.replaceChildren(), Date.parse(expiresAt) - Date.now() + RENEWED_AFTER_MS);
}

export function loginAddress() {
  return `/auth/login?to=${encodeURIComponent(location.pathname + location.search)}`;
}
