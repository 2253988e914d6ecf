import { setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { shortWeek } from "./periods.js";
import { drawing, scale, svg, ticks } from "./svg.js";

const HEIGHT = 260;
/** A drawing is as wide as its place, so that its texts keep their size, and no wider than it needs. */
const [NARROWEST, WIDEST] = [320, 640];
const widthOf = (element) => Math.max(NARROWEST, Math.min(WIDEST, element.clientWidth || WIDEST));
const FRAME = { left: 46, right: 76, top: 10, bottom: 26 };
/** How far the points of sites stand beside each other, so that their bars do not hide one another. */
const APART = 9;
/** Least heights: noise must not look like hills. */
const ITM_SPAN = 3;
const MORTALITY_SPAN = 3;

/** ITM by site and week: a point for all lots of the week, a bar for the middle half of them. */
export function showWeeks(element, table, { semaines, sites }) {
  const all = sites.flatMap(({ itm }) => itm.flatMap(({ valeur, etendue }) => [valeur, etendue?.q1, etendue?.q3])).filter(isNumber);
  element.setAttribute("aria-label", all.length > 0 ? weeksWords(semaines, sites) : t("pilot.weeks.none"));
  element.replaceChildren(all.length > 0 ? weeksDrawing(semaines, sites, all, widthOf(element)) : none("pilot.weeks.none"));
  weeksTable(table, semaines, sites);
}

const isNumber = (value) => typeof value === "number";

function weeksDrawing(semaines, sites, all, width) {
  const [low, high] = atLeast(Math.min(...all), Math.max(...all), ITM_SPAN);
  const y = scale(low, high, HEIGHT - FRAME.bottom, FRAME.top);
  const x = scale(0, Math.max(semaines.length - 1, 1), FRAME.left + 20, width - FRAME.right - 20);
  const marks = sites.map(({ site_code: site, itm }, i) => {
    const place = (week) => x(week) + (i - (sites.length - 1) / 2) * APART;
    const known = itm.map((one, week) => ({ ...one, x: place(week) })).filter(({ valeur }) => isNumber(valeur));
    const bars = known.filter(({ etendue }) => etendue).map(({ x: at, etendue: { q1, q3 } }) => bar(at - 3, y(q3), 6, Math.max(1, y(q1) - y(q3))));
    const points = known.map(({ x: at, valeur }) => svg("circle", { cx: at, cy: y(valeur), r: 4 }));
    const path = line("line", known.map(({ x: at, valeur }) => `${at},${y(valeur)}`));
    return svg("g", { class: "site", "data-site": site }, ...bars, path, ...points);
  });
  const names = spreadLabels(sites.flatMap(({ site_code: site, itm }) => {
    const last = itm.findLast(({ valeur }) => isNumber(valeur));
    return last ? [{ site, words: `${site} ${format().number(last.valeur, 1)}`, y: y(last.valeur) }] : [];
  }));
  const labels = names.map(({ site, words, y: at }) => svg("text", { class: "site-name", "data-site": site, x: width - FRAME.right + 6, y: at + 4 }, words));
  const weeks = semaines.map((code, i) => axisText(x(i), shortWeek(code, t)));
  return drawing(width, HEIGHT, ...grid(width, y, ticks(low, high, 5), (value) => format().number(value, 1)), ...weeks, ...marks, ...labels);
}

/** Moves labels apart that would stand on each other. */
function spreadLabels(labels) {
  const sorted = labels.sort((a, b) => a.y - b.y);
  sorted.forEach((label, i) => {
    if (i > 0) label.y = Math.max(label.y, sorted[i - 1].y + 14);
  });
  return sorted;
}

function weeksWords(semaines, sites) {
  const last = sites.map(({ site_code: site, itm }) => `${site} ${format().number(itm.at(-1)?.valeur, 1)}`).join(", ");
  return t("pilot.weeks.label", { n: semaines.length, last });
}

function weeksTable(table, semaines, sites) {
  const cell = (name, text, attributes = {}) => Object.assign(document.createElement(name), { textContent: text, ...attributes });
  const head = document.createElement("tr");
  head.append(cell("th", t("pilot.site"), { scope: "col" }), ...semaines.map((code) => cell("th", shortWeek(code, t), { scope: "col", className: "number" })));
  const rows = sites.map(({ site_code: site, itm }) => {
    const row = document.createElement("tr");
    const words = ({ valeur, n }) => (isNumber(valeur) ? t("pilot.weeks.cell", { itm: format().number(valeur, 1), n }) : format().number(null));
    row.append(cell("th", site, { scope: "row" }), ...itm.map((one) => cell("td", words(one), { className: "number" })));
    return row;
  });
  const [thead, tbody] = ["thead", "tbody"].map((name) => document.createElement(name));
  thead.append(head);
  tbody.append(...rows);
  table.replaceChildren(thead, tbody);
}

/** Mortality of fed lots by day, on the band of past ones. */
export function showMortality(element, { bande, lots }) {
  const above = lots.filter(({ au_dessus }) => au_dessus).length;
  element.setAttribute("aria-label", t("pilot.mortality.label", { n: lots.length, above }));
  // An empty frame would look like lots without losses.
  const hasAny = bande.length > 0 || lots.length > 0;
  element.replaceChildren(...(hasAny ? [mortalityDrawing(bande, lots, widthOf(element))] : []));
}

function mortalityDrawing(bande, lots, width) {
  const known = [...bande.map(({ jour }) => jour), ...lots.flatMap(({ jours }) => jours)];
  const rates = [...bande.map(({ p95 }) => p95), ...lots.flatMap(({ taux }) => taux)];
  const [first, last] = [Math.min(0, ...known), Math.max(10, ...known)];
  const high = Math.max(MORTALITY_SPAN, ...rates) * 1.05;
  const x = scale(first, last, FRAME.left + 6, width - FRAME.right);
  const y = scale(0, high, HEIGHT - FRAME.bottom, FRAME.top);
  const at = (jour, rate) => `${x(jour)},${y(rate)}`;
  const outline = [...bande.map(({ jour, p95 }) => at(jour, p95)), ...bande.toReversed().map(({ jour, p5 }) => at(jour, p5))];
  const median = bande.map(({ jour, p50 }) => at(jour, p50));
  const band = bande.length > 0 ? [svg("polygon", { class: "band", points: outline.join(" ") }), line("median", median)] : [];
  const curves = lots.map(({ code_lot: code, jours, taux, au_dessus: above }) => {
    const name = above ? "lot above" : "lot";
    const end = { code: above ? code : null, x: x(jours.at(-1)), y: y(taux.at(-1)) };
    return { end, marks: [line(name, jours.map((jour, i) => at(jour, taux[i]))), svg("circle", { class: name, cx: end.x, cy: end.y, r: above ? 4 : 2 })] };
  });
  const names = spreadLabels(curves.map(({ end }) => end).filter(({ code }) => code));
  const labels = names.map((one) => svg("text", { class: "above-name", x: one.x + 6, y: one.y + 4 }, one.code));
  const days = ticks(first, last, 6).filter(Number.isInteger);
  const axis = days.map((jour) => axisText(x(jour), t("lot.day", { day: format().number(jour) })));
  const lines = grid(width, y, ticks(0, high, 4), (value) => format().percent(value, value % 1 ? 1 : 0));
  return drawing(width, HEIGHT, ...band, ...lines, ...axis, ...curves.flatMap(({ marks }) => marks), ...labels);
}

/** A gaveur's ITM on the scale of all: where it lies 9 times of 10, adjusted, and that of his lots alone. */
export function gaveurBar({ bornes, itm_ajuste: adjusted, itm }, [low, high]) {
  if (!bornes) return none("");
  const within = scale(low, high, 6, 154);
  const x = (value) => Math.max(2, Math.min(158, within(value)));
  return drawing(160, 20,
    svg("line", { class: "rail", x1: 2, x2: 158, y1: 10, y2: 10 }),
    svg("rect", { class: "spread", x: x(bornes[0]), width: x(bornes[1]) - x(bornes[0]), y: 7, height: 6 }),
    svg("line", { class: "own", x1: x(itm), x2: x(itm), y1: 3, y2: 17 }),
    svg("circle", { cx: x(adjusted), cy: 10, r: 4.5 }));
}

/** Whole numbers around all values. */
export function itmScale(gaveurs) {
  const values = gaveurs.flatMap(({ bornes, itm }) => [...(bornes ?? []), itm]).filter(isNumber);
  return values.length > 0 ? [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))] : [12, 18];
}

const line = (name, points) => svg("polyline", { class: name, points: points.join(" ") });

const bar = (x, y, width, height) => svg("rect", { class: "spread", x, y, width, height });

/** Below the drawing. */
const axisText = (x, words) => svg("text", { class: "axis", x, y: HEIGHT - 8, "text-anchor": "middle" }, words);

function grid(width, y, values, words) {
  return values.flatMap((value) => [
    svg("line", { class: "grid", x1: FRAME.left, x2: width - FRAME.right, y1: y(value), y2: y(value) }),
    svg("text", { class: "axis", x: FRAME.left - 6, y: y(value) + 4, "text-anchor": "end" }, words(value)),
  ]);
}

function atLeast(low, high, span) {
  const room = Math.max(0.3, (span - (high - low)) / 2);
  return [low - room, high + room];
}

function none(key) {
  const words = document.createElement("p");
  words.className = "quiet";
  setText(words, key ? t(key) : format().number(null));
  return words;
}
