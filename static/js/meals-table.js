import { cloneTemplate, setText, showEcart, showMortality } from "./dom.js";
import { format, t } from "./i18n.js";
import { showLot } from "./lot-address.js";
import { latestMeals } from "./meals.js";

const ROWS = 20;

/** The latest meals of the lots shown. Rows are kept and filled anew, never rebuilt. */
export class MealsTable {
  #body;
  #rows = [];

  constructor(body) {
    this.#body = body;
  }

  /** @param {object[][]} lists the meals of each lot; @returns {number} how many rows are shown */
  show(lists) {
    const meals = latestMeals(lists, ROWS);
    while (this.#rows.length < meals.length) this.#addRow();
    while (this.#rows.length > meals.length) this.#rows.pop().root.remove();
    meals.forEach((meal, i) => fill(this.#rows[i], meal));
    return meals.length;
  }

  #addRow() {
    const row = cloneTemplate("meal-template");
    this.#rows.push(row);
    this.#body.append(row.root);
  }
}

function fill({ root, figures }, meal) {
  const numbers = format();
  root.dataset.meal = `${meal.code_lot}/${meal.jour}/${meal.moment}`;
  showLot(figures.code_lot, meal.code_lot);
  setText(figures.jour, t("lot.day", { day: numbers.number(meal.jour) }));
  setText(figures.moment, t(`lot.${meal.moment}`));
  setText(figures.heure, numbers.mealTime(meal.time ?? meal.timestamp));
  setText(figures.dose_theorique, numbers.grams(meal.dose_theorique, 1));
  setText(figures.dose_reelle, numbers.grams(meal.dose_reelle, 1));
  showEcart(figures.ecart, meal.dose_theorique, meal.dose_reelle);
  setText(figures.poids_moyen, numbers.grams(meal.poids_moyen));
  showMortality(figures.taux_mortalite, meal.taux_mortalite);
  setText(figures.temperature_stabule, numbers.celsius(meal.temperature_stabule));
  setText(figures.humidite_stabule, numbers.percent(meal.humidite_stabule, 0));
}
