import { sendEntry } from "./api.js";
import { REFUSED, STORED, amend, append, discard, newKey, see, waits } from "./entry-queue.js";
import { EntrySender } from "./entry-sender.js";
import { EntryStore } from "./entry-store.js";
import { format, t } from "./i18n.js";

const LOCK = "gaveurs.envois";

/** The entries of one farmer on this device, and their way to the server, bound to this browser and its other tabs. */
export class EntryOutbox {
  store;
  entries = [];
  #id;
  #sender;
  #tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;
  #onChange;

  static async open(gaveurId, onChange) {
    return new EntryOutbox(gaveurId, await EntryStore.open(), onChange);
  }

  constructor(gaveurId, store, onChange) {
    this.store = store;
    this.#id = gaveurId;
    this.#onChange = onChange;
    this.#sender = new EntrySender({
      gaveurId,
      store,
      turn: "locks" in navigator ? locked : leased(store),
      post: sendEntry,
      now: () => Date.now(),
      random: Math.random,
      setTimeout: (act, ms) => setTimeout(act, ms),
      clearTimeout: (timer) => clearTimeout(timer),
      onChange: () => this.#told(),
    });
    this.#tabs?.addEventListener("message", () => this.reload());
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  get lack() {
    return this.store.lack;
  }

  get needsLogin() {
    return this.#sender.needsLogin;
  }

  wake() {
    this.#sender.wake();
  }

  /** @param {number} version of the meal that was looked at; @returns {Promise<boolean>} false if there is no room */
  async append(draft, version) {
    const cle = newKey();
    const { full } = await this.#change((entries) => append(entries, { ...draft, cle }, version));
    return !full;
  }

  async amend(cle, corps) {
    const fresh = newKey();
    const { put } = await this.#change((entries) => amend(entries, cle, { cle: fresh, corps }));
    return put.length > 0;
  }

  discard(cle) {
    return this.#change((entries) => discard(entries, cle));
  }

  /** The keys of what is stored, before the server is asked what it holds. */
  storedKeys() {
    return new Set(this.entries.filter(({ etat }) => etat === STORED).map(({ cle }) => cle));
  }

  async see(keys) {
    if (this.entries.some(({ etat, vu, cle }) => etat === STORED && !vu && keys.has(cle))) await this.#change((entries) => see(entries, keys));
  }

  /** Another tab may have written. */
  async reload() {
    this.entries = this.#own(await this.store.entries());
    this.#onChange();
  }

  /** What the page says of all of them, in a few words; null when there is nothing to say. */
  words() {
    const count = (is) => this.entries.filter(is).length;
    const [unsent, refused] = [count(waits), count(({ etat }) => etat === REFUSED)];
    if (refused > 0) return { state: "refused", text: t(refused === 1 ? "queue.refused.one" : "queue.refused.many", { n: format().count(refused) }) };
    if (unsent > 0) {
      const line = navigator.onLine && this.#sender.retryAt === null ? "queue.sending" : "queue.kept";
      return { state: "waiting", text: t(`${line}.${unsent === 1 ? "one" : "many"}`, { n: format().count(unsent) }) };
    }
    return this.entries.some(({ etat, vu }) => etat === STORED && !vu) ? { state: "stored", text: t("queue.stored") } : null;
  }

  async #change(decide) {
    const changed = await this.store.change(decide);
    this.entries = this.#own(changed.entries);
    this.#told();
    this.wake();
    return changed;
  }

  async #told() {
    await this.reload();
    this.#tabs?.postMessage("changed");
  }

  #own(entries) {
    return entries.filter((entry) => entry.gaveur_id === this.#id);
  }
}

/** Waits until no other tab of this browser sends. */
const locked = (act) => navigator.locks.request(LOCK, () => act(async () => {}));

/** The same by a row in the database, where the browser has no locks: on plain HTTP. */
function leased(store) {
  const tab = newKey();
  return async (act) => {
    if (!(await store.lease(tab, Date.now()))) return false;
    await act(() => store.lease(tab, Date.now()));
    await store.release(tab);
    return true;
  };
}
