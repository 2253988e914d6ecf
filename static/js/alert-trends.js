import { lotHistory } from "./api.js";
import { mergeMeals, upsertMeal } from "./meals.js";

const MOST_REQUESTS = 2;
const RETRY_AFTER_MS = 15_000;

/**
 * The meals of the lots whose alerts are in sight: asked for when a row is first seen, a few lots at a time, and followed
 * on the stream from then on.
 */
export class AlertTrends {
  /** code → {meals: object[]|null, arrived: object[], loading: boolean, stale: boolean, retryAt: number} */
  #lots = new Map();
  #rows = new Map();
  #observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#seen(entry)));
  #requests = 0;
  #isConnected;
  #onChange;

  /** @param {() => boolean} isConnected; @param {() => void} onChange called when there is something to draw */
  constructor(isConnected, onChange) {
    this.#isConnected = isConnected;
    this.#onChange = onChange;
  }

  watch(row) {
    this.#rows.set(row.root, row);
    this.#observer.observe(row.root);
  }

  /** The row leaves; a lot without another row is forgotten, so that a page left open for months does not grow. */
  unwatch(row) {
    this.#observer.unobserve(row.root);
    this.#rows.delete(row.root);
    if (![...this.#rows.values()].some((other) => other.lot === row.lot)) this.#lots.delete(row.lot);
  }

  /** The meals of a lot in their order; null while they are not known. */
  meals(code) {
    return this.#lots.get(code)?.meals ?? null;
  }

  addReading(reading) {
    const lot = this.#lots.get(reading.code_lot);
    if (!lot) return;
    if (lot.loading) upsertMeal(lot.arrived, reading);
    if (!lot.meals) return;
    upsertMeal(lot.meals, reading);
    this.#onChange();
  }

  /** Meals may have been missed. */
  reload() {
    for (const lot of this.#lots.values()) lot.stale = true;
    this.#loadNext();
  }

  #seen({ isIntersecting, target }) {
    const row = this.#rows.get(target);
    if (!isIntersecting || !row?.hasTrend || this.#lots.has(row.lot)) return;
    this.#lots.set(row.lot, { meals: null, arrived: [], loading: false, stale: true, retryAt: 0 });
    this.#loadNext();
  }

  #loadNext() {
    for (const [code, lot] of this.#lots) {
      if (this.#requests >= MOST_REQUESTS || !this.#isConnected()) return;
      if (lot.stale && !lot.loading && lot.retryAt <= Date.now()) this.#load(code, lot);
    }
  }

  async #load(code, lot) {
    this.#requests += 1;
    Object.assign(lot, { loading: true, stale: false, arrived: [] });
    try {
      lot.meals = mergeMeals(await lotHistory(code), lot.arrived);
      this.#onChange();
    } catch {
      // The alert says what it knows by itself; the course is asked for again later.
      Object.assign(lot, { stale: true, retryAt: Date.now() + RETRY_AFTER_MS });
      setTimeout(() => this.#loadNext(), RETRY_AFTER_MS);
    }
    lot.loading = false;
    this.#requests -= 1;
    this.#loadNext();
  }
}
