import { periodWords } from "./periods.js";
import { format, language, t } from "./i18n.js";

/** Digits, factor and unit of each measure. */
const MEASURES = {
  foie_g: [1, 1, "unit.g"],
  perte_pct: [1, 1, "advice.points"],
  cv: [1, 100, "advice.points"],
  itm: [2, 1, null],
  note: [2, 1, null],
};

/** What a piece of advice rests on, sentence by sentence: whom the lot was compared with, what was found, what that cannot tell. */
export function evidenceWords(evidence) {
  return [compared(evidence), rank(evidence), ...evidence.mesures.map(contrast)].filter(Boolean);
}

export function limitWords(evidence) {
  return evidence.limites.map((code) => t(`advice.limit.${code}`));
}

function compared({ lots, gaveurs, periode }) {
  const day = (text) => periodWords(text, language(), t);
  return t("advice.compared", { lots: format().count(lots), gaveurs: format().count(gaveurs), from: day(periode.depuis), to: day(periode.jusqua) });
}

function rank({ rang_pct: percent, mesure, lot }) {
  if (typeof percent !== "number") return null;
  return t("advice.rank", { measure: t(`advice.measure.${mesure}`), value: value(mesure, lot[mesure]), percent: format().percent(percent, 0) });
}

/** Both groups with their lots, the difference and its interval. */
function contrast({ mesure, groupes, difference, ic95 }) {
  const group = ({ nom, n, moyenne }) => t(nom === "ce_lot" ? "advice.ownGroup" : "advice.group", { name: t(`advice.group.${nom}`), n: format().count(n), mean: value(mesure, moyenne) });
  const signed = (number) => value(mesure, number, true);
  const interval = ic95 ? t("advice.interval", { low: signed(ic95[0]), high: signed(ic95[1]) }) : t("advice.noInterval");
  return t("advice.contrast", { measure: t(`advice.measure.${mesure}`), groups: groupes.map(group).join(t("advice.against")), difference: signed(difference), interval });
}

/** A level of losses is a share, a difference of shares is in points. */
function value(measure, number, isDifference = false) {
  const [digits, factor, unit] = MEASURES[measure] ?? [2, 1, null];
  if (typeof number !== "number") return format().number(null);
  const scaled = number * factor;
  if (unit === "advice.points" && !isDifference) return format().percent(scaled, digits);
  const text = format().number(scaled, digits, isDifference);
  return unit ? `${text}\u202f${t(unit)}` : text;
}
