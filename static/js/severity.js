// Thresholds of the cooperative's alert table, in % of the planned dose and in % of cumulated mortality.
const ECART_INFO = 5;
const ECART_WARNING = 10;
const ECART_CRITICAL = 25;
const REFUSAL_SHARE = 0.7;
const MORTALITY_WARNING = 3;
const MORTALITY_CRITICAL = 5;

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** (given − planned) / planned in %, or null when either is missing or nothing was planned. */
export function ecartPercent(planned, given) {
  if (!isNumber(planned) || !isNumber(given) || planned <= 0) return null;
  return ((given - planned) / planned) * 100;
}

/** "normal" | "info" | "warning" | "critical" | "refusal", or null when it cannot be known. */
export function doseSeverity(planned, given) {
  const percent = ecartPercent(planned, given);
  if (percent === null) return null;
  if (given <= planned * REFUSAL_SHARE) return "refusal";
  const size = Math.abs(percent);
  if (size >= ECART_CRITICAL) return "critical";
  if (size >= ECART_WARNING) return "warning";
  return size >= ECART_INFO ? "info" : "normal";
}

/** "normal" | "warning" | "critical" for a cumulated mortality in %, or null when unknown. */
export function mortalitySeverity(percent) {
  if (!isNumber(percent)) return null;
  if (percent >= MORTALITY_CRITICAL) return "critical";
  return percent >= MORTALITY_WARNING ? "warning" : "normal";
}

/** Below this an écart is drawn as "on the plan": weighing is no finer than that. */
const ECART_NOTICEABLE = 2.5;

/** Step −4…4 on the diverging colour scale, 0 on the plan. */
export function ecartStep(percent) {
  if (!isNumber(percent)) return 0;
  const bounds = [ECART_NOTICEABLE, ECART_INFO, ECART_WARNING, ECART_CRITICAL];
  const size = bounds.filter((bound) => Math.abs(percent) >= bound).length;
  return percent < 0 ? 0 - size : size;
}
