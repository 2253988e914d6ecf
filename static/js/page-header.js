import { startAccount } from "./access.js";
import { ConnectionStatus } from "./connection-status.js";
import { onLanguageChange, switchLanguage, t, translate } from "./i18n.js";
import { recall, remember } from "./preferences.js";

const THEME = "gaveurs.theme";
const page = document.documentElement;
const themeListeners = new Set();

/** Called after the colours of the page changed, for what is painted on a canvas. */
export function onThemeChange(listener) {
  themeListeners.add(listener);
}

/** Brings the shared header to life and returns its connection status. @param {ServerClock} clock of the page */
export function startHeader(clock) {
  startPreferences();
  return new ConnectionStatus(document.querySelector("[data-connection-state]"), document.querySelector("[data-part=stale]"), clock);
}

/** Language, theme and who is logged in, which every page has. */
export function startPreferences() {
  translate(document);
  document.querySelector("[data-part=language]").addEventListener("click", switchLanguage);
  startTheme(document.querySelector("[data-part=theme]"));
  startAccount();
}

/** The system's theme is followed until the reader has chosen one. */
function startTheme(button) {
  const isDark = () => page.dataset.theme === "dark";
  const label = () => (button.textContent = t(isDark() ? "app.theme.light" : "app.theme.dark"));
  const apply = (theme) => {
    page.dataset.theme = theme;
    label();
    for (const listener of themeListeners) listener();
  };
  button.addEventListener("click", () => {
    apply(isDark() ? "light" : "dark");
    remember(THEME, page.dataset.theme);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    if (!recall(THEME)) apply(event.matches ? "dark" : "light");
  });
  // Paper is light whatever the theme, and charts, which are painted, must be painted for it.
  let onScreen = null;
  addEventListener("beforeprint", () => {
    onScreen = page.dataset.theme;
    apply("light");
  });
  addEventListener("afterprint", () => apply(onScreen));
  onLanguageChange(label);
  label();
}
