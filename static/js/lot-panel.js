import { ageSeconds, instantMs } from "./ages.js";
import { MealChart } from "./charts.js";
import { cloneTemplate, setText, showAge, showEcart, showMortality } from "./dom.js";
import { format, t, tOr } from "./i18n.js";
import { showLot } from "./lot-address.js";
import { showOpenCount } from "./open-count.js";

/** One lot of a farmer: its figures at the last meal and its two curves. */
export class LotPanel {
  #view;
  #charts = [];
  #lot = null;
  #silent = false;

  constructor(code) {
    this.#view = cloneTemplate("panel-template");
    this.root = this.#view.root;
    this.root.dataset.lot = code;
    this.root.setAttribute("aria-labelledby", `lot-${code}`);
    this.#view.parts.code.id = `lot-${code}`;
    this.#view.parts.age.dataset.ageOf = code;
    this.#view.parts.alerts.href = `/alertes?lot=${encodeURIComponent(code)}`;
    showLot(this.#view.parts["lot-link"], code);
  }

  show(lot, meals) {
    this.#lot = lot;
    this.#showSummary(lot, meals.at(-1));
    if (this.#charts.length === 0) this.#createCharts();
    for (const chart of this.#charts) chart.draw(meals);
    this.#describeCharts(lot.code_lot, meals);
  }

  showAge(serverNow) {
    const heard = this.#lot?.heardMs ?? instantMs(this.#lot?.updated_at);
    showAge(this.root, this.#view.parts.age, ageSeconds(heard, serverNow), this.#silent);
  }

  /** @param {object|undefined} counts the lot's open alerts; @param {boolean} silent whether one says that its feed is */
  showAlerts(counts, silent) {
    this.#silent = silent;
    showOpenCount(this.#view.parts.alerts, counts, { words: "alerts.short" });
  }

  destroy() {
    for (const chart of this.#charts) chart.destroy();
    this.#charts = [];
    this.root.remove();
  }

  #showSummary(lot, lastMeal) {
    const { parts, figures } = this.#view;
    const numbers = format();
    setText(parts.status, tOr(`status.${lot.statut}`, lot.statut));
    parts.status.classList.toggle("badge-ready", lot.statut === "pret_abattage");
    parts.simulated.hidden = lot.simule !== true;
    const moment = lot.moment_actuel ? ` ${t(`lot.${lot.moment_actuel}`)}` : "";
    setText(figures.repas, t("lot.day", { day: numbers.number(lot.jour_actuel) }) + moment);
    setText(figures.dose_theorique, numbers.grams(lastMeal?.dose_theorique, 1));
    setText(figures.dose_reelle, numbers.grams(lastMeal?.dose_reelle, 1));
    showEcart(figures.ecart, lastMeal?.dose_theorique, lastMeal?.dose_reelle);
    setText(figures.poids_moyen, numbers.grams(lot.poids_moyen_actuel));
    setText(figures.nb_canards_vivants, ducks(lot));
    showMortality(figures.taux_mortalite, lot.taux_mortalite);
  }

  #createCharts() {
    const { doses, weights } = this.#view.parts;
    this.#charts = [MealChart.doses(doses), MealChart.weight(weights)];
  }

  #describeCharts(code, meals) {
    const { doses, weights, ...parts } = this.#view.parts;
    const numbers = format();
    const last = meals.at(-1);
    const [given, planned] = [numbers.grams(last?.dose_reelle, 1), numbers.grams(last?.dose_theorique, 1)];
    const weight = numbers.grams(last?.poids_moyen);
    parts["doses-empty"].hidden = meals.length > 0;
    parts["weights-empty"].hidden = meals.some((meal) => meal.poids_moyen !== null);
    doses.setAttribute("aria-label", last ? t("chart.doses", { code, n: meals.length, given, planned }) : t("chart.empty"));
    weights.setAttribute("aria-label", last ? t("chart.weights", { code, n: meals.length, weight }) : t("chart.empty"));
  }
}

/** Alive now, of those put on feeding when that is known. */
function ducks(lot) {
  const now = format().count(lot.nb_canards_actuel);
  return typeof lot.nb_canards_initial === "number" ? `${now} / ${format().count(lot.nb_canards_initial)}` : now;
}
