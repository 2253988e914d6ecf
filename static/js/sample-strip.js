import { instantMs } from "./ages.js";

/** How many samples the strip shows at least, and how many unseen rejects it keeps beyond them. */
export const SHOWN = 20;
export const MOST_UNSEEN = 100;
const MOST_SEEN = 300;

/** The last samples of one station, newest first, and the rejects that nobody has seen yet, however old. */
export class SampleStrip {
  /** key → summary of a sample as REST and stream give it */
  #samples = new Map();
  #seen;

  /** @param {string[]} seen the keys of rejects that were seen on earlier visits */
  constructor(seen = []) {
    this.#seen = new Set(seen);
  }

  /** Takes summaries in any order; one that is known changes nothing. History with a doubtful clock is left out. */
  add(summaries) {
    for (const summary of summaries) {
      if (summary?.sample_id && instantMs(summary.time) !== null && !summary.horloge_douteuse) this.#samples.set(keyOf(summary), summary);
    }
    this.#forget();
  }

  /** Newest first: the last twenty, then older rejects that nobody has seen. */
  shown() {
    return this.#inOrder().filter((summary, i) => i < SHOWN || this.isUnseen(summary));
  }

  get latest() {
    return this.#inOrder()[0] ?? null;
  }

  isUnseen(summary) {
    return summary.final_grade === "REJECT" && !this.#seen.has(keyOf(summary));
  }

  unseen() {
    return this.#inOrder().filter((summary) => this.isUnseen(summary));
  }

  /** Somebody has looked at every reject; returns what to remember, the newest last. */
  markSeen() {
    for (const summary of this.unseen().reverse()) this.#seen.add(keyOf(summary));
    this.#seen = new Set([...this.#seen].slice(-MOST_SEEN));
    this.#forget();
    return [...this.#seen];
  }

  find(id) {
    return this.shown().find(({ sample_id }) => sample_id === id) ?? null;
  }

  #inOrder() {
    return [...this.#samples.values()].sort((a, b) => instantMs(b.time) - instantMs(a.time) || (a.sample_id < b.sample_id ? -1 : 1));
  }

  #forget() {
    let unseen = 0;
    this.#inOrder().forEach((summary, i) => {
      if (i < SHOWN) return;
      if (!this.isUnseen(summary) || (unseen += 1) > MOST_UNSEEN) this.#samples.delete(keyOf(summary));
    });
  }
}

/** A station may count its samples from one again: id and time tell them apart. */
export function keyOf({ sample_id, time }) {
  return `${sample_id}@${instantMs(time)}`;
}
