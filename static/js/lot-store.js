import { instantMs } from "./ages.js";
import { mealRank } from "./meals.js";
import { ecartPercent } from "./severity.js";

const LATEST_MEALS = 8;
const FED = "en_gavage";

/**
 * The lots that are being fed, each at its latest reading, and each site's figures. Frames go in; the names of what
 * changed come out once, when the screen is ready to draw, however many frames came meanwhile. A lot comes with a
 * snapshot or when it is told to be fed, and leaves when it is told to have ended: readings alone do neither, since a
 * meal of an ended lot may be corrected or repeated.
 */
export class LotStore {
  lots = new Map();
  sites = new Map();
  /** True once a snapshot has been applied: before it, an empty wall means nothing. */
  complete = false;
  #changedLots = new Set();
  #changedSites = new Set();
  #removedLots = new Set();
  #snapshotCodes = null;
  /** The readings of one commit that may be those of lots which it begins; that these begin is told behind them, with the same time. */
  #early = { timestamp: null, frames: [] };

  /** Applies any frame of the realtime stream; unknown kinds are ignored. */
  apply(frame) {
    if (frame.type === "snapshot") this.#applySnapshot(frame);
    else if (frame.type === "gavage_realtime") this.#applyReading(frame);
    else if (frame.type === "lot") this.#applyStep(frame);
    else if (frame.type === "repas_supprime") this.#applyDeletion(frame.data);
    else if (frame.type === "plan") this.#applyPlan(frame);
    else if (frame.type === "site_stats") this.#applySites(frame.sites);
  }

  /** The changes since the last call. */
  takeChanges() {
    const changes = { lots: this.#changedLots, sites: this.#changedSites, removed: this.#removedLots };
    this.#changedLots = new Set();
    this.#changedSites = new Set();
    this.#removedLots = new Set();
    return changes;
  }

  /** The lots that are fed at a site. */
  lotsOf(site) {
    return [...this.lots.values()].filter((lot) => lot.site === site);
  }

  /** The latest server instant at which something came from a site, or null. */
  lastHeard(site) {
    return this.sites.get(site)?.heardMs ?? null;
  }

  /** True when lots are fed at a site and each of them is among the silent ones. */
  isSilent(site, silentLots) {
    const fed = this.lotsOf(site);
    return fed.length > 0 && fed.every((lot) => silentLots.has(lot.code_lot));
  }

  #applySnapshot(frame) {
    if ((frame.part ?? 1) === 1 || this.#snapshotCodes === null) this.#snapshotCodes = new Set();
    this.#applySites(frame.sites);
    for (const lot of frame.lots ?? []) if (lot.statut === FED) this.#applySnapshotLot(lot);
    if ((frame.part ?? 1) >= (frame.parts ?? 1)) this.#finishSnapshot();
  }

  #applySnapshotLot(lot) {
    this.#snapshotCodes.add(lot.code_lot);
    const receivedMs = instantMs(lot.recu_le);
    const held = this.lots.get(lot.code_lot);
    if (held && receivedMs !== null && held.receivedMs > receivedMs) return;
    this.#keep({ ...lot, receivedMs });
  }

  #finishSnapshot() {
    for (const code of this.lots.keys()) {
      if (!this.#snapshotCodes.has(code)) this.#remove(code);
    }
    this.#snapshotCodes = null;
    this.complete = true;
  }

