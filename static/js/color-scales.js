/**
 * Points of two sequential scales whose lightness rises evenly, so that equal steps of the value look equal and the
 * order survives any colour vision and a grey print: viridis (dark violet to yellow) and magma (black to cream).
 */
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];
const MAGMA = ["#000004", "#1c1044", "#4f127b", "#812581", "#b5367a", "#e55964", "#fb8761", "#fec287", "#fcfdbf"];

export const SCALES = {
  /** What is near the sensor stands high and is light. */
  height: { points: VIRIDIS.map(channels).reverse(), step: 20, span: 40 },
  /** What is thick stands high too. */
  thickness: { points: VIRIDIS.map(channels), step: 20, span: 40 },
  reflectance: { points: MAGMA.map(channels), step: 20, span: 40, most: 255 },
};

function channels(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/**
 * The bounds of a scale over some values, on whole steps and at least one span wide. Bounds that still fit are kept, so
 * that a colour means the same from one sample to the next.
 *
 * @param {[number, number]|null} previous
 * @returns {[number, number]|null} null without any value
 */
export function scaleBounds({ step, span, most = Infinity }, { low, high } = {}, previous = null) {
  if (low === undefined) return previous;
  const floor = Math.floor(low / step) * step;
  const top = Math.max(Math.ceil(high / step) * step, floor + span);
  const bounds = top > most ? [Math.min(floor, Math.max(0, most - span)), most] : [floor, top];
  return previous && fits(previous, bounds) ? previous : bounds;
}

/** Kept when nothing lies outside and at least half of the scale is used. */
function fits([low, high], [least, most]) {
  return low <= least && most <= high && most - least >= (high - low) / 2;
}

/** The colour of a value between the bounds as [r, g, b]; beyond them that of the bound. */
export function colorOf({ points }, value, [low, high]) {
  const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
  const at = Math.min(share * (points.length - 1), points.length - 1 - 1e-9);
  const [before, after] = [points[Math.floor(at)], points[Math.floor(at) + 1]];
  return before.map((channel, i) => Math.round(channel + (after[i] - channel) * (at % 1)));
}

/** The pixels of some values, four bytes each; a value that was not measured is transparent. */
export function pixels(scale, values, bounds) {
  const bytes = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, i) => value !== null && bytes.set([...colorOf(scale, value, bounds), 255], i * 4));
  return bytes;
}
