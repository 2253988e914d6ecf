const SITES = new Set(["LL", "LS", "MT"]);

/** How long a page of what does not fit is shown on a wall, in seconds, unless the address says it (`mur=30`). */
export const PAGE_SECONDS = 12;

/** The view that an address names (`/?site=LL&lot=le+goff&etat=todo&termines=LL&mur`): the same words as those of the alert centre. */
export function viewOfAddress(search) {
  const query = new URLSearchParams(search);
  return {
    site: SITES.has(query.get("site")) ? query.get("site") : "",
    lot: query.get("lot")?.trim() ?? "",
    todo: query.get("etat") === "todo",
    ended: SITES.has(query.get("termines")) ? query.get("termines") : "",
    wall: query.has("mur") ? Number.parseInt(query.get("mur"), 10) || PAGE_SECONDS : 0,
  };
}

/** The address's query for a view, empty for everything: the inverse of `viewOfAddress`. */
export function addressOfView({ site, lot, todo, ended, wall }) {
  const query = new URLSearchParams();
  if (site) query.set("site", site);
  if (lot.trim()) query.set("lot", lot.trim());
  if (todo) query.set("etat", "todo");
  if (ended) query.set("termines", ended);
  const mur = wall === PAGE_SECONDS ? "mur" : `mur=${wall}`;
  const text = [query.toString(), wall ? mur : ""].filter(Boolean).join("&");
  return text && `?${text}`;
}

/** Whether a lot is to be shown. It is looked for in the code and in the farmer's name, without regard to case. */
export function passes(lot, counts, { lot: wanted, todo }) {
  const text = wanted.trim().toLowerCase();
  if (text && !`${lot.code_lot} ${lot.gaveur_nom ?? ""}`.toLowerCase().includes(text)) return false;
  return !todo || counts?.toTreat > 0;
}
