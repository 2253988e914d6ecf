import { cloneTemplate, setData, setText } from "./dom.js";
import { scoreText } from "./grade-shares.js";
import { format, t } from "./i18n.js";
import { drawSparkline, sparkline } from "./sparkline.js";

/** How the values, deviations and trends of each measure are written. */
const WRITTEN = {
  score: { value: scoreText, small: (value) => format().number(value, 3) },
  masse: { value: (value) => format().grams(value), small: (value) => format().grams(value, 1) },
  fraicheur: { value: scoreText, small: (value) => format().number(value, 3) },
  oxydation: { value: scoreText, small: (value) => format().number(value, 3) },
};

/** Mean, scatter, capability and trend of each measure, with its means by hour as a line. */
export class DriftTable {
  #body;
  #rows = new Map();

  constructor(body) {
    this.#body = body;
  }

  /** The window of the lines reaches from one instant to the other. */
  show(measures, fromMs, toMs) {
    for (const measure of measures) this.#fill(this.#row(measure.mesure), measure, fromMs, toMs);
  }

  #row(name) {
    if (!this.#rows.has(name)) {
      const row = cloneTemplate("drift-template");
      row.root.dataset.measure = name;
      this.#rows.set(name, row);
      this.#body.append(row.root);
    }
    return this.#rows.get(name);
  }

  #fill({ parts, figures }, measure, fromMs, toMs) {
    const { value, small } = WRITTEN[measure.mesure];
    const numbers = format();
    const name = t(`drift.${measure.mesure}`);
    setText(parts.name, name);
    setText(figures.echantillons, numbers.count(measure.echantillons));
    setText(figures.moyenne, value(measure.moyenne));
    setText(figures.ecart_type, small(measure.ecart_type));
    setText(figures.limites, limitsText(measure, value));
    setText(figures.cp, numbers.number(measure.cp, 2));
    setText(figures.cpk, numbers.number(measure.cpk, 2));
    setData(figures.tendance, "trend", measure.tendance);
    setText(figures.tendance, trendText(measure, small));
    const limits = [measure.limite_basse, measure.limite_haute].filter((limit) => limit !== null);
    const line = sparkline(measure.heures, limits, fromMs, toMs);
    if (!line) return setText(parts.line, numbers.number(null));
    const words = t("drift.line", { measure: name, low: value(line.low), high: value(line.high) });
    parts.line.replaceChildren(drawSparkline(line, words));
  }
}

function limitsText({ limite_basse: low, limite_haute: high }, value) {
  if (low !== null && high !== null) return t("drift.between", { low: value(low), high: value(high) });
  if (low !== null) return t("drift.atLeast", { value: value(low) });
  return high === null ? format().number(null) : t("drift.atMost", { value: value(high) });
}

function trendText({ tendance, tendance_par_heure: perHour }, small) {
  if (!tendance) return format().number(null);
  const sign = perHour > 0 ? "+" : "";
  return `${t(`drift.${tendance}`)} (${sign}${t("drift.perHour", { value: small(perHour) })})`;
}

/** Samples and rejects of each hour, newest first. */
export class HoursTable {
  #parts;
  #rows = [];

  constructor(parts) {
    this.#parts = parts;
  }

  show(hours) {
    const newestFirst = [...hours].reverse();
    while (this.#rows.length > hours.length) this.#rows.pop().root.remove();
    while (this.#rows.length < hours.length) this.#add();
    newestFirst.forEach((hour, i) => fill(this.#rows[i], hour));
    this.#parts["hours-table"].hidden = hours.length === 0;
    this.#parts["hours-empty"].hidden = hours.length > 0;
  }

  #add() {
    const row = cloneTemplate("hour-template");
    this.#rows.push(row);
    this.#parts.hours.append(row.root);
  }
}

function fill({ parts, figures }, { heure, echantillons, rejets }) {
  setText(parts.hour, format().mealTime(heure));
  setText(figures.echantillons, format().count(echantillons));
  setText(figures.rejets, format().count(rejets));
  setText(figures.part, format().percent(echantillons > 0 ? (rejets / echantillons) * 100 : null));
}
