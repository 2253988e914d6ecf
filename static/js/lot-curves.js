import uPlot from "../vendor/uplot/uPlot.esm.js";
import { axisStyle, gramAxis, gramRange, mealAxis, mealName, showLastMeal, token } from "./charts.js";
import { format, t } from "./i18n.js";
import { mealRank } from "./meals.js";

/** Width of a chart on an A4 page with its margins, CSS pixels. */
const PAPER_WIDTH = 690;

const SYNC = "lot";
/** What an alert looks like above its meal: shape and colour by severity, the gravest first. */
export const MARKS = [
  { severity: "critical", sign: "▲", color: token("--critical") },
  { severity: "warning", sign: "◆", color: token("--warning") },
  { severity: "info", sign: "●", color: token("--info") },
];

const line = (name, width = 2) => ({ stroke: token(name), width, points: { size: 5, fill: token("--surface") } });
const dashed = { width: 1.5, dash: [5, 3], points: { show: false } };
/** As wide as the axis on the right of the last chart, so that meals stand above each other. */
const RIGHT = 46;
const percentAxis = () => ({ ...axisStyle(), size: 64, space: 22, values: (_, values) => values.map((value) => format().percent(value)) });
const celsiusAxis = () => ({ ...axisStyle(), size: 64, space: 22, values: (_, values) => values.map((value) => format().celsius(value)) });

const humidityAxis = () => ({
  ...axisStyle(), scale: "h", side: 1, size: RIGHT, space: 22, grid: { show: false },
  values: (_, values) => values.map((value) => format().percent(value, 0)),
});

/** All curves of a lot above one axis of meals: what the pointer reads in one is read in all. */
export class LotCurves {
  #charts;
  #marks = [];

