import { format, t } from "./i18n.js";

/** What consumers say, a sentence for each site, then which sites differ. A figure of too few ratings is left out, and it is said. */
export function ratingWords({ lignes: rows, differences }) {
  if (rows.length === 0) return [t("loop.ratings.none")];
  return [...rows.map(siteWords), ...differences.map(differenceWords)];
}

const number = (value, digits = 1, signed = false) => format().number(value, digits, signed);

function siteWords({ cle: site, n, moyenne: mean, ic95, nps, nps_ic95: npsInterval, recommande_pct: share, recommande_n: answers }) {
  const ratings = t("loop.ratings.count", { site, n: format().count(n) });
  if (mean === null) return `${ratings} ${t("loop.ratings.few")}`;
  const said = [t("loop.ratings.mean", { mean: number(mean), low: number(ic95[0]), high: number(ic95[1]) })];
  if (share !== null) said.push(t("loop.ratings.recommend", { share: format().percent(share, 0), n: format().count(answers) }));
  if (nps !== null) said.push(t("loop.ratings.nps", { nps: number(nps, 0, true), low: number(npsInterval[0], 0, true), high: number(npsInterval[1], 0, true) }));
  return `${ratings} ${said.join(t("loop.ratings.and"))}.`;
}

function differenceWords({ a, b, difference, ic95: [low, high], lecture }) {
  const of = { a, b, difference: number(difference, 2, true), low: number(low, 2, true), high: number(high, 2, true) };
  return t(lecture === "différent" ? "loop.ratings.different" : "loop.ratings.alike", of);
}
