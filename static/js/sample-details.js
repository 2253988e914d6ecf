import { setData, setText } from "./dom.js";
import { format, t, tOr } from "./i18n.js";
import { CHANNELS, SIDE } from "./sensor-sample.js";

/** The ten channels as bars beside their values; the highest channel fills its bar. */
export class Spectrum {
  #bars;

  constructor(list) {
    this.#bars = CHANNELS.map(({ key }) => createBar(list, key));
  }

  /** @param {(number|null)[]|null} values in the order of the channels */
  show(values) {
    const most = Math.max(1, ...(values ?? []).filter((value) => value !== null));
    this.#bars.forEach(({ name, bar, value }, i) => {
      const count = values?.[i] ?? null;
      setText(name, channelName(CHANNELS[i]));
      setText(value, format().count(count));
      bar.style.setProperty("--share", ((count ?? 0) / most).toFixed(3));
    });
  }
}

function createBar(list, key) {
  const item = document.createElement("li");
  item.dataset.channel = key;
  const [name, track, value] = ["name", "track", "value"].map((part) => {
    const element = document.createElement("span");
    element.className = `spectrum-${part}`;
    return element;
  });
  track.setAttribute("aria-hidden", "true");
  const bar = track.appendChild(document.createElement("span"));
  item.append(name, " ", track, value);
  list.append(item);
  return { name, bar, value };
}

function channelName({ key, nm }) {
  return nm === null ? t(`spectrum.${key.toLowerCase()}`) : t("spectrum.nm", { value: format().number(nm) });
}

/** The defects in words, numbered as on the maps. */
export class DefectList {
  #list;

  constructor(list) {
    this.#list = list;
  }

  /** @param {object[]|null} defects null without a sample */
  show(defects) {
    const texts = defects === null ? ["–"] : defects.length === 0 ? [t("defect.none")] : defects.map(describeDefect);
    setData(this.#list, "count", defects?.length);
    while (this.#list.childElementCount > texts.length) this.#list.lastElementChild.remove();
    texts.forEach((text, i) => setText(this.#list.children[i] ?? this.#list.appendChild(document.createElement("li")), text));
  }
}

function describeDefect({ type, detail, severity, row, column }, i) {
  const name = tOr(`defect.${type}`, type ?? "–");
  const where = row === null ? t("defect.unplaced") : t("defect.placed", { row: row + 1, column: column + 1 });
  const grave = severity === null ? "" : t("defect.severity", { value: format().number(severity, 2) });
  return `${i + 1}. ${[name, detail, where, grave].filter(Boolean).join(" · ")}`;
}

/** Both maps as tables of figures, drawn only while they are unfolded. */
export class ValueTables {
  #details;
  #body;
  #sample = null;

  constructor(details, body) {
    this.#details = details;
    this.#body = body;
    details.addEventListener("toggle", () => this.#draw());
  }

  show(sample) {
    this.#sample = sample;
    this.#details.hidden = !sample;
    if (this.#details.open) this.#draw();
  }

  #draw() {
    if (!this.#details.open || !this.#sample) return this.#body.replaceChildren();
    const { distance, reflectance } = this.#sample;
    this.#body.replaceChildren(table(`${t("map.height")} (${t("map.height.unit")})`, distance), table(`${t("map.reflectance")} (${t("map.reflectance.unit")})`, reflectance));
  }
}

function table(caption, values) {
  const element = document.createElement("table");
  element.createCaption().textContent = caption;
  const head = element.createTHead().insertRow();
  head.insertCell();
  for (let column = 1; column <= SIDE; column += 1) head.append(header("col", t("map.column", { column })));
  const body = element.createTBody();
  for (let row = 0; row < SIDE; row += 1) addRow(body, row, values);
  return element;
}

function addRow(body, row, values) {
  const line = body.insertRow();
  line.append(header("row", t("map.row", { row: row + 1 })));
  for (let column = 0; column < SIDE; column += 1) line.insertCell().textContent = format().number(values?.[row * SIDE + column]);
}

function header(scope, text) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}