  /** @param {{doses, weights, mortality, barn}} elements */
  constructor(elements) {
    const grams = (digits) => (_, value) => format().grams(value, digits);
    const percent = (digits) => (_, value) => format().percent(value, digits);
    this.#charts = {
      doses: chart(elements.doses, 230, {
        series: [
          { label: t("sheet.p90"), stroke: "transparent", points: { show: false }, value: grams(0) },
          { label: t("sheet.p10"), stroke: "transparent", points: { show: false }, value: grams(0) },
          { label: t("sheet.p50"), ...dashed, dash: [2, 3], stroke: token("--chart-band-line"), value: grams(0) },
          { label: t("lot.planned"), ...dashed, stroke: token("--chart-planned"), value: grams(1) },
          { label: t("lot.given"), ...line("--chart-given"), value: grams(1) },
        ],
        bands: [{ series: [1, 2], fill: token("--chart-band") }],
        axes: [gramAxis()],
        scales: { y: { range: gramRange(40) } },
        hooks: { draw: [(plot) => drawMarks(plot, this.#marks)] },
      }),
      weights: chart(elements.weights, 120, {
        series: [{ label: t("lot.weight"), ...line("--chart-weight"), value: grams(0) }],
        axes: [{ ...gramAxis(), space: 22 }],
        scales: { y: { range: gramRange(400) } },
      }),
      mortality: chart(elements.mortality, 104, {
        series: [{ label: t("lot.mortality"), ...line("--critical"), value: percent(2) }],
        axes: [percentAxis()],
        scales: { y: { range: (_, __, most) => [0, Math.max(3, (most ?? 0) * 1.1)] } },
      }),
      barn: chart(elements.barn, 120, {
        series: [
          { label: t("meal.temperature"), ...line("--warning"), value: (_, value) => format().celsius(value) },
          { label: t("meal.humidity"), ...line("--info"), scale: "h", dash: [6, 3], value: percent(0) },
        ],
        axes: [celsiusAxis(), humidityAxis()],
        padding: null,
        scales: { y: { range: (_, least, most) => [Math.min(least ?? 14, 14), Math.max(most ?? 29, 29)] }, h: { range: [0, 100] } },
      }),
    };
  }

  /** @param {object[]} corridor meals with p10, p50, p90; @param {object[]} alerts those with a meal are marked */
  draw(meals, corridor, alerts) {
    const ranks = everyRank([...meals, ...corridor]);
    const [ofMeals, ofPeers] = [byRank(meals), byRank(corridor)];
    const column = (map, field) => ranks.map((rank) => map.get(rank)?.[field] ?? null);
    const show = (name, columns) => {
      const plot = this.#charts[name].plot;
      plot.setData([ranks, ...columns]);
      plot.setLegend({ idx: plot.cursor.idx ?? ranks.indexOf(meals.length > 0 ? mealRank(meals.at(-1)) : null) });
    };
    this.#marks = placedMarks(alerts);
    const band = ["p90", "p10", "p50"].map((field) => column(ofPeers, field));
    show("doses", [...band, column(ofMeals, "dose_theorique"), column(ofMeals, "dose_reelle")]);
    show("weights", [column(ofMeals, "poids_moyen")]);
    show("mortality", [column(ofMeals, "taux_mortalite")]);
    show("barn", [column(ofMeals, "temperature_stabule"), column(ofMeals, "humidite_stabule")]);
  }

  /** The sizes for one sheet of paper: the doses as wide as the sheet, the others beside each other below. */
  fitPaper() {
    const { doses, ...others } = this.#charts;
    doses.plot.setSize({ width: PAPER_WIDTH, height: 120 });
    for (const { plot } of Object.values(others)) plot.setSize({ width: Math.floor(PAPER_WIDTH / 3) - 8, height: 84 });
  }

  destroy() {
    for (const one of Object.values(this.#charts)) one.destroy();
  }
}

/** The alerts that belong to a meal: the rank of the meal and the gravest mark on it. */
export function placedMarks(alerts) {
  const gravest = new Map();
  for (const alert of alerts) {
    const place = MARKS.findIndex(({ severity }) => severity === alert.severite);
    if (place < 0 || typeof alert.jour !== "number" || !alert.moment) continue;
    const rank = mealRank(alert);
    gravest.set(rank, Math.min(gravest.get(rank) ?? place, place));
  }
  return [...gravest].map(([rank, place]) => ({ rank, ...MARKS[place] }));
}

function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.font = `${Math.round(13 * devicePixelRatio)}px system-ui, sans-serif`;
  for (const { rank, sign, color } of marks) {
    const x = plot.valToPos(rank, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = ctx.strokeStyle = color();
    ctx.globalAlpha = 0.35;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.fillText(sign, x, bbox.top);
  }
  ctx.restore();
}

function chart(element, height, { series, axes, scales, bands, padding = [null, RIGHT, null, null], hooks = {} }) {
  const options = {
    width: Math.max(element.clientWidth, 200),
    height,
    bands,
    padding: padding ?? undefined,
    cursor: { drag: { x: false, y: false }, y: false, sync: { key: SYNC } },
    scales: { x: { time: false, range: (_, least, most) => [least ?? 0, Math.max(most ?? 0, (least ?? 0) + 10)] }, ...scales },
    axes: [{ ...mealAxis(), size: 26 }, ...axes],
    legend: { markers: { dash: (plot, i) => (plot.series[i].dash ? "dashed" : "solid") } },
    hooks: { setLegend: [showLastMeal], ...hooks },
    series: [{ label: t("chart.meal"), value: (_, rank) => mealName(rank) }, ...series.map((one) => ({ spanGaps: false, ...one }))],
  };
  const plot = new uPlot(options, [[], ...series.map(() => [])], element);
  const fit = (width) => {
    if (width > 0 && Math.abs(width - plot.width) >= 1) plot.setSize({ width, height });
  };
  const resizing = new ResizeObserver(([entry]) => fit(entry.contentRect.width));
  resizing.observe(element);
  const destroy = () => {
    resizing.disconnect();
    plot.destroy();
  };
  return { plot, destroy };
}

const byRank = (meals) => new Map(meals.map((meal) => [mealRank(meal), meal]));

/** Each rank from the first to the last meal, also where one is missing, so that a gap shows. */
function everyRank(meals) {
  if (meals.length === 0) return [];
  const ranks = meals.map(mealRank);
  const first = Math.min(...ranks);
  return Array.from({ length: Math.max(...ranks) - first + 1 }, (_, i) => first + i);
}
