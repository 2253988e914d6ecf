import { format, t } from "./i18n.js";
import { doseSeverity, ecartPercent, mortalitySeverity } from "./severity.js";

/** Marks that turn the order of what follows: a name that carries one would rearrange the line that it stands in. */
const ORDER_MARKS = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

/** Writes a text only when it differs: an untouched node costs neither layout nor a screen reader's attention. */
export function setText(element, text) {
  const plain = typeof text === "string" ? text.replace(ORDER_MARKS, "") : text;
  if (element.textContent !== plain) element.textContent = plain;
}

export function setData(element, name, value) {
  if (value === null || value === undefined) delete element.dataset[name];
  else if (element.dataset[name] !== String(value)) element.dataset[name] = value;
}

/** A demand to draw: however many come, the page is drawn at most once per animation frame. */
export function oncePerFrame(draw) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      draw();
    });
  };
}

/** Shows the parts of a page that were hidden (`data-loading`) until their first data was there, so that nothing jumps. */
export const showLoaded = () => document.getElementById("main").removeAttribute("data-loading");

/** A copy of a template's first element with the parts that carry `data-part` or `data-figure`, by name. */
export function cloneTemplate(id) {
  const root = document.getElementById(id).content.firstElementChild.cloneNode(true);
  return { root, ...namedParts(root) };
}

export function namedParts(root) {
  const byName = (attribute) =>
    Object.fromEntries(Array.from(root.querySelectorAll(`[data-${attribute}]`), (e) => [e.dataset[attribute], e]));
  return { parts: byName("part"), figures: byName("figure") };
}

/** Draws an écart in an element made from the écart mark-up: value with sign, and the word and colour of what is not normal. */
export function showEcart(element, planned, given) {
  const percent = ecartPercent(planned, given);
  const severity = doseSeverity(planned, given);
  const [value, word] = element.children;
  setText(value, format().signedPercent(percent));
  const noted = severity === "normal" ? null : severity;
  setText(word, noted ? t(`severity.${noted}`) : "");
  setData(element, "severity", noted);
}

/** How long ago something was heard of, on an element that turns grey when its feed is silent. */
export function showAge(root, element, seconds, silent) {
  const age = format().age(seconds);
  setText(element, silent ? `${t("age.silent")} · ${age}` : age);
  setData(root, "silent", silent ? "true" : null);
}

/** A cumulated mortality with the word of its severity when there is one. */
export function showMortality(element, percent) {
  const severity = mortalitySeverity(percent);
  const word = severity === "warning" || severity === "critical" ? ` ${t(`severity.${severity}`)}` : "";
  setText(element, format().percent(percent, 2) + word);
  setData(element, "severity", word ? severity : null);
}
