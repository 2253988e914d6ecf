import { SCALES, pixels, scaleBounds } from "./color-scales.js";
import { cloneTemplate, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { SIDE, extent } from "./sensor-sample.js";

const UNITS = {
  height: (value, digits = 0) => format().millimetres(value, digits),
  thickness: (value, digits = 0) => format().millimetres(value, digits),
  reflectance: (value, digits = 0) => format().number(value, digits),
};

/** What the two ends of a scale mean. */
const ENDS = { height: ["map.near", "map.far"], thickness: ["map.thin", "map.thick"], reflectance: ["map.dark", "map.light"] };

/** One of a station's two 8×8 maps: coloured cells, a legend in units, defects marked, a cell's value under the pointer. */
export class HeatMap {
  #view = cloneTemplate("map-template");
  #kind;
  #device;
  #bounds = null;
  #values = null;

  /** @param {"height"|"thickness"|"reflectance"} kind */
  constructor(figure, kind, device) {
    this.#kind = kind;
    this.#device = device;
    figure.append(this.#view.root);
    const { field } = this.#view.parts;
    field.addEventListener("pointermove", (event) => this.#read(event));
    field.addEventListener("pointerleave", () => this.#hint());
  }

  /** @param {(number|null)[]|null} values row after row; @param {object[]} defects those with a cell are marked */
  show(values, defects) {
    this.#values = values;
    const found = extent(values);
    this.#bounds = scaleBounds(SCALES[this.#kind], found ?? {}, this.#bounds);
    this.#paint();
    this.#showLegend(found);
    this.#mark(found ? defects : []);
    this.#view.parts.field.setAttribute("aria-label", this.#describe(found, defects));
    if (!this.#view.parts.field.matches(":hover")) this.#hint();
  }

  #paint() {
    const context = this.#view.parts.canvas.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    if (!this.#values || !this.#bounds) return;
    context.putImageData(new ImageData(pixels(SCALES[this.#kind], this.#values, this.#bounds), SIDE), 0, 0);
  }

  #showLegend(found) {
    const { low, high, ramp } = this.#view.parts;
    [low, high].forEach((end, i) => setText(end, found ? `${UNITS[this.#kind](this.#bounds[i])} ${t(ENDS[this.#kind][i])}` : "–"));
    if (!found) return;
    const steps = Array.from({ length: ramp.width }, (_, i) => i / (ramp.width - 1));
    ramp.getContext("2d").putImageData(new ImageData(pixels(SCALES[this.#kind], steps, [0, 1]), ramp.width), 0, 0);
  }

  /** Marks carry the number of the defect in the list beside the map. */
  #mark(defects) {
    const { marks } = this.#view.parts;
    const placed = defects.map((defect, i) => ({ ...defect, number: String(i + 1) })).filter(({ row }) => row !== null);
    while (marks.childElementCount > placed.length) marks.lastElementChild.remove();
    placed.forEach(({ row, column, number }, i) => {
      const mark = marks.children[i] ?? marks.appendChild(document.createElement("span"));
      mark.style.gridArea = `${row + 1} / ${column + 1}`;
      setText(mark, number);
    });
  }

  #describe(found, defects) {
    if (!found) return t("map.none");
    const of = (value) => UNITS[this.#kind](value);
    const place = { row: found.row + 1, column: found.column + 1 };
    const text = t(`map.${this.#kind}.text`, { device: this.#device, low: of(found.low), high: of(found.high), mean: of(found.mean), ...place });
    const placed = defects.filter(({ row }) => row !== null).length;
    return placed > 0 ? t("map.withDefects", { text, n: placed }) : text;
  }

  #read({ offsetX, offsetY, currentTarget }) {
    const at = (offset, length) => Math.max(0, Math.min(SIDE - 1, Math.floor((offset / length) * SIDE)));
    const row = at(offsetY, currentTarget.clientHeight);
    const column = at(offsetX, currentTarget.clientWidth);
    const value = UNITS[this.#kind](this.#values?.[row * SIDE + column]);
    setText(this.#view.parts.readout, t("map.cell", { row: row + 1, column: column + 1, value }));
  }

  #hint() {
    setText(this.#view.parts.readout, this.#values ? t("map.hint") : t("map.none"));
  }
}
