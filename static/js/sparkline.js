import { instantMs } from "./ages.js";

export const WIDTH = 180;
export const HEIGHT = 34;
const HOUR_MS = 3_600_000;
const SVG = "http://www.w3.org/2000/svg";

/**
 * The means of hours as lines, one for each run of hours without a gap, and the height of each limit that lies within reach.
 *
 * @param {{heure: string, moyenne: number}[]} hours oldest first
 * @param {number[]} limits shown when the means come near them
 * @returns {{lines: [number, number][][], limits: number[], low: number, high: number}|null}
 */
export function sparkline(hours, limits, fromMs, toMs) {
  if (hours.length === 0) return null;
  const values = hours.map(({ moyenne }) => moyenne);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const reach = Math.max(high - low, Math.abs(high) * 0.1, 1e-9);
  const near = limits.filter((limit) => limit >= low - reach && limit <= high + reach);
  const [floor, top] = [Math.min(low, ...near), Math.max(high, ...near)];
  const y = (value) => (top === floor ? HEIGHT / 2 : HEIGHT - ((value - floor) / (top - floor)) * HEIGHT);
  const x = (ms) => Math.max(0, Math.min(1, (ms - fromMs) / Math.max(1, toMs - fromMs))) * WIDTH;
  const lines = [];
  let before = -Infinity;
  for (const { heure, moyenne } of hours) {
    const at = instantMs(heure);
    if (at - before > HOUR_MS) lines.push([]);
    lines.at(-1).push([x(at), y(moyenne)]);
    before = at;
  }
  return { lines, limits: near.map(y), low, high };
}

/** The drawing of a sparkline, with words for those who do not see it. */
export function drawSparkline({ lines, limits }, words) {
  const drawing = element("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words });
  for (const height of limits) drawing.append(element("line", { x1: 0, x2: WIDTH, y1: height, y2: height }));
  for (const line of lines) {
    if (line.length === 1) drawing.append(element("circle", { cx: line[0][0], cy: line[0][1], r: 2 }));
    else drawing.append(element("polyline", { points: line.map((point) => point.map((one) => one.toFixed(1)).join()).join(" ") }));
  }
  return drawing;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
