import { lotHistory } from "./api.js";
import { DoseSparkline } from "./charts.js";
import { format, t } from "./i18n.js";
import { mergeMeals, upsertMeal } from "./meals.js";

const MAX_REQUESTS = 4;
const RETRY_AFTER_MS = 15_000;
/** Charts redrawn in one animation frame; the others wait for the next, so that a burst never blocks the page. */
const DRAWS_PER_FRAME = 12;

/**
 * The small charts of the lots in sight: a lot's history is asked for when its card is first seen, a few at a time,
 * and readings are appended from then on. A chart exists only while its card is in sight.
 */
export class LotCharts {
  /** code → {element, plot, meals|null, arrived[], loading, retryAt} */
  #entries = new Map();
  #dirty = new Set();
  #requests = 0;
  #isConnected;
  #onLoaded;

  /**
   * @param {() => boolean} isConnected nothing is asked of a server that is known to be away
   * @param {() => void} onLoaded a history came: there is something to draw, also when no reading comes
   */
  constructor(isConnected, onLoaded) {
    this.#isConnected = isConnected;
    this.#onLoaded = onLoaded;
  }

  show(code, element) {
    const entry = this.#entries.get(code) ?? { meals: null, arrived: [], loading: false, retryAt: 0 };
    this.#entries.set(code, entry);
    entry.element = element;
    entry.plot ??= new DoseSparkline(element);
    this.#dirty.add(code);
    this.loadMissing();
  }

  hide(code) {
    const entry = this.#entries.get(code);
    entry?.plot?.destroy();
    if (entry) entry.plot = null;
  }

  forget(code) {
    this.hide(code);
    this.#entries.delete(code);
    this.#dirty.delete(code);
  }

  addReading(reading) {
    const entry = this.#entries.get(reading.code_lot);
    if (!entry) return;
    if (entry.loading || !entry.meals) upsertMeal(entry.arrived, reading);
    if (entry.meals) upsertMeal(entry.meals, reading);
    this.#dirty.add(reading.code_lot);
  }

  /** Frames may have been missed: what is shown stays, and is loaded again. */
  reload() {
    for (const entry of this.#entries.values()) {
      entry.stale = true;
      entry.retryAt = 0;
    }
    this.loadMissing();
  }

  /** Asks for histories that are in sight and not loaded, as far as the limit of requests allows. */
  loadMissing() {
    if (!this.#isConnected()) return;
    for (const [code, entry] of this.#entries) {
      if (this.#requests >= MAX_REQUESTS) return;
      const wanted = entry.plot && (entry.meals === null || entry.stale);
      if (wanted && !entry.loading && entry.retryAt <= Date.now()) this.#load(code, entry);
    }
  }

  /** Redraws what changed, within the budget of one frame; true when some remain for the next. */
  draw() {
    let left = DRAWS_PER_FRAME;
    for (const code of this.#dirty) {
      if (left === 0) return true;
      this.#dirty.delete(code);
      left -= this.#drawOne(code);
    }
    return false;
  }

  recolor() {
    for (const { plot } of this.#entries.values()) plot?.recolor();
  }

  relabel() {
    for (const code of this.#entries.keys()) this.#dirty.add(code);
  }

  async #load(code, entry) {
    this.#requests += 1;
    entry.loading = true;
    entry.stale = false;
    try {
      entry.meals = mergeMeals(await lotHistory(code), entry.arrived);
      entry.arrived = [];
      this.#dirty.add(code);
      this.#onLoaded();
    } catch {
      // The card says what it knows from its readings; the chart is asked for again later.
      entry.stale = true;
      entry.retryAt = Date.now() + RETRY_AFTER_MS;
    }
    entry.loading = false;
    this.#requests -= 1;
    this.loadMissing();
  }

  #drawOne(code) {
    const entry = this.#entries.get(code);
    if (!entry?.plot) return 0;
    const meals = entry.meals ?? mergeMeals([], entry.arrived);
    entry.plot.draw(meals);
    if (entry.meals) describe(entry.element, code, meals);
    return 1;
  }
}

function describe(element, code, meals) {
  const last = meals.at(-1);
  const numbers = format();
  const text = last
    ? t("chart.doses", { code, n: meals.length, given: numbers.grams(last.dose_reelle), planned: numbers.grams(last.dose_theorique) })
    : t("chart.empty");
  if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
}
