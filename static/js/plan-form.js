const NUMBERS = ["gaveur_id", "nombre_canards", "duree_gavage_prevue", "poids_moyen_initial", "objectif_quantite_mais"];
const DAY_MS = 86_400_000;
/** Not for others: whose name it is stands in no address. */
const PRIVATE = "par";

/** What an address says of the form. */
export const formOf = (search) => Object.fromEntries([...new URLSearchParams(search)].filter(([name]) => name !== PRIVATE));

/** The address of what is filled in. */
export function queryOf(form) {
  const filled = Object.entries(valuesOf(form)).filter(([name]) => name !== PRIVATE);
  return `?${new URLSearchParams(filled)}`;
}

/** The plan as the server takes it: empty fields are left out. */
export function planOf(form) {
  const typed = ([name, value]) => [name, NUMBERS.includes(name) ? Number(value) : value];
  return Object.fromEntries(Object.entries(valuesOf(form)).map(typed));
}

function valuesOf(form) {
  const fields = [...form.elements].filter(({ name, value }) => name && value.trim() !== "");
  return Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]));
}

/** The last day of a feeding, `YYYY-MM-DD`; null as long as something is missing. */
export function lastDay(first, days) {
  const begin = Date.parse(`${first}T00:00:00Z`);
  return Number.isFinite(begin) && days > 0 ? new Date(begin + (days - 1) * DAY_MS).toISOString().slice(0, 10) : null;
}
