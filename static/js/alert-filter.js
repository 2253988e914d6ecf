import { isAcknowledged, isOpen, isToTreat } from "./alert-store.js";

const LOT_CODE = /^(LL|LS|MT)\d{7}$/;

const STATES = {
  open: { holds: isOpen, query: { ouverte: true } },
  todo: { holds: isToTreat, query: { ouverte: true, acquittee: false } },
  acknowledged: { holds: isAcknowledged, query: { acquittee: true } },
  history: { holds: (alert) => !isOpen(alert), query: { ouverte: false } },
};

const SITES = new Set(["LL", "LS", "MT"]);
const SEVERITIES = new Set(["critical", "warning", "info"]);

/** What an address asks for (`?site=LL&severite=critical&lot=LL2611001&etat=todo&plus=1`); what it cannot mean is left open. */
export function filterOfAddress(search) {
  const query = new URLSearchParams(search);
  const oneOf = (name, known) => (known.has(query.get(name)) ? query.get(name) : "");
  return {
    site: oneOf("site", SITES),
    severity: oneOf("severite", SEVERITIES),
    lot: query.get("lot")?.trim() ?? "",
    state: Object.hasOwn(STATES, query.get("etat") ?? "") ? query.get("etat") : "open",
    more: query.has("plus"),
  };
}

/** The address's query for a filter, empty for the default one: the inverse of `filterOfAddress`. */
export function addressOfFilter({ site, severity, lot, state, more }) {
  const query = new URLSearchParams();
  for (const [name, value] of [["site", site], ["severite", severity], ["lot", lot.trim()]]) if (value) query.set(name, value);
  if (state !== "open") query.set("etat", state);
  if (more) query.set("plus", "1");
  return query.size > 0 ? `?${query}` : "";
}

/** Whether an alert is to be shown. A lot is looked for in the code and in the farmer's name, without regard to case. */
export function passes(alert, { site, severity, lot, state }) {
  const wanted = lot.trim().toLowerCase();
  if (site && alert.site_code !== site) return false;
  if (severity && alert.severite !== severity) return false;
  if (wanted && !`${alert.code_lot ?? ""} ${alert.gaveur_nom ?? ""}`.toLowerCase().includes(wanted)) return false;
  return STATES[state].holds(alert);
}

/** True when the open alerts, which a page always holds, are not all that a filter asks for. */
export const needsHistory = ({ state }) => state === "acknowledged" || state === "history";

/** What to ask the server for a filter. It knows lots by their whole code only; the rest is filtered here. */
export function serverQuery({ site, severity, lot, state }, limit) {
  const code = lot.trim().toUpperCase();
  const wanted = { ...STATES[state].query, site, severite: severity, code_lot: LOT_CODE.test(code) ? code : "", limit };
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== "")).toString();
}
