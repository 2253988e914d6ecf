import { Formatter } from "./format.js";
import { en } from "./messages-en.js";
import { fr } from "./messages-fr.js";
import { remember } from "./preferences.js";

const MESSAGES = { fr: { ...fr }, en: { ...en } };
const formatters = new Map();
const listeners = new Set();

/** The language of the page: the one already on `<html lang>`, French by default. */
export const language = () => (document.documentElement.lang === "en" ? "en" : "fr");

/** Numbers, units and times in the language of the page, in the zone that its server names. */
export function format() {
  const lang = language();
  if (!formatters.has(lang)) formatters.set(lang, new Formatter(lang, document.querySelector("meta[name=zone]").content));
  return formatters.get(lang);
}

/** Adds the texts that only this page needs: a module of `texts/` with the same keys in `fr` and `en`. */
export function addTexts(texts) {
  Object.assign(MESSAGES.fr, texts.fr);
  Object.assign(MESSAGES.en, texts.en);
}

/** The text of a key with its `{name}` places filled; the key itself when it is unknown, so that the lack shows. */
export function t(key, values = {}) {
  const text = MESSAGES[language()][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** Text of a key that may not exist (a state newer than this screen), else the raw word. */
export const tOr = (key, fallback) => MESSAGES[language()][key] ?? fallback;

/** Switches between French and English, on the page and for the next visits. */
export function switchLanguage() {
  document.documentElement.lang = language() === "fr" ? "en" : "fr";
  remember("gaveurs.lang", language());
  translate(document);
  for (const listener of listeners) listener();
}

export function onLanguageChange(listener) {
  listeners.add(listener);
}

/** Fills every element that names its text (`data-i18n`) or its label (`data-i18n-label`), templates included. */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
  for (const element of root.querySelectorAll("[data-i18n-label]")) {
    element.setAttribute("aria-label", t(element.dataset.i18nLabel));
  }
  for (const template of root.querySelectorAll("template")) translate(template.content);
}
