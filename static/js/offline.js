const SCRIPT = "/sw.js";

/**
 * Asks the browser to show this page without a network too.
 * @returns {Promise<"ready"|"insecure"|"absent">} "insecure": browsers do so only for pages that came over TLS, or from the same machine
 */
export async function workOffline() {
  if (!isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator)) return "absent";
  try {
    await navigator.serviceWorker.register(trusted());
    return "ready";
  } catch {
    return "absent";
  }
}

/** The policy of this page admits one maker of addresses of scripts, and this one makes one address. */
function trusted() {
  const createScriptURL = (url) => {
    if (url !== SCRIPT) throw new TypeError(`${url} is not the service worker`);
    return url;
  };
  return globalThis.trustedTypes?.createPolicy("service-worker", { createScriptURL }).createScriptURL(SCRIPT) ?? SCRIPT;
}
