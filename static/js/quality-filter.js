const SITES = new Set(["LL", "LS", "MT"]);

/** The site that an address names (`?site=LL`), "" for all; what it cannot mean is left open. */
export function siteOfAddress(search) {
  const site = new URLSearchParams(search).get("site");
  return SITES.has(site) ? site : "";
}

/** The inverse of `siteOfAddress`. */
export const addressOfSite = (site) => (site ? `?${new URLSearchParams({ site })}` : "");
