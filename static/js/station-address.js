/** The windows of the drift that can be chosen, in hours. */
export const WINDOWS = [8, 24, 168];
const USUAL = 24;

/** The device named by the path `/sqal/<device>`, or null. */
export function deviceOfPath(path) {
  const name = /^\/sqal\/([^/]+)\/?$/.exec(path)?.[1];
  try {
    return name ? decodeURIComponent(name) : null;
  } catch {
    return null;
  }
}

/** What an address shows (`?heures=8&foie=S-12`); what it cannot mean is left as usual. */
export function stateOfAddress(search) {
  const query = new URLSearchParams(search);
  const hours = Number(query.get("heures"));
  return { hours: WINDOWS.includes(hours) ? hours : USUAL, foie: query.get("foie") || null };
}

/** The inverse of `stateOfAddress`; empty for the usual state. */
export function addressOfState({ hours, foie }) {
  const query = new URLSearchParams();
  if (hours !== USUAL) query.set("heures", hours);
  if (foie) query.set("foie", foie);
  return query.size > 0 ? `?${query}` : "";
}
