// Exchanges a key for the session cookie, then leads to the page that was asked for. The key may come in the fragment of the address, which
// browsers send to nobody.
import { getJson, postJson } from "./api.js";
import { onLanguageChange, t } from "./i18n.js";
import { startPreferences } from "./page-header.js";

// Why the identity provider has sent a person back without a login.
const PROBLEMS = ["expired", "refused", "away", "account"];
const form = document.querySelector("[data-part=form]");
const notice = document.querySelector("[data-part=notice]");

startPreferences();
document.querySelector("[data-connection-state]").hidden = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter(form.elements.key.value);
});

const query = new URLSearchParams(location.search);
const provider = document.querySelector("[data-part=provider]");
if (provider && query.get("to")) provider.search = `to=${encodeURIComponent(query.get("to"))}`;
const problem = query.get("problem");
if (PROBLEMS.includes(problem)) explain(() => t(problem === "expired" && !isSecureContext ? "login.insecure" : `login.${problem}`));

const given = location.hash.slice(1);
if (given) {
  history.replaceState(null, "", location.pathname + location.search);
  enter(given);
}

async function enter(key) {
  notice.hidden = true;
  try {
    await postJson("/auth/key", { key: key.trim() });
    const me = await getJson("/auth/me");
    location.assign(asked() ?? me.accueil);
  } catch (error) {
    // A browser keeps the cookie only of a page that came over TLS, or from this machine.
    const lost = error.status === 401 && !isSecureContext;
    explain(() => (lost ? t("login.insecure") : error.message));
  }
}

/** @param {() => string} words in the language of the page */
function explain(words) {
  const show = () => (notice.textContent = words());
  show();
  notice.hidden = false;
  onLanguageChange(show);
}

/** The page that led here, if it is one of ours. */
function asked() {
  const to = query.get("to");
  if (!to) return null;
  const address = new URL(to, location.origin);
  return address.origin === location.origin ? address.pathname + address.search : null;
}
