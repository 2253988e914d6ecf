import { cloneTemplate, setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { LotCell } from "./lot-cell.js";
import { Slots } from "./slots.js";

/** The cells of a site's lots. A lot keeps its place, and a new one takes a place that has become free. */
export class SiteBoard {
  #view = cloneTemplate("board-template");
  #slots = new Slots();
  #cells = new Map();
  /** The element of each place: a cell, or a gap. */
  #elements = [];

  constructor(code) {
    this.code = code;
    this.root = this.#view.root;
    this.root.dataset.board = code;
    const { name } = this.#view.parts;
    name.id = `board-name-${code}`;
    this.root.setAttribute("aria-labelledby", name.id);
  }

  get cells() {
    return this.#cells;
  }

  /** Number of places, occupied or free. */
  get size() {
    return this.#slots.places.length;
  }

  /** @returns {LotCell} the cell of the lot, which may be new */
  show(lot, usual) {
    const cell = this.#cells.get(lot.code_lot) ?? this.#add(lot.code_lot);
    cell.show(lot, usual);
    return cell;
  }

  /** The jour on which lots of the site usually end may have changed. */
  showUsual(usual) {
    for (const cell of this.#cells.values()) cell.showUsual(usual);
  }

  remove(code) {
    const cell = this.#cells.get(code);
    if (!cell) return;
    this.#cells.delete(code);
    this.#slots.leave(code);
    const place = this.#elements.indexOf(cell.root);
    this.#put(place, gap());
    while (this.#elements.length > this.size) this.#elements.pop().remove();
  }

  /** @param {"waiting"|"empty"|"filtered"|null} reason why no cell is shown, or null when some are */
  showState(nom, shown, reason) {
    const { parts } = this.#view;
    const total = this.#cells.size;
    const words = shown < total ? "part" : total === 1 ? "one" : "many";
    const values = { site: `${this.code} ${nom ?? ""}`.trim(), n: format().count(shown), total: format().count(total) };
    setText(parts.name, t(`site.board.${words}`, values));
    parts.empty.hidden = reason === null;
    setText(parts.empty, reason ? t(`site.${reason}`) : "");
  }

  #add(code) {
    const cell = new LotCell(code);
    this.#cells.set(code, cell);
    this.#put(this.#slots.take(code), cell.root);
    return cell;
  }

  #put(place, element) {
    const before = this.#elements[place];
    if (before) before.replaceWith(element);
    else this.#view.parts.lots.append(element);
    this.#elements[place] = element;
  }
}

function gap() {
  const element = document.createElement("li");
  element.className = "lot-gap";
  element.ariaHidden = "true";
  return element;
}
