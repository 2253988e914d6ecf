import { REFUSED, STORED, isUnseen } from "./entry-queue.js";
import { dayOfRank, mealRank, upsertMeal } from "./meals.js";

const HOUR_MS = 3_600_000;
/** When a meal is usually given, until the lot has had one of its kind. */
const USUAL_HOUR = { matin: 8, soir: 18 };

const mealOfRank = (rank) => ({ jour: dayOfRank(rank), moment: rank % 2 === 0 ? "matin" : "soir" });

/**
 * The lots of a farmer as they are once everything that waits on this device has been stored.
 *
 * @param {object} sheet the server's answer, which may be old
 * @param {object[]} entries of this farmer, in their order
 * @returns {{lot, plan: object[], meals: object[], missing: object[], next: object|null, ducks: number|null, held: boolean}[]} `held`: a
 *   refused entry keeps those behind it
 */
export function entryLots(sheet, entries) {
  return sheet.lots.map((one) => withEntries(one, entries.filter((entry) => entry.lot_id === one.lot.id && isUnseen(entry))));
}

function withEntries({ lot, plan, prochain, repas, manquants }, entries) {
  const doses = new Map((plan?.points ?? []).map((point) => [mealRank(point), point.dose_g]));
  const meals = [];
  for (const meal of repas) upsertMeal(meals, { ...meal, etat: null });
  let ducks = lot.nb_canards_actuel;
  for (const entry of entries) {
    const before = meals.find((meal) => mealRank(meal) === mealRank(entry));
    if (ducks !== null && entry.corps.morts !== undefined) ducks -= entry.corps.morts - (before?.morts ?? 0);
    upsertMeal(meals, mealOf(entry, before, doses.get(mealRank(entry))));
  }
  const told = new Set(entries.map(mealRank));
  return {
    lot,
    plan: plan?.points ?? [],
    meals,
    missing: manquants.filter((meal) => !told.has(mealRank(meal))),
    next: prochain && nextMeal(prochain, meals, doses, ducks),
    ducks,
    held: entries.some(({ etat }) => etat === REFUSED),
  };
}

/** A meal as it was written here: what is left out stays. */
function mealOf(entry, before, planned) {
  const { dose_g, heure, morts, poids, temperature_c, humidite_pct, raison_ecart, remarque, cause } = entry.corps;
  const said = (value, old) => (value === undefined ? (old ?? null) : value);
  return {
    jour: entry.jour,
    moment: entry.moment,
    dose_theorique: planned ?? before?.dose_theorique ?? null,
    dose_reelle: dose_g,
    time: heure,
    morts: said(morts, before?.morts),
    poids_moyen: poids === undefined ? (before?.poids_moyen ?? null) : (poids?.moyenne_g ?? null),
    temperature_stabule: said(temperature_c, before?.temperature_stabule),
    humidite_stabule: said(humidite_pct, before?.humidite_stabule),
    raison_ecart: said(raison_ecart, before?.raison_ecart),
    remarques: said(remarque, before?.remarques),
    cause_mortalite: said(cause, before?.cause_mortalite),
    auteur: entry.corps.par ?? null,
    version: entry.etat === STORED ? entry.version : (before?.version ?? 0),
    etat: entry.etat,
    cle: entry.cle,
  };
}

/** The server's next meal, or the one behind the last that was written here. */
function nextMeal(prochain, meals, doses, ducks) {
  const last = meals.at(-1);
  const isAhead = last && mealRank(last) >= mealRank(prochain);
  const { jour, moment } = isAhead ? mealOfRank(mealRank(last) + 1) : prochain;
  const dose_g = doses.get(mealRank({ jour, moment })) ?? (isAhead ? null : prochain.dose_g);
  return { jour, moment, dose_g, total_kg: totalKg(dose_g, ducks) };
}

/** For all ducks, in kg; null if one of the two is not known. */
export const totalKg = (dose, ducks) => (typeof dose === "number" && typeof ducks === "number" ? (dose * ducks) / 1000 : null);

/** The planned dose of a meal, or null. */
export const plannedDose = ({ plan }, meal) => plan.find((point) => mealRank(point) === mealRank(meal))?.dose_g ?? null;

export const mealAt = ({ meals }, meal) => meals.find((one) => mealRank(one) === mealRank(meal)) ?? null;

/** The meals before one, oldest first. */
export const mealsBefore = ({ meals }, meal) => meals.filter((one) => mealRank(one) < mealRank(meal));

/**
 * When a meal that was not told of was given, to be looked at: at the hour of the nearest one of its kind, never ahead of now.
 * @returns {number} ms
 */
export function likelyTime({ lot, meals }, meal, now) {
  const alike = meals.filter(({ moment, time }) => moment === meal.moment && !Number.isNaN(Date.parse(time)));
  const distance = (one) => Math.abs(one.jour - meal.jour);
  const nearest = alike.sort((a, b) => distance(a) - distance(b))[0];
  const at = nearest
    ? Date.parse(nearest.time) + (meal.jour - nearest.jour) * 24 * HOUR_MS
    : new Date(`${lot.debut_lot}T00:00:00`).getTime() + (meal.jour * 24 + USUAL_HOUR[meal.moment]) * HOUR_MS;
  return Math.min(at, now);
}
