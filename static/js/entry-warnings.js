import { ecartPercent } from "./severity.js";

/**
 * What of a meal should be looked at while it is written, by the server's own limits: `errors` keep it from being sent, `warnings` do not.
 *
 * @param {object} limits of the server
 * @param {{dose_g, morts, poids_g, temperature_c, humidite_pct, heure_ms, raison_ecart}} draft null where nothing is written
 * @param {{planned, before: object[], ducks, now, needsDeaths: boolean}} around `before`: the meals before it, `now`: the device's clock
 * @returns {{errors: object[], warnings: object[], mustConfirm: boolean}} each `{champ, niveau, key, values}`
 */
export function judge(limits, draft, around) {
  const found = { errors: [], warnings: [] };
  const error = (champ, key, values = {}) => found.errors.push({ champ, niveau: "rouge", key: `entry.error.${key}`, values });
  const warn = (champ, niveau, key, values = {}) => found.warnings.push({ champ, niveau, key: `entry.warn.${key}`, values });
  judgeDose(limits, draft, around, error, warn);
  judgeDeaths(limits, draft, around, error, warn);
  judgeWeight(limits, draft, around, error, warn);
  judgeBarn(limits, draft, error, warn);
  judgeTime(limits, draft, around, error, warn);
  return { ...found, mustConfirm: draft.dose_g > limits.dose_g[1] };
}

const isIn = (value, [least, most]) => value >= least && value <= most;
const isWithin = (value, [least, most]) => value > least && value < most;

function judgeDose(limits, { dose_g: dose, raison_ecart: reason }, { planned, before }, error, warn) {
  const [least, most] = [limits.dose_g[0], limits.dose_confirmee_g];
  if (dose === null) return error("dose_g", "noDose");
  if (dose === 0) return reason ? undefined : error("raison_ecart", "noReason");
  if (!isIn(dose, [least, most])) return error("dose_g", "dose", { least, most });
  if (dose > limits.dose_g[1]) warn("dose_g", "rouge", "twoMeals", { most: limits.dose_g[1] });
  else if (dose > limits.dose_inhabituelle_g) warn("dose_g", "orange", "large", { bound: limits.dose_inhabituelle_g });
  const ecart = ecartPercent(planned, dose);
  const niveau = ecart === null ? null : levelOf(limits, ecart);
  if (niveau) warn("dose_g", niveau, ecart < 0 ? "below" : "above", { percent: Math.abs(ecart) });
  const last = before.at(-1)?.dose_reelle;
  if (!(last > 0)) return;
  const step = dose - last;
  if (Math.abs(step) > limits.pas_g || (100 * Math.abs(step)) / last > limits.pas_pct) warn("dose_g", "ambre", "step", { step, last });
}

function levelOf({ ecarts_pct: [amber, orange, red], refus_pct: refusal }, ecart) {
  // As on the server: 5 % must not be 4.999… %.
  const size = Math.abs(ecart) + 1e-9;
  if (ecart - 1e-9 <= refusal || size >= red) return "rouge";
  return size >= orange ? "orange" : size >= amber ? "ambre" : null;
}

function judgeDeaths(limits, { morts: dead }, { ducks, needsDeaths }, error, warn) {
  if (dead === null) return needsDeaths ? error("morts", "noDeaths") : undefined;
  if (dead < 0 || !Number.isInteger(dead) || (ducks !== null && dead > ducks)) return error("morts", "deaths", { ducks });
  const percent = ducks > 0 ? (100 * dead) / ducks : 0;
  if (percent > limits.morts_pct) warn("morts", "orange", "deaths", { dead, percent });
}

function judgeWeight(limits, { poids_g: weight }, { before }, error, warn) {
  if (weight === null) return;
  const [least, most] = limits.poids_g;
  if (!isIn(weight, limits.poids_g)) return error("poids", "weight", { least, most });
  const last = before.findLast(({ poids_moyen }) => typeof poids_moyen === "number")?.poids_moyen;
  const percent = last ? (100 * (weight - last)) / last : 0;
  if (Math.abs(percent) > limits.poids_variation_pct) warn("poids", "ambre", "weight", { percent, last });
}

function judgeBarn(limits, { temperature_c: celsius, humidite_pct: humid }, error, warn) {
  if (celsius !== null) {
    const [least, most] = limits.temperature_habituelle_c;
    if (!isIn(celsius, limits.temperature_c)) error("temperature_c", "range", { least: limits.temperature_c[0], most: limits.temperature_c[1] });
    else if (!isWithin(celsius, limits.temperature_grave_c)) warn("temperature_c", "rouge", "temperature", { least, most });
    else if (!isWithin(celsius, limits.temperature_habituelle_c)) warn("temperature_c", "orange", "temperature", { least, most });
  }
  if (humid !== null) {
    const [least, most] = limits.humidite_habituelle_pct;
    if (!isIn(humid, limits.humidite_pct)) error("humidite_pct", "range", { least: limits.humidite_pct[0], most: limits.humidite_pct[1] });
    else if (!isWithin(humid, limits.humidite_habituelle_pct)) warn("humidite_pct", "orange", "humidity", { least, most });
  }
}

function judgeTime(limits, { heure_ms: at }, { now }, error, warn) {
  if (at === null) return;
  if (Number.isNaN(at)) return error("heure", "noTime");
  if (at > now + limits.avance_s * 1000) return error("heure", "ahead", { minutes: limits.avance_s / 60 });
  const late = now - at;
  if (late > limits.retard_s * 1000) warn("heure", "ambre", "late", { hours: Math.round(late / 3_600_000) });
}
