import { instantMs } from "./ages.js";
import { mealRank, mergeMeals, upsertMeal } from "./meals.js";

const CURRENT = new Set(["planifie", "en_preparation", "en_gavage", "pret_abattage"]);

/**
 * What a farmer's page knows of his lots: the list the server gave, each lot's meals once loaded, and the readings that
 * came meanwhile. Readings may come before, during and after loading, and twice: the result is the same.
 */
export class GaveurStore {
  /** code → {lot, meals: array|null, arrived: array} */
  #entries = new Map();

  /** The lots of the server's list, in its order. */
  get codes() {
    return [...this.#entries.keys()].filter((code) => this.lot(code));
  }

  /** The lots not yet slaughtered. */
  get currentCodes() {
    return this.codes.filter((code) => CURRENT.has(this.lot(code).statut));
  }

  /** True while readings have come of a lot that the server's list did not hold. */
  get hasUnlistedLot() {
    return [...this.#entries.values()].some((entry) => entry.lot === null);
  }

  lot(code) {
    return this.#entries.get(code)?.lot;
  }

  hasHistory(code) {
    return this.#entries.get(code)?.meals != null;
  }

  /** Meals known of a lot, oldest first; those that arrived live until its history is loaded. */
  meals(code) {
    const entry = this.#entries.get(code);
    return entry?.meals ?? entry?.arrived ?? [];
  }

  /**
   * Everything is about to be asked for again. What has arrived so far was stored before it was published, so the
   * answers will hold it; only what arrives from now on must be laid over them.
   */
  startLoading() {
    for (const entry of this.#entries.values()) entry.arrived = [];
  }

  /** Takes the server's list; a reading that came meanwhile is laid over it. */
  applyLots(lots) {
    const before = this.#entries;
    const unlisted = [...before].filter(([, entry]) => entry.lot === null);
    this.#entries = new Map(lots.map((lot) => [lot.code_lot, before.get(lot.code_lot) ?? emptyEntry()]));
    for (const lot of lots) {
      const entry = this.#entries.get(lot.code_lot);
      entry.lot = entry.arrived.reduce(withReading, lot);
    }
    for (const [code, entry] of unlisted) if (!this.#entries.has(code)) this.#entries.set(code, entry);
  }

  /** Takes a lot's history; readings that came while it was on its way are laid over it. */
  applyHistory(code, history) {
    const entry = this.#entries.get(code);
    if (!entry) return;
    const dated = history.map((meal) => ({ ...meal, givenMs: instantMs(meal.time) }));
    entry.meals = mergeMeals(dated, entry.arrived);
  }

  /** @param {number|null} frameMs the server's time of the frame */
  applyReading(reading, frameMs) {
    const entry = this.#entries.get(reading.code_lot) ?? emptyEntry();
    this.#entries.set(reading.code_lot, entry);
    const meal = { ...reading, time: null, givenMs: frameMs };
    if (entry.lot) entry.lot = withReading(entry.lot, meal);
    upsertMeal(entry.arrived, meal);
    if (entry.meals) upsertMeal(entry.meals, meal);
  }

  /** A listed lot has moved in its life cycle; what is told of another life of its code says nothing of it. */
  applyStep({ code_lot, lot_id, vers }) {
    const entry = this.#entries.get(code_lot);
    if (entry?.lot?.id === lot_id) entry.lot = { ...entry.lot, statut: vers };
  }
}

const emptyEntry = () => ({ lot: null, meals: null, arrived: [] });

/** A lot's summary after a reading; a correction of an earlier meal leaves the latest figures alone. */
function withReading(lot, reading) {
  if (isEarlier(reading, lot)) return lot;
  return {
    ...lot,
    jour_actuel: reading.jour,
    moment_actuel: reading.moment,
    poids_moyen_actuel: reading.poids_moyen ?? lot.poids_moyen_actuel,
    taux_mortalite: reading.taux_mortalite ?? lot.taux_mortalite,
    nb_canards_actuel: reading.nb_canards_vivants ?? lot.nb_canards_actuel,
    simule: reading.simule === true,
    pret_abattage: reading.pret_abattage,
    statut: reading.pret_abattage ? "pret_abattage" : "en_gavage",
    heardMs: reading.givenMs,
  };
}

function isEarlier(reading, lot) {
  if (typeof lot.jour_actuel !== "number") return false;
  return mealRank(reading) < mealRank({ jour: lot.jour_actuel, moment: lot.moment_actuel });
}
