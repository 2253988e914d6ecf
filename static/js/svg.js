const SPACE = "http://www.w3.org/2000/svg";

/** An element of a drawing with attributes and children, which are elements or texts. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A drawing of this size in its own units, as wide as its place. */
export const drawing = (width, height, ...children) => svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...children);

/** From values to places. */
export const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

/** Round numbers between two bounds, some `count` of them. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? power;
  const first = Math.ceil(low / step - 1e-9) * step;
  const found = [];
  for (let value = first; value <= high + step * 1e-9; value += step) found.push(Number(value.toFixed(6)));
  return found;
}
