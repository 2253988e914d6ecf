/**
 * The meals that a farmer has written down on this device, as a list in the order in which they were written. Pure: each function gives what
 * changes, as `{put, remove}`; an entry without `n` is new, and the store numbers it.
 *
 * An entry is `{n, cle, gaveur_id, lot_id, code_lot, jour, moment, corps, base, sur, etat, essais, refus, version, vu}`: `corps` is what was
 * written, `base` the version of the meal that was looked at, or else `sur` the key of the waiting entry that it corrects.
 */

export const TO_SEND = "a_envoyer";
/** On its way; nobody knows whether it arrived. */
export const SENT = "envoye";
export const STORED = "enregistre";
export const REFUSED = "refuse";

/** A farmer writes two a day for each lot: this is months. */
export const MOST_ENTRIES = 500;
/** Stored entries that stay, to show what became of them. */
const MOST_STORED = 30;

export const waits = ({ etat }) => etat === TO_SEND || etat === SENT;
/** Not in what the server has told since. */
export const isUnseen = ({ etat, vu }) => etat !== STORED || !vu;

const sameMeal = (a, b) => a.lot_id === b.lot_id && a.jour === b.jour && a.moment === b.moment;

/** The entry to send: each lot in its order, and none behind a refused one of its lot, which may be what it corrects. */
export function nextToSend(entries) {
  const held = new Set();
  for (const entry of entries) {
    if (entry.etat === REFUSED) held.add(entry.lot_id);
    else if (waits(entry) && !held.has(entry.lot_id)) return entry;
  }
  return null;
}

/** Takes the next entry for sending; `taken` is null when there is none. */
export function begin(entries) {
  const next = nextToSend(entries);
  if (!next) return { put: [], remove: [], taken: null };
  const taken = { ...next, etat: SENT, essais: next.essais + 1 };
  return { put: [taken], remove: [], taken };
}

/** What is sent. Only the clock differs from one attempt to the next. */
export function bodyOf({ cle, jour, moment, corps, base }, now) {
  return { cle, jour, moment, ...corps, base: base ?? 0, horloge: new Date(now).toISOString() };
}

/**
 * What an answer says of an entry. Only our server names its key, or a refusal in its words: whatever else answers on the way (a login page
 * of a public network) decides nothing.
 *
 * @returns {{kind: "stored"|"refused"|"login"|"later"}}
 */
export function outcomeOf(entry, status, body) {
  if (status >= 200 && status < 300 && body?.cle === entry.cle) {
    return { kind: "stored", version: body.repas[0].version, avertissements: body.avertissements, horloge_s: body.ecart_horloge_s };
  }
  if (status === 401) return { kind: "login" };
  const passes = status === 408 || status === 429;
  if (status >= 400 && status < 500 && !passes && typeof body?.code === "string") {
    const { code, detail, champ = null, actuel = null } = body;
    return { kind: "refused", refus: { status, code, detail, champ, actuel } };
  }
  return { kind: "later" };
}

/** The entry after an answer. */
export function settle(entries, cle, outcome) {
  const entry = entries.find((one) => one.cle === cle);
  if (!entry || !waits(entry)) return { put: [], remove: [] };
  if (outcome.kind === "refused") return { put: [{ ...entry, etat: REFUSED, refus: outcome.refus }], remove: [] };
  if (outcome.kind !== "stored") return { put: [{ ...entry, etat: TO_SEND }], remove: [] };
  const { version, avertissements, horloge_s } = outcome;
  const stored = { ...entry, etat: STORED, version, avertissements, horloge_s, refus: null, vu: false };
  const older = entries.filter((one) => one.etat === STORED && one.vu).slice(0, -MOST_STORED);
  return { put: [stored, ...rebased(entries, cle, { base: version, sur: null })], remove: older.map(({ n }) => n) };
}

/** Adds an entry behind all others; `full` if there is no room. @param {number} version of the meal that was looked at, 0 for none */
export function append(entries, draft, version) {
  if (entries.filter((one) => one.etat !== STORED).length >= MOST_ENTRIES) return { put: [], remove: [], full: true };
  const before = entries.findLast((one) => sameMeal(one, draft) && isUnseen(one));
  const seen = before?.etat === STORED ? { base: before.version, sur: null } : { base: null, sur: before?.cle ?? null };
  const looked = before ? seen : { base: version, sur: null };
  return { put: [{ ...draft, ...looked, etat: TO_SEND, essais: 0, refus: null, version: null, vu: false }], remove: [] };
}

/** Writes a refused entry anew, under a key of its own, at its place in the order. */
export function amend(entries, cle, { cle: fresh, corps }) {
  const entry = entries.find((one) => one.cle === cle);
  if (entry?.etat !== REFUSED) return { put: [], remove: [] };
  const base = entry.refus.actuel?.version ?? entry.base;
  const written = { ...entry, cle: fresh, corps, base, etat: TO_SEND, essais: 0, refus: null };
  return { put: [written, ...rebased(entries, cle, { base: null, sur: fresh })], remove: [] };
}

/** Gives an entry up. One that may have arrived cannot be taken back any more. */
export function discard(entries, cle) {
  const entry = entries.find((one) => one.cle === cle);
  if (!entry || !isTakenBack(entry)) return { put: [], remove: [] };
  return { put: rebased(entries, cle, { base: entry.base, sur: entry.sur }), remove: [entry.n] };
}

export const isTakenBack = ({ etat, essais }) => etat === REFUSED || (etat === TO_SEND && essais === 0);

/** The server has told what it holds since these were stored. */
export function see(entries, keys) {
  const seen = entries.filter((one) => one.etat === STORED && !one.vu && keys.has(one.cle));
  return { put: seen.map((one) => ({ ...one, vu: true })), remove: [] };
}

/** What was written on top of an entry, after that has changed. */
function rebased(entries, cle, looked) {
  return entries.filter((one) => one.sur === cle).map((one) => ({ ...one, ...looked }));
}

/** Enough chance that no two entries of all phones have the same key. Works on plain HTTP too. */
export function newKey(random = crypto) {
  const bytes = random.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
