import { showClockMark } from "./clock-mark.js";
import { cloneTemplate, setText, showEcart, showMortality } from "./dom.js";
import { format, t, tOr } from "./i18n.js";
import { mealRank } from "./meals.js";

/** All meals of a lot, each followed by what had been said of it before. Rows are kept and filled anew. */
export class SheetMeals {
  #body;
  #rows = [];

  constructor(body) {
    this.#body = body;
  }

  show(meals, versions) {
    const lines = withVersions(meals, versions);
    while (this.#rows.length > lines.length) this.#rows.pop().root.remove();
    while (this.#rows.length < lines.length) this.#addRow();
    lines.forEach((one, i) => fill(this.#rows[i], one));
  }

  #addRow() {
    const row = cloneTemplate("sheet-meal-template");
    this.#rows.push(row);
    this.#body.append(row.root);
  }
}

/** Lines of the table: the meals in order, each before its versions, the latest of these first; deleted meals have versions only. */
export function withVersions(meals, versions) {
  const current = meals.map((meal) => ({ meal, version: false }));
  const earlier = versions.map((meal) => ({ meal, version: true }));
  const order = (a, b) => mealRank(a.meal) - mealRank(b.meal) || a.version - b.version || later(a.meal, b.meal);
  return [...current, ...earlier].sort(order);
}

const later = (a, b) => (b.remplace_le ?? "").localeCompare(a.remplace_le ?? "");

function fill({ root, figures, parts }, { meal, version }) {
  const numbers = format();
  root.dataset.meal = `${meal.jour}/${meal.moment}`;
  for (const button of parts.acts.children) {
    button.hidden = version;
    setText(button, t(`sheet.${button.dataset.act}`));
    button.setAttribute("aria-label", t("sheet.actOn", { act: button.textContent, meal: `${t("lot.day", { day: numbers.number(meal.jour) })} ${t(`lot.${meal.moment}`)}` }));
  }
  root.classList.toggle("version", version);
  setText(figures.repas, `${t("lot.day", { day: numbers.number(meal.jour) })} ${t(`lot.${meal.moment}`)}`);
  setText(figures.heure, version ? "" : numbers.mealTime(meal.time));
  showClockMark(figures.horloge, version ? null : meal.horloge_ecart_s);
  setText(figures.dose_theorique, numbers.grams(meal.dose_theorique, 1));
  setText(figures.dose_reelle, numbers.grams(meal.dose_reelle, 1));
  showEcart(figures.ecart, meal.dose_theorique, meal.dose_reelle);
  setText(figures.poids_moyen, numbers.grams(meal.poids_moyen));
  setText(figures.nb_canards_vivants, numbers.count(meal.nb_canards_vivants));
  showMortality(figures.taux_mortalite, meal.taux_mortalite);
  setText(figures.temperature_stabule, numbers.celsius(meal.temperature_stabule));
  setText(figures.humidite_stabule, numbers.percent(meal.humidite_stabule, 0));
  setText(figures.saisie, said(meal, version));
}

/** Who said it and how, and when something else took its place or it took that of something else. */
function said(meal, version) {
  const origin = tOr(`sheet.origin.${meal.origine}`, meal.origine);
  const by = meal.auteur ? t("sheet.by", { origin, name: meal.auteur }) : origin;
  const at = (instant) => format().mealTime(instant);
  const gone = { by, time: at(meal.remplace_le), who: meal.supprime_par ?? "–", why: meal.motif ?? "–" };
  if (version) return t(meal.supprime ? "sheet.deleted" : "sheet.replaced", gone);
  return meal.corrected_at ? t("sheet.corrected", { by, time: at(meal.corrected_at) }) : by;
}