  #applyReading(frame) {
    const { data: reading, timestamp } = frame;
    const receivedMs = instantMs(timestamp);
    this.#hear(reading?.site, receivedMs);
    const held = this.lots.get(reading?.code_lot);
    if (!held || isCorrection(held, reading)) this.#keepEarly(frame);
    if (!held) return;
    if (isCorrection(held, reading)) {
      this.#keep({ ...held, ecarts: withEcart(held.ecarts, mealRank(reading) - mealRank(held), reading) });
      return;
    }
    const ecarts = withEcart(advanced(held, reading), 0, reading);
    const { lot_id, statut, dernier_jour_prevu } = held;
    this.#keep({ ...reading, lot_id, statut, dernier_jour_prevu, ecarts, receivedMs });
  }

  #keepEarly(frame) {
    if (this.#early.timestamp !== frame.timestamp) this.#early = { timestamp: frame.timestamp, frames: [] };
    this.#early.frames.push(frame);
  }

  /** Of two lives of a code the one that began later has the higher id; what is told of an earlier one says nothing of it. */
  #applyStep({ data: step, timestamp }) {
    if (!step?.code_lot) return;
    const held = this.lots.get(step.code_lot);
    if (held && held.lot_id > step.lot_id) return;
    if (step.vers === FED) {
      this.#snapshotCodes?.add(step.code_lot);
      if (held?.lot_id !== step.lot_id) this.#begin(step, timestamp);
    } else if (held) this.#remove(step.code_lot);
  }

  /** Without its last meal a lot goes back to the one before, which is told next. */
  #applyDeletion(meal) {
    const held = this.lots.get(meal?.code_lot);
    if (held?.lot_id !== meal?.lot_id || held?.moment === undefined || mealRank(held) !== mealRank(meal)) return;
    this.#keep(begunLot({ ...held, vers: held.statut }));
  }

  #applyPlan({ data: { code_lot, lot_id, dernier_jour_prevu } }) {
    const held = this.lots.get(code_lot);
    if (held?.lot_id === lot_id) this.#keep({ ...held, dernier_jour_prevu });
  }

  #begin(step, timestamp) {
    this.#keep(begunLot(step));
    const early = this.#early.timestamp === timestamp ? [...this.#early.frames] : [];
    for (const frame of early) if (frame.data.code_lot === step.code_lot) this.#applyReading(frame);
  }

  #applySites(sites) {
    for (const stats of sites ?? []) {
      this.sites.set(stats.site_code, { ...this.sites.get(stats.site_code), ...stats });
      this.#changedSites.add(stats.site_code);
      this.#hear(stats.site_code, instantMs(stats.dernier_releve));
    }
  }

  #keep(lot) {
    this.lots.set(lot.code_lot, lot);
    this.#removedLots.delete(lot.code_lot);
    this.#changedLots.add(lot.code_lot);
    this.#changedSites.add(lot.site);
  }

  #remove(code) {
    this.#changedSites.add(this.lots.get(code).site);
    this.lots.delete(code);
    this.#changedLots.delete(code);
    this.#removedLots.add(code);
  }

  #hear(site, ms) {
    if (ms === null || !site) return;
    const known = this.sites.get(site) ?? { site_code: site };
    if (ms > (known.heardMs ?? -Infinity)) this.sites.set(site, { ...known, heardMs: ms });
    this.#changedSites.add(site);
  }
}

const NO_ECARTS = Array(LATEST_MEALS).fill(null);

/** A lot whose first meal is about to be told. */
function begunLot({ code_lot, lot_id, site, gaveur_id, vers, simule, dernier_jour_prevu }) {
  return { code_lot, lot_id, site, gaveur_id, statut: vers, simule, dernier_jour_prevu, ecarts: NO_ECARTS, receivedMs: null };
}

/** True when a reading corrects an earlier meal and so does not become the lot's latest, as on the server. */
function isCorrection(held, reading) {
  return held.moment !== undefined && mealRank(reading) < mealRank(held);
}

/** The écarts of a lot seen from a later meal, whose own is not known yet. */
function advanced(held, reading) {
  const steps = held.moment === undefined ? LATEST_MEALS : mealRank(reading) - mealRank(held);
  return [...(held.ecarts ?? NO_ECARTS), ...NO_ECARTS.slice(0, steps)].slice(-LATEST_MEALS);
}

/** The écarts with that of a meal so many places behind the last; `behind` is 0 or less. */
function withEcart(ecarts, behind, { dose_theorique, dose_reelle }) {
  const place = LATEST_MEALS - 1 + behind;
  return (ecarts ?? NO_ECARTS).map((ecart, i) => (i === place ? ecartPercent(dose_theorique, dose_reelle) : ecart));
}
