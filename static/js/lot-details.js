import { ageSeconds } from "./ages.js";
import { namedParts, setData, setText, showAge, showEcart, showMortality } from "./dom.js";
import { format, t } from "./i18n.js";

/** The last meal of the lot that is pointed at or has the focus, in figures: one line for all lots. */
export class LotDetails {
  #root;
  #figures;
  #simulated;
  #cell = null;

  constructor(root) {
    this.#root = root;
    const { figures, parts } = namedParts(root);
    this.#figures = figures;
    this.#simulated = parts.simulated;
  }

  /** The code of the lot that is shown, or null. */
  get code() {
    return this.#cell?.code ?? null;
  }

  /** @param {LotCell|null} cell */
  show(cell) {
    this.#cell = cell;
    this.#root.hidden = !cell?.lot;
    setData(this.#root, "lot", cell?.code);
    if (this.#root.hidden) return;
    const { lot } = cell;
    const [figures, numbers] = [this.#figures, format()];
    setText(figures.code, lot.code_lot);
    this.#simulated.hidden = lot.simule !== true;
    setText(figures.gaveur, lot.gaveur_nom ?? "–");
    setText(figures.when, lot.moment ? `${t("lot.day", { day: numbers.number(lot.jour) })} ${t(`lot.${lot.moment}`)}` : "–");
    setText(figures.dose_theorique, numbers.grams(lot.dose_theorique));
    setText(figures.dose_reelle, numbers.grams(lot.dose_reelle));
    setText(figures.poids_moyen, numbers.grams(lot.poids_moyen));
    setText(figures.nb_canards_vivants, numbers.count(lot.nb_canards_vivants));
    setText(figures.temperature_stabule, numbers.celsius(lot.temperature_stabule));
    setText(figures.humidite_stabule, numbers.percent(lot.humidite_stabule, 0));
    showMortality(figures.taux_mortalite, lot.taux_mortalite);
    showEcart(figures.ecart, lot.dose_theorique, lot.dose_reelle);
  }

  showAge(serverNow) {
    if (!this.#cell?.lot) return;
    const seconds = ageSeconds(this.#cell.lot.receivedMs, serverNow);
    showAge(this.#root, this.#figures.age, seconds, this.#cell.root.dataset.silent === "true");
  }
}
