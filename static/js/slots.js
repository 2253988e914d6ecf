/**
 * Places that do not move. Whoever comes takes the first free place; whoever leaves frees his own. Free places at the end
 * are given up, so that there are never more places than there were occupants at once.
 */
export class Slots {
  #places = [];
  #placeOf = new Map();

  /** The occupants by place; null where a place is free. */
  get places() {
    return this.#places;
  }

  /** The place of an occupant, who may be new. */
  take(name) {
    const held = this.#placeOf.get(name);
    if (held !== undefined) return held;
    const free = this.#places.indexOf(null);
    const place = free < 0 ? this.#places.length : free;
    this.#places[place] = name;
    this.#placeOf.set(name, place);
    return place;
  }

  leave(name) {
    const place = this.#placeOf.get(name);
    if (place === undefined) return;
    this.#placeOf.delete(name);
    this.#places[place] = null;
    while (this.#places.at(-1) === null) this.#places.pop();
  }
}
