import { ageSeconds } from "./ages.js";
import { cloneTemplate, setData, setText, showAge, showEcart, showMortality } from "./dom.js";
import { format, t } from "./i18n.js";
import { showOpenCount } from "./open-count.js";

/** One lot of the wall at its last meal. */
export class LotCard {
  #view;
  #lot = null;
  #silent = false;

  constructor(code) {
    this.#view = cloneTemplate("lot-template");
    this.code = code;
    this.root = this.#view.root;
    this.root.dataset.lot = code;
    this.#view.parts.age.dataset.ageOf = code;
    setText(this.#view.parts.link, code);
    this.#view.parts.alerts.href = `/alertes?lot=${encodeURIComponent(code)}`;
  }

  get chart() {
    return this.#view.parts.chart;
  }

  get lot() {
    return this.#lot;
  }

  show(lot) {
    this.#lot = lot;
    const { parts, figures } = this.#view;
    const numbers = format();
    parts.link.href = `/gaveur/${lot.gaveur_id}#${encodeURIComponent(lot.code_lot)}`;
    parts.simulated.hidden = lot.simule !== true;
    parts.ready.hidden = lot.pret_abattage !== true;
    setData(this.root, "ready", lot.pret_abattage === true ? "true" : null);
    setText(parts.gaveur, lot.gaveur_nom ?? "");
    setText(parts.when, `${t("lot.day", { day: numbers.number(lot.jour) })} ${t(`lot.${lot.moment}`)}`);
    setText(figures.dose_theorique, numbers.grams(lot.dose_theorique));
    setText(figures.dose_reelle, numbers.grams(lot.dose_reelle));
    setText(figures.poids_moyen, numbers.grams(lot.poids_moyen));
    showMortality(figures.taux_mortalite, lot.taux_mortalite);
    showEcart(figures.ecart, lot.dose_theorique, lot.dose_reelle);
  }

  /** @param {object|undefined} counts the lot's open alerts; @param {boolean} silent whether one says that its feed is */
  showAlerts(counts, silent) {
    this.#silent = silent;
    showOpenCount(this.#view.parts.alerts, counts, { words: "alerts.short" });
  }

  showAge(serverNow) {
    const seconds = ageSeconds(this.#lot?.receivedMs ?? null, serverNow);
    showAge(this.root, this.#view.parts.age, seconds, this.#silent);
  }
}
