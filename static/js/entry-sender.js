import { backoffDelay } from "./backoff.js";
import { begin, bodyOf, outcomeOf, settle, waits } from "./entry-queue.js";

const BACKOFF = { floor: 2_000, base: 4_000, cap: 60_000 };
/** Another tab sends: it will be done by then, or its turn has ended. */
const TURN_MS = 2_000;

/**
 * Sends what waits in the store of this device, one after the other and in one tab at a time. It stops at the first failure of the line and
 * tries again by itself, later each time, or at once when it is woken.
 */
export class EntrySender {
  #parts;
  #running = false;
  #wokenAgain = false;
  #failures = 0;
  #timer = null;
  /** Until somebody logs in. */
  needsLogin = false;
  /** When it tries again by itself, in client ms; null if nothing failed. */
  retryAt = null;

  /**
   * @param {{gaveurId, store, turn, post, now, random, setTimeout, clearTimeout, onChange}} parts `turn(act)` runs `act` while no other tab does, and
   *   gives false if another one has the turn; `post(entry, body)` gives `{status, body, waitMs}`, with `status: null` without an answer
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Sends what waits, now. */
  async wake() {
    if (this.#running) {
      this.#wokenAgain = true;
      return;
    }
    this.#running = true;
    this.#parts.clearTimeout(this.#timer);
    do {
      this.#wokenAgain = false;
      const hadTurn = await this.#parts.turn((renew) => this.#drain(renew));
      if (hadTurn === false) this.#later(TURN_MS);
    } while (this.#wokenAgain && this.retryAt === null);
    this.#running = false;
    this.#parts.onChange();
  }

  /** @param {() => Promise<void>} renew says that this tab still uses its turn */
  async #drain(renew) {
    this.retryAt = null;
    for (;;) {
      await renew();
      const { taken } = await this.#parts.store.change((entries) => begin(entries.filter((entry) => entry.gaveur_id === this.#parts.gaveurId)));
      if (!taken) return;
      this.#parts.onChange();
      const { status, body, waitMs = 0 } = await this.#parts.post(taken, bodyOf(taken, this.#parts.now()));
      const outcome = outcomeOf(taken, status, body);
      await this.#parts.store.change((entries) => settle(entries, taken.cle, outcome));
      this.needsLogin = outcome.kind === "login";
      if (outcome.kind === "login" || outcome.kind === "later") {
        const delay = backoffDelay(this.#failures, this.#parts.random(), BACKOFF);
        this.#failures += 1;
        this.#later(Math.max(delay, Math.min(waitMs, BACKOFF.cap)));
        return;
      }
      this.#failures = 0;
      this.#parts.onChange();
    }
  }

  #later(ms) {
    this.#parts.clearTimeout(this.#timer);
    this.retryAt = this.#parts.now() + ms;
    this.#timer = this.#parts.setTimeout(() => this.wake(), ms);
  }
}

/** How many entries wait for the server. */
export const waiting = (entries) => entries.filter(waits).length;
