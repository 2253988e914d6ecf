import { REFUSED, isTakenBack, isUnseen } from "./entry-queue.js";
import { setData, setText } from "./dom.js";
import { format, language, t, tOr } from "./i18n.js";
import { deadWords, mealName } from "./meal-name.js";
import { mealRank } from "./meals.js";
import { ecartPercent } from "./severity.js";

/** The meals of four days; the others are shown when somebody asks for them. */
const FEW_MEALS = 8;

/** The last meals of a lot with what became of each, and above all what the server refused. */
export class EntryList {
  #parts;
  #act;
  #showsAll = false;
  #shown = [null, []];

  /** @param {{correct: (meal) => void, discard: (cle) => void}} act */
  constructor(parts, act) {
    this.#parts = parts;
    this.#act = act;
    parts["all-meals"].addEventListener("click", () => {
      this.#showsAll = true;
      this.show(...this.#shown);
    });
  }

  /** @param {object|null} lot of `entryLots`; @param {object[]} entries of all his lots */
  show(lot, entries) {
    this.#shown = [lot, entries];
    const refused = entries.filter(({ etat }) => etat === REFUSED);
    rows(this.#parts.refused, refused.map((entry) => this.#refusal(entry)));
    const all = lot?.meals ?? [];
    const meals = all.slice(this.#showsAll ? 0 : -FEW_MEALS).reverse();
    this.#parts.last.hidden = meals.length === 0;
    this.#parts["all-meals"].hidden = meals.length === all.length;
    rows(this.#parts["last-meals"], meals.map((meal) => this.#meal(lot, meal, entries)));
  }

  #refusal(entry) {
    const { jour, moment, code_lot, cle, refus } = entry;
    const dose = format().grams(entry.corps.dose_g);
    const item = row(t("entry.refused", { meal: mealName(entry), lot: code_lot, dose }), refusalWords(refus));
    const current = refus.actuel ?? undefined;
    item.buttons.push(button(t("entry.edit"), () => this.#act.correct({ jour, moment, code_lot, kind: "refused", cle, current })));
    item.buttons.push(button(t("entry.discard"), () => this.#act.discard(cle)));
    return item;
  }

  #meal(lot, meal, entries) {
    const numbers = format();
    const ecart = ecartPercent(meal.dose_theorique, meal.dose_reelle);
    const dose = numbers.grams(meal.dose_reelle, Number.isInteger(meal.dose_reelle) ? 0 : 1);
    const gap = ecart === null ? "" : ` (${numbers.signedPercent(ecart)})`;
    const dead = meal.morts ? ` · ${deadWords(meal.morts)}` : "";
    const entry = meal.cle ? entries.findLast(({ cle }) => cle === meal.cle) : entries.findLast((one) => isStoredAs(one, lot, meal));
    const versions = meal.versions?.length ? ` · ${t("entry.corrected", { n: numbers.count(meal.versions.length) })}` : "";
    const item = row(`${mealName(meal)} · ${dose}${gap}${dead}`, `${numbers.mealTime(meal.time)}${versions}`);
    item.state = entry ? { etat: entry.etat, words: t(`queue.state.${entry.etat}`) } : null;
    if (meal.etat === REFUSED) return item;
    const { code_lot } = lot.lot;
    item.buttons.push(button(t("entry.edit"), () => this.#act.correct({ jour: meal.jour, moment: meal.moment, code_lot, kind: "correction" })));
    if (entry && isUnseen(entry) && isTakenBack(entry)) item.buttons.push(button(t("entry.discard"), () => this.#act.discard(entry.cle)));
    return item;
  }
}

/** What the server holds of a meal is what was written here: a stream, or somebody else, may have told another value since. */
const isStoredAs = (entry, { lot }, meal) =>
  !isUnseen(entry) && entry.lot_id === lot.id && mealRank(entry) === mealRank(meal) && entry.version === meal.version;

/** The server's own sentence is English; in French its code has ours, and the field is named. */
function refusalWords({ code, detail, champ, actuel }) {
  if (language() === "en") return detail;
  if (actuel) return t("entry.changed");
  const field = champ ? tOr(`entry.field.${champ}`, champ) : null;
  const words = tOr(`error.${code}`, detail);
  return field ? t("entry.badField", { field, words }) : words;
}

const row = (text, details) => ({ text, details, state: null, buttons: [] });
const button = (words, act) => ({ words, act });

/** Brings a list to these rows; what is there is kept, so that the keyboard keeps its place. */
function rows(list, wanted) {
  while (list.childElementCount > wanted.length) list.lastElementChild.remove();
  wanted.forEach(({ text, details, state, buttons }, i) => {
    const item = list.children[i] ?? list.appendChild(emptyRow());
    const [words, more, badge, acts] = item.children;
    setText(words, text);
    setText(more, details);
    setText(badge, state?.words ?? "");
    badge.hidden = state === null;
    setData(item, "state", state?.etat ?? null);
    while (acts.childElementCount > buttons.length) acts.lastElementChild.remove();
    buttons.forEach(({ words: label, act }, j) => {
      const one = acts.children[j] ?? acts.appendChild(Object.assign(document.createElement("button"), { type: "button", className: "switch" }));
      setText(one, label);
      one.setAttribute("aria-label", `${label} : ${text}`);
      one.onclick = act;
    });
  });
}

function emptyRow() {
  const item = document.createElement("li");
  const place = (className) => Object.assign(document.createElement("span"), { className });
  item.append(place("entry-words"), place("entry-more-words"), place("badge entry-state"), place("entry-acts"));
  return item;
}
