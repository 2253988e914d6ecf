import { ageSeconds } from "./ages.js";
import { cloneTemplate, setData, setText, showAge, showMortality } from "./dom.js";
import { format, t } from "./i18n.js";
import { atLeast, counted } from "./open-count.js";
import { doseSeverity } from "./severity.js";

/** One site of the wall: the number to treat, readable from afar, its figures, and the lots that have ended. */
export class SiteTile {
  #view;

  /** @param {(code) => void} onEnded called when somebody asks for the ended lots */
  constructor(code, onEnded) {
    this.#view = cloneTemplate("site-template");
    this.code = code;
    this.root = this.#view.root;
    this.root.id = `site-${code}`;
    this.root.dataset.site = code;
    this.root.setAttribute("aria-labelledby", `site-name-${code}`);
    const { parts } = this.#view;
    parts.name.parentElement.id = `site-name-${code}`;
    parts.age.dataset.ageOf = code;
    setText(parts.code, code);
    parts.todo.href = `/alertes?site=${code}&etat=todo`;
    parts.ended.addEventListener("click", () => onEnded(code));
  }

  /** @param {object|undefined} stats the site's latest figures; @param {object[]} lots those of its cells, which are counted */
  showFigures(stats, lots) {
    const { parts, figures } = this.#view;
    const numbers = format();
    setText(parts.name, stats?.nom ?? "");
    parts.simulated.hidden = stats?.simule !== true;
    setText(figures.lots, stats ? numbers.count(lots.length) : numbers.count(null));
    setText(figures.canards_vivants, numbers.count(stats?.canards_vivants));
    setText(figures.poids_moyen, numbers.grams(stats?.poids_moyen));
    showMortality(figures.taux_mortalite, stats?.taux_mortalite ?? null);
    setText(figures.temperature, range(lots, "temperature_stabule", 1, (value) => numbers.celsius(value)));
    setText(figures.humidite, range(lots, "humidite_stabule", 0, (value) => numbers.percent(value, 0)));
    setText(figures.au_plan, onPlan(lots));
    this.#showEnded(stats);
  }

  /** @param {object|undefined} counts the site's open alerts; @param {AlertFeed} feed where they come from */
  showToTreat(counts, feed) {
    const { parts } = this.#view;
    const { toTreat = 0, toTreatCritical = 0 } = counts ?? {};
    setText(parts.number, feed.loaded ? atLeast(toTreat, feed.truncated) : "–");
    const words = toTreatCritical === 0 ? "site.todo" : toTreatCritical === 1 ? "site.todo.one" : "site.todo.many";
    setText(parts["todo-words"], t(words, { n: format().count(toTreatCritical) }));
    setData(this.root, "severity", toTreatCritical > 0 ? "critical" : toTreat > 0 ? "warning" : null);
  }

  /** @param {boolean} silent whether every lot that is fed here has fallen silent */
  showAge(heardMs, serverNow, silent) {
    showAge(this.root, this.#view.parts.age, ageSeconds(heardMs, serverNow), silent);
  }

  #showEnded(stats) {
    const { ended } = this.#view.parts;
    const counts = [["ready", stats?.prets], ["control", stats?.en_controle], ["closed", stats?.clos_aujourdhui]];
    ended.hidden = !counts.some(([, n]) => n > 0);
    const words = counts.map(([what, n]) => counted(`site.ended.${what}`, n ?? 0)).filter(Boolean);
    setText(ended, `${words.join(" · ")} ›`);
  }
}

/** "19,8 à 23,1 °C" over the lots that measured, one value where all agree, "–" without any. */
function range(lots, field, digits, words) {
  const values = lots.map((lot) => lot[field]).filter((value) => typeof value === "number");
  if (values.length === 0) return words(null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [low, high].map((value) => format().number(value, digits));
  return from === to ? words(high) : t("site.range", { low: from, high: words(high) });
}

/** Of the lots whose last meal was planned, those that kept to the plan. */
function onPlan(lots) {
  const judged = lots.map((lot) => doseSeverity(lot.dose_theorique, lot.dose_reelle)).filter((severity) => severity !== null);
  if (judged.length === 0) return format().count(null);
  const n = judged.filter((severity) => severity === "normal").length;
  return t("site.outOf", { n: format().count(n), total: format().count(judged.length) });
}
