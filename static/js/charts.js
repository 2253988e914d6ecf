import uPlot from "../vendor/uplot/uPlot.esm.js";
import { format, t } from "./i18n.js";
import { dayOfRank, mealColumns } from "./meals.js";

const DOSES = ["dose_theorique", "dose_reelle"];
const WEIGHT = ["poids_moyen"];
/** Least height of a chart, in grams. */
const DOSE_SPAN = 40;
const WEIGHT_SPAN = 400;

/** Colours come from the style sheet at each drawing, so that a chart follows the theme. */
export const token = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Planned is dashed and given is solid: the two can be told apart without their colours.
const planned = { stroke: token("--chart-planned"), width: 1.5, dash: [5, 3], points: { show: false } };
const given = { stroke: token("--chart-given"), width: 2 };

/** A chart with axes, a live legend and the width of its element, for a farmer's page. */
export class MealChart {
  #plot;
  #fields;
  #resizing;

  static doses(element) {
    const value = (_, grams) => format().grams(grams, 1);
    return new MealChart(element, DOSES, DOSE_SPAN, [
      { ...planned, label: t("lot.planned"), value },
      { ...given, label: t("lot.given"), value, points: { size: 5, fill: token("--surface") } },
    ]);
  }

  static weight(element) {
    const value = (_, grams) => format().grams(grams);
    return new MealChart(element, WEIGHT, WEIGHT_SPAN, [
      { ...given, stroke: token("--chart-weight"), label: t("lot.weight"), value, points: { size: 5, fill: token("--surface") } },
    ]);
  }

  constructor(element, fields, leastSpan, series) {
    this.#fields = fields;
    const options = {
      width: Math.max(element.clientWidth, 200),
      height: 220,
      cursor: { drag: { x: false, y: false }, y: false },
      scales: { x: { time: false, range: mealRange }, y: { range: gramRange(leastSpan) } },
      axes: [mealAxis(), gramAxis()],
      legend: { markers: { dash: (plot, i) => (plot.series[i].dash ? "dashed" : "solid") } },
      hooks: { setLegend: [showLastMeal] },
      series: [{ label: t("chart.meal"), value: (_, rank) => mealName(rank) }, ...series],
    };
    this.#plot = new uPlot(options, mealColumns([], fields), element);
    this.#resizing = new ResizeObserver(([entry]) => this.#fit(entry.contentRect.width));
    this.#resizing.observe(element);
  }

  draw(meals) {
    const columns = mealColumns(meals, this.#fields);
    this.#plot.setData(columns);
    this.#plot.setLegend({ idx: this.#plot.cursor.idx ?? columns[0].length - 1 });
  }

  destroy() {
    this.#resizing.disconnect();
    this.#plot.destroy();
  }

  #fit(width) {
    if (width > 0 && Math.abs(width - this.#plot.width) >= 1) this.#plot.setSize({ width, height: this.#plot.height });
  }
}

/** Away from the pointer the legend tells the last meal: a "–" there would read as a missing value. */
export function showLastMeal(plot) {
  const last = plot.data[0].length - 1;
  if (plot.legend.idx == null && last >= 0) plot.setLegend({ idx: last }, false);
}

/** At least the first five days, so that a lot that begins does not look like one that ends. */
function mealRange(plot) {
  const ranks = plot.data[0];
  const first = ranks[0] ?? 0;
  return [first, Math.max(ranks.at(-1) ?? 0, first + 10)];
}

/** Room above and below, and never less than a span that matters, so that the noise of a scale does not look like hills. */
export const gramRange = (leastSpan) => (_, least, most) => {
  if (least === null || most === null) return [0, leastSpan];
  const room = Math.max((most - least) * 0.1, (leastSpan - (most - least)) / 2);
  return [Math.max(0, least - room), most + room];
};

export function mealName(rank) {
  if (rank === null || rank === undefined) return format().number(null);
  const moment = t(rank % 2 === 0 ? "lot.matin" : "lot.soir");
  return `${t("lot.day", { day: format().number(dayOfRank(rank)) })} ${moment}`;
}

export const axisStyle = () => ({
  stroke: token("--ink-muted"),
  grid: { stroke: token("--line"), width: 1 },
  ticks: { show: false },
  font: "12px system-ui, sans-serif",
});

export function mealAxis() {
  return {
    ...axisStyle(),
    space: 44,
    incrs: [2, 4, 8, 16],
    values: (_, ranks) => ranks.map((rank) => (rank % 2 === 0 ? t("lot.day", { day: format().number(dayOfRank(rank)) }) : "")),
  };
}

export function gramAxis() {
  return { ...axisStyle(), size: 64, values: (_, grams) => grams.map((value) => format().grams(value)) };
}
