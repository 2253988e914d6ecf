/** What the fields of a meal hold, as numbers, and what of it is sent. Pure. */

/** The number in a text, also with a decimal comma; null for an empty one, NaN for anything else. */
export function numberOf(text) {
  const plain = text.trim().replace(",", ".").replace(/[\s\u202f\u00a0]/g, "");
  if (plain === "") return null;
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

const textOf = (text) => text.trim() || null;

/** @param {Record<string, string>} fields the texts as they stand; `heure` as a local time without a zone */
export function draftOf(fields) {
  return {
    dose_g: numberOf(fields.dose_g),
    morts: numberOf(fields.morts),
    poids_g: numberOf(fields.poids_g),
    nb: numberOf(fields.nb),
    temperature_c: numberOf(fields.temperature_c),
    humidite_pct: numberOf(fields.humidite_pct),
    cause: textOf(fields.cause),
    raison_ecart: textOf(fields.raison_ecart),
    remarque: textOf(fields.remarque),
    heure_ms: fields.heure === "" ? null : new Date(fields.heure).getTime(),
  };
}

/**
 * The body of a new meal, or of a correction, which leaves out what it does not change: that stays as it is stored.
 *
 * @param {object} draft without errors
 * @param {{stored: object|null, now: number, par: string|null, mustConfirm: boolean}} around `stored`: the meal that is corrected
 */
export function bodyOfDraft(draft, { stored, now, par, mustConfirm }) {
  const body = { dose_g: draft.dose_g, heure: new Date(draft.heure_ms ?? now).toISOString(), saisi_le: new Date(now).toISOString() };
  const measures = { morts: draft.morts, temperature_c: draft.temperature_c, humidite_pct: draft.humidite_pct };
  const before = { morts: stored?.morts, temperature_c: stored?.temperature_stabule, humidite_pct: stored?.humidite_stabule };
  for (const [name, value] of Object.entries(measures)) if (value !== (before[name] ?? null)) body[name] = value;
  if (!stored) body.morts = draft.morts;
  if (body.morts === null) delete body.morts;
  if (draft.poids_g !== (stored?.poids_moyen ?? null)) {
    body.poids = draft.poids_g === null ? null : { moyenne_g: draft.poids_g, ...(draft.nb === null ? {} : { nb: draft.nb }) };
  }
  const words = { cause: draft.cause, raison_ecart: draft.raison_ecart, remarque: draft.remarque };
  for (const [name, value] of Object.entries(words)) if (value !== null) body[name] = value;
  if (par) body.par = par;
  if (mustConfirm) body.confirmer = true;
  return body;
}

/** A time for a field of local time, to the minute. */
export function localTime(ms) {
  const at = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
