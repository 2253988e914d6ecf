import { ageSeconds, instantMs } from "./ages.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { showGrades } from "./grade-shares.js";
import { format, t, tOr } from "./i18n.js";
import { showLot } from "./lot-address.js";

/** A table of lots in quality control. Rows are kept and filled anew. */
export class LotQueue {
  #body;
  #rows = [];
  #lots = [];
  #since;
  #hasItm;

  /** @param {(lot) => string|null} since the instant whose age is shown; `hasItm`: the table has a column for it */
  constructor(body, since, { hasItm }) {
    this.#body = body;
    this.#since = since;
    this.#hasItm = hasItm;
  }

  show(lots) {
    this.#lots = lots;
    while (this.#rows.length > lots.length) this.#rows.pop().root.remove();
    while (this.#rows.length < lots.length) this.#add();
    lots.forEach((lot, i) => fill(this.#rows[i], lot));
  }

  showAges(serverNow) {
    this.#lots.forEach((lot, i) => {
      const seconds = ageSeconds(instantMs(this.#since(lot)), serverNow);
      setText(this.#rows[i].parts.age, format().age(seconds));
    });
  }

  #add() {
    const row = cloneTemplate("queue-template");
    if (!this.#hasItm) row.figures.itm.remove();
    this.#rows.push(row);
    this.#body.append(row.root);
  }
}

function fill({ root, parts, figures }, lot) {
  const numbers = format();
  setData(root, "queued", lot.code_lot);
  setData(root, "state", lot.statut);
  showLot(parts.lot, lot.code_lot);
  parts.simulated.hidden = lot.simule !== true;
  setText(figures.site_code, lot.site_code ?? "–");
  setText(figures.gaveur_nom, lot.gaveur_nom ?? "–");
  setText(parts.state, tOr(`queue.${lot.statut}`, lot.statut));
  setText(figures.prise_par, lot.prise_par ?? "–");
  setText(figures.echantillons, numbers.count(lot.echantillons));
  showGrades(parts.grades, lot.echantillons > 0 ? lot.grades : null);
  setText(figures.masse_moyenne_g, numbers.grams(lot.masse_moyenne_g));
  setText(figures.itm, itmText(lot.itm));
}

/** Maize over liver, and the same turned round: grams of foie for a kilogram of maize. */
export function itmText(itm) {
  if (typeof itm !== "number" || itm <= 0) return format().number(null);
  return t("queue.itmValue", { itm: format().number(itm, 1), yield: format().number(1000 / itm, 1) });
}
