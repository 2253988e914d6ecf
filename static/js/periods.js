export const KINDS = ["jour", "semaine", "mois", "saison"];

const DAY_MS = 86_400_000;
const pad = (number) => String(number).padStart(2, "0");
/** Dates are days: `2026-11-29`, counted in UTC so that no zone moves them. */
const dayOf = (text) => new Date(`${text}T00:00:00Z`);

/** Of a period as the address writes it: `2026-11-29`, `2026-W48`, `2026-11`, `2026/2027`. */
export function kindOf(code) {
  if (/^\d{4}-W\d\d$/.test(code)) return "semaine";
  if (/^\d{4}\/\d{4}$/.test(code)) return "saison";
  return /^\d{4}-\d\d$/.test(code) ? "mois" : "jour";
}

/** The period of a kind that holds a day. */
export function periodOf(kind, day) {
  const [year, month] = day.split("-").map(Number);
  if (kind === "jour") return day;
  if (kind === "mois") return `${year}-${pad(month)}`;
  if (kind === "semaine") return isoWeek(day);
  const first = month >= 7 ? year : year - 1;
  return `${first}/${first + 1}`;
}

/** A week belongs to the year of its Thursday. */
export function isoWeek(day) {
  const date = dayOf(day);
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = 1 + Math.floor((thursday.getTime() - first) / DAY_MS / 7);
  return `${thursday.getUTCFullYear()}-W${pad(week)}`;
}

/** The earlier of two days. */
export const earlier = (a, b) => (a < b ? a : b);

/** "semaine 48", "novembre 2026"; words of the language. @param {(key, values) => string} t */
export function periodWords(code, lang, t) {
  const show = (text, options) => new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "fr-FR", { timeZone: "UTC", ...options }).format(dayOf(text));
  const kind = kindOf(code);
  if (kind === "jour") return show(code, { dateStyle: "long" });
  if (kind === "mois") return show(`${code}-01`, { month: "long", year: "numeric" });
  if (kind === "semaine") return t("pilot.weekName", { week: Number(code.slice(6)), year: code.slice(0, 4) });
  return t("pilot.seasonName", { season: code });
}

/** "S48" */
export const shortWeek = (code, t) => t("pilot.shortWeek", { week: Number(code.slice(6)) });

/** "23/11". */
export const shortDay = (day) => `${day.slice(8)}/${day.slice(5, 7)}`;

