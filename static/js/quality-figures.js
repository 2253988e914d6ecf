import { sqalDevices, sqalGrades, sqalInspectedLots, sqalOverview, sqalQueue } from "./api.js";

const REFRESH_EVERY_MS = 15_000;
/** However many samples arrive, the figures are asked for no more often than this. */
const LEAST_INTERVAL_MS = 4_000;
const INSPECTED_LOTS = 12;
const DONE = new Set(["inspected", "rejected"]);

/** What the stream does not tell: devices, figures of the hour, lots in the queue. Asked for as samples come, and now and then. */
export class QualityFigures {
  overview = null;
  devices = null;
  queue = null;
  done = null;
  /** {grade: number} of the last hour, of all stations together */
  allGrades = null;
  /** device id → {grade: number} of the last hour */
  grades = new Map();
  failure = null;
  #options;
  #askedAt = -Infinity;
  #timer = null;

  /** @param {{isConnected: () => boolean, onChange: () => void}} options */
  constructor(options) {
    this.#options = options;
    setInterval(() => this.refresh(), REFRESH_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.refresh());
  }

  /** Asks soon; a demand while one is waiting changes nothing. */
  refresh() {
    if (this.#timer !== null || document.hidden) return;
    this.#timer = setTimeout(() => this.#load(), Math.max(0, this.#askedAt + LEAST_INTERVAL_MS - Date.now()));
  }

  async #load() {
    this.#askedAt = Date.now();
    if (this.#options.isConnected()) {
      try {
        await this.#ask();
        this.failure = null;
      } catch (error) {
        // The last figures stay; the next round asks again.
        this.failure = error;
      }
      this.#options.onChange();
    }
    this.#timer = null;
  }

  async #ask() {
    const [overview, devices, pending, inspecting, lots] = await Promise.all([
      sqalOverview(), sqalDevices(), sqalQueue("pending"), sqalQueue("inspecting"), sqalInspectedLots(INSPECTED_LOTS),
    ]);
    Object.assign(this, { overview, devices, queue: [...inspecting, ...pending], done: lots.filter((lot) => DONE.has(lot.statut)) });
    this.allGrades = await gradesOf({});
    await Promise.all(devices.map(async ({ device_id }) => this.grades.set(device_id, await gradesOf({ device_id }))));
  }
}

async function gradesOf(query) {
  const rows = await sqalGrades(query);
  return Object.fromEntries(rows.map(({ grade, nombre }) => [grade, nombre]));
}
