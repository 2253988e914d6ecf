const SITES = new Set(["LL", "LS", "MT"]);

/** The site that an address names (`?site=LL`), "" for all; what it cannot mean is left open. */
export function siteOfAddress(search) {
  const site = new URLSearchParams(search).get("site");
  return SITES.has(site) ? site : "";
}

/** The stations of which an address shows the values (`?valeurs=ESP32_LL_01+ESP32_LL_02`). */
export const unfoldedOfAddress = (search) => new Set(new URLSearchParams(search).get("valeurs")?.split(" ").filter(Boolean));
