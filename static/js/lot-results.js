import { lotQuality, lotRatings } from "./api.js";
import { setText } from "./dom.js";
import { gradeShares, gradeWord } from "./grade-shares.js";
import { format, t, tOr } from "./i18n.js";
import { showLot } from "./lot-address.js";

const MOST_LOTS = 12;

/** What became of the lots that a farmer has fed: grades, liver, maize for it, ratings. Asked for once for each lot and state, and once rated. */
export class LotResults {
  #parts;
  /** Of a lot in a state: what quality control knows, and what consumers say. */
  #known = new Map();
  #lots = null;

  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {object[]|null} lots that have ended, newest first; null until they are known */
  show(lots) {
    this.#lots = lots?.slice(0, MOST_LOTS) ?? null;
    for (const lot of this.#lots ?? []) this.#ask(lot);
    this.#draw();
  }

  /** A consumer has rated a foie of this lot. */
  rated({ code_lot }) {
    const lot = this.#lots?.find((one) => one.code_lot === code_lot);
    if (!lot) return;
    this.#known.delete(keyOf(lot));
    this.#ask(lot);
  }

  async #ask(lot) {
    const key = keyOf(lot);
    if (this.#known.has(key)) return;
    this.#known.set(key, null);
    try {
      const [quality, ratings] = await Promise.all([lotQuality(lot.id), lotRatings(lot.id)]);
      this.#known.set(key, { quality, ratings: ratings.figures });
      this.#draw();
    } catch {
      this.#known.delete(key);
    }
  }

  #draw() {
    const list = this.#parts["ended-lots"];
    const lots = this.#lots ?? [];
    setText(this.#parts["ended-state"], this.#lots === null ? t("results.loading") : lots.length === 0 ? t("results.none") : "");
    while (list.childElementCount > lots.length) list.lastElementChild.remove();
    lots.forEach((lot, i) => this.#row(list.children[i] ?? list.appendChild(emptyRow()), lot));
  }

  #row(item, lot) {
    const [head, figures] = item.children;
    const [link, state, simulated] = head.children;
    const { quality, ratings } = this.#known.get(keyOf(lot)) ?? {};
    const numbers = format();
    showLot(link, lot.code_lot);
    setText(state, tOr(`status.${lot.statut}`, lot.statut));
    setText(simulated, t("lot.simulated"));
    simulated.hidden = lot.simule !== true;
    const shares = quality?.echantillons > 0 ? gradeShares(quality.grades) : [];
    const grades = shares.map(({ grade, percent }) => `${grade === "REJECT" ? gradeWord(grade) : grade} ${numbers.percent(percent, 0)}`);
    const shown = {
      "results.grades": grades.join(" · ") || numbers.number(null),
      "results.livers": numbers.count(quality?.echantillons || null),
      "results.liver": numbers.grams(quality?.masse_moyenne_g),
      "results.itm": numbers.number(quality?.itm || null, 1),
      "lot.mortality": numbers.percent(lot.taux_mortalite, 2),
      "results.ratings": ratings?.n ? t("results.rated", { mean: numbers.number(ratings.moyenne, 1), n: numbers.count(ratings.n) }) : numbers.number(null),
    };
    Object.entries(shown).forEach(([key, value], i) => {
      const pair = figures.children[i];
      setText(pair.firstElementChild, t(key));
      setText(pair.lastElementChild, value);
    });
  }
}

const keyOf = ({ id, statut }) => `${id} ${statut}`;

function emptyRow() {
  const item = document.createElement("li");
  const head = document.createElement("h3");
  const badge = (className) => Object.assign(document.createElement("span"), { className });
  head.append(document.createElement("a"), badge("badge"), badge("badge badge-simulated"));
  const figures = Object.assign(document.createElement("dl"), { className: "figures" });
  for (let i = 0; i < 6; i += 1) {
    const pair = document.createElement("div");
    // The grades are a line of words.
    pair.classList.toggle("figures-wide", i === 0);
    pair.append(document.createElement("dt"), document.createElement("dd"));
    figures.append(pair);
  }
  item.append(head, figures);
  return item;
}
