import { instantMs } from "./ages.js";
import { mealRank } from "./meals.js";
import { doseSeverity, isCritical } from "./severity.js";

/**
 * What the wall knows: each lot at its latest reading and each site's figures. Frames go in; the names of what changed
 * come out once, when the screen is ready to draw, however many frames came meanwhile.
 */
export class LotStore {
  lots = new Map();
  sites = new Map();
  /** True once a complete snapshot has been applied: before it, an empty wall means nothing. */
  complete = false;
  #changedLots = new Set();
  #changedSites = new Set();
  #removedLots = new Set();
  #snapshotCodes = null;

  /** Applies any frame of the realtime stream; unknown kinds are ignored. */
  apply(frame) {
    if (frame.type === "snapshot") this.#applySnapshot(frame);
    else if (frame.type === "gavage_realtime") this.#applyReading(frame.data, instantMs(frame.timestamp));
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

  /** The latest server instant at which something came from a site, or null. */
  lastHeard(site) {
    return this.sites.get(site)?.heardMs ?? null;
  }

  /** True when lots are fed at a site and each of them is among the silent ones. */
  isSilent(site, silentLots) {
    const fed = [...this.lots.values()].filter((lot) => lot.site === site && lot.pret_abattage !== true);
    return fed.length > 0 && fed.every((lot) => silentLots.has(lot.code_lot));
  }

  /** How many lots of a site have a last meal worth a look, by severity. */
  countDeviations(site) {
    const counts = { critical: 0, warning: 0 };
    for (const lot of this.lots.values()) {
      if (lot.site !== site) continue;
      const severity = doseSeverity(lot.dose_theorique, lot.dose_reelle);
      if (isCritical(severity)) counts.critical += 1;
      else if (severity === "warning") counts.warning += 1;
    }
    return counts;
  }

  #applySnapshot(frame) {
    if ((frame.part ?? 1) === 1 || this.#snapshotCodes === null) this.#snapshotCodes = new Set();
    this.#applySites(frame.sites);
    for (const lot of frame.lots ?? []) {
      this.#snapshotCodes.add(lot.code_lot);
      this.#applySnapshotLot(lot);
    }
    if ((frame.part ?? 1) >= (frame.parts ?? 1)) this.#finishSnapshot();
  }

  #applySnapshotLot(lot) {
    const receivedMs = instantMs(lot.recu_le);
    const held = this.lots.get(lot.code_lot);
    if (held && receivedMs !== null && held.receivedMs > receivedMs) return;
    this.#keep(lot, receivedMs);
  }

  #finishSnapshot() {
    for (const code of this.lots.keys()) {
      if (!this.#snapshotCodes.has(code)) this.#remove(code);
    }
    this.#snapshotCodes = null;
    this.complete = true;
  }

  #applyReading(reading, receivedMs) {
    if (!reading?.code_lot) return;
    this.#snapshotCodes?.add(reading.code_lot);
    this.#hear(reading.site, receivedMs);
    if (isCorrection(this.lots.get(reading.code_lot), reading)) return;
    this.#keep(reading, receivedMs);
  }

  #applySites(sites) {
    for (const stats of sites ?? []) {
      this.sites.set(stats.site_code, { ...this.sites.get(stats.site_code), ...stats });
      this.#changedSites.add(stats.site_code);
      this.#hear(stats.site_code, instantMs(stats.dernier_releve));
    }
  }

  #keep(lot, receivedMs) {
    this.lots.set(lot.code_lot, { ...lot, receivedMs });
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
  }
}

/** True when a reading corrects an earlier meal and so does not become the lot's latest, as on the server. */
function isCorrection(held, reading) {
  return Boolean(held) && mealRank(reading) < mealRank(held);
}
