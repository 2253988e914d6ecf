/**
 * What this device keeps for a farmer: `envois`, the meals that he wrote, and `lots`, what the server last told of his lots. Without a
 * database, or when it cannot write, everything lives as long as the page, and `lack` says why.
 */

const NAME = "gaveurs";
const VERSION = 1;
/** Longer than a request may take. */
const LEASE_MS = 45_000;

export class EntryStore {
  /** null, "absent" (this browser keeps nothing) or "full" (this device could not write). */
  lack = null;
  #database;
  #memory = { entries: [], sheets: new Map() };
  #next = 1;

  /** @param {IDBDatabase|null} database */
  constructor(database) {
    this.#database = database;
    if (!database) this.lack = "absent";
    else database.onversionchange = () => database.close();
  }

  static async open(factory = globalThis.indexedDB) {
    try {
      return new EntryStore(await opened(factory));
    } catch {
      return new EntryStore(null);
    }
  }

  /** All entries, in their order. */
  async entries() {
    return (await this.change(() => ({ put: [], remove: [] }))).entries;
  }

  /**
   * Changes the list in one step that no other tab can come into.
   * @param {(entries: object[]) => {put: object[], remove: number[]}} decide must be pure: it may run twice
   * @returns what `decide` gave, with the `entries` as they are then
   */
  async change(decide) {
    if (this.lack === null) {
      try {
        return await this.#inDatabase(decide);
      } catch (error) {
        if (error !== null && !(error instanceof DOMException)) throw error;
        this.#fallBack(error);
      }
    }
    const decided = decide(this.#memory.entries);
    this.#memory.entries = after(this.#memory.entries, decided, () => this.#next++);
    return { ...decided, entries: this.#memory.entries };
  }

  #inDatabase(decide) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction("envois", "readwrite");
      const store = transaction.objectStore("envois");
      let decided = null;
      store.getAll().onsuccess = ({ target }) => {
        try {
          decided = decide(target.result);
        } catch (error) {
          transaction.abort();
          return reject(error);
        }
        const numbered = [];
        for (const entry of decided.put) store.put(entry).onsuccess = ({ target: put }) => numbered.push(put.result);
        for (const n of decided.remove) store.delete(n);
        transaction.oncomplete = () => {
          this.#memory.entries = after(target.result, decided, (i) => numbered[i]);
          resolve({ ...decided, entries: this.#memory.entries });
        };
      };
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** What was read last goes on in memory; the database still holds it, so nothing that was kept before is lost. */
  #fallBack(error) {
    this.lack = error?.name === "QuotaExceededError" ? "full" : "absent";
    this.#next = Math.max(0, ...this.#memory.entries.map(({ n }) => n)) + 1;
  }

  /** What the server last told of the lots of a farmer, or null. */
  async sheet(gaveurId) {
    return (await this.#attempt((database) => request(database, "lots", "readonly", (store) => store.get(gaveurId)))) ?? this.#memory.sheets.get(gaveurId) ?? null;
  }

  async keepSheet(sheet) {
    this.#memory.sheets.set(sheet.gaveur_id, sheet);
    await this.#attempt((database) => request(database, "lots", "readwrite", (store) => store.put(sheet)));
  }

  /** Takes the turn to send for a while, if no other tab has it. Only where the browser has no locks. */
  async lease(tab, now) {
    const take = (store, done) => {
      store.get("envoi").onsuccess = ({ target }) => {
        const held = target.result;
        const isFree = !held || held.tab === tab || held.until < now || held.until > now + LEASE_MS;
        if (isFree) store.put({ id: "envoi", tab, until: now + LEASE_MS });
        done(isFree);
      };
    };
    return (await this.#attempt((database) => exclusively(database, take))) ?? true;
  }

  async release(tab) {
    const free = (store, done) => {
      store.get("envoi").onsuccess = ({ target }) => {
        if (target.result?.tab === tab) store.delete("envoi");
        done(true);
      };
    };
    await this.#attempt((database) => exclusively(database, free));
  }

  async #attempt(act) {
    if (!this.#database) return undefined;
    try {
      return await act(this.#database);
    } catch {
      return undefined;
    }
  }
}

/** The list after a change; `numberOf` gives the number of the i-th put. */
function after(entries, { put, remove }, numberOf) {
  const byNumber = new Map(entries.map((entry) => [entry.n, entry]));
  for (const n of remove) byNumber.delete(n);
  put.forEach((entry, i) => {
    const n = entry.n ?? numberOf(i);
    byNumber.set(n, { ...entry, n });
  });
  return [...byNumber.values()].sort((a, b) => a.n - b.n);
}

function opened(factory) {
  return new Promise((resolve, reject) => {
    const opening = factory.open(NAME, VERSION);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("envois", { keyPath: "n", autoIncrement: true });
      opening.result.createObjectStore("lots", { keyPath: "gaveur_id" });
      opening.result.createObjectStore("baux", { keyPath: "id" });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function request(database, name, mode, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode);
    const asked = act(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

function exclusively(database, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("baux", "readwrite");
    let result;
    act(transaction.objectStore("baux"), (value) => (result = value));
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error);
  });
}
