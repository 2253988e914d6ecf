import { cloneTemplate, setData, setText } from "./dom.js";
import { barsPath } from "./ecart-bars.js";
import { format, t } from "./i18n.js";
import { dayText, lastDay, lastDayWords } from "./last-day.js";
import { worstOf } from "./alert-store.js";

/** How many last characters of a code tell the lots of a site apart: day or month of the lot, and its number. */
const TAIL = 3;
const SHOWN = 5;

/** Where the page of a lot is. */
export const lotAddress = (code) => `/lot/${encodeURIComponent(code)}`;

/** One lot of the wall: its number, its day, its latest écarts, and its state as the fill of the cell. */
export class LotCell {
  #parts;
  #lot = null;
  #counts = null;
  #bars = null;
  #usual = null;

  constructor(code) {
    const { root, parts } = cloneTemplate("lot-template");
    this.code = code;
    this.root = root;
    this.#parts = parts;
    root.dataset.lot = code;
    parts.link.href = lotAddress(code);
    setText(parts.begin, code.slice(0, -SHOWN));
    setText(parts.head, code.slice(-SHOWN, -TAIL));
    setText(parts.tail, code.slice(-TAIL));
  }

  get lot() {
    return this.#lot;
  }

  /** @param {number|null} usual the jour on which lots of its site usually end */
  show(lot, usual) {
    this.#lot = lot;
    this.#usual = usual;
    const last = lastDay(lot, usual);
    setText(this.#parts.day, dayText(lot.jour, last));
    this.#parts.day.title = lastDayWords(last);
    const path = barsPath(lot.ecarts);
    if (path !== this.#bars) this.#parts.bars.setAttribute("d", path);
    this.#bars = path;
    this.#say();
  }

  /** What is usual has changed. */
  showUsual(usual) {
    if (usual !== this.#usual) this.show(this.#lot, usual);
  }

  /** @param {object|undefined} counts the lot's open alerts; @param {boolean} silent whether one says that its feed is */
  showAlerts(counts, silent) {
    this.#counts = counts;
    setData(this.root, "state", stateOf(counts));
    setData(this.root, "silent", silent ? "true" : null);
    this.#say();
  }

  /** What a screen reader says of the cell beside its code and day. */
  #say() {
    const { gaveur_nom, moment } = this.#lot;
    const meal = moment ? t(`lot.${moment}`) : t("cell.noMeal");
    const last = lastDayWords(lastDay(this.#lot, this.#usual));
    const values = { meal, gaveur: gaveur_nom ?? "–", last: last && `, ${last}`, state: stateWords(this.#counts) };
    setText(this.#parts.said, t("cell.said", values));
  }
}

/** The worst of what is to be treated; else that something is to be noted, or that what is open has been acknowledged. */
function stateOf(counts) {
  if (!counts?.total) return null;
  if (counts.toTreatCritical > 0) return "critical";
  if (counts.toTreat > 0) return "warning";
  return worstOf(counts) === "info" ? "info" : "seen";
}

function stateWords(counts) {
  const state = stateOf(counts);
  if (!state) return "";
  if (state === "seen") return t("cell.seen");
  return t("cell.state", { severity: t(`severity.${state}`), n: format().count(counts.toTreat) });
}
