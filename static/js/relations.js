import { format, t } from "./i18n.js";

/** What the correlations say in words: of how many lots, which measures go together, and what cannot be concluded. */
export function relationWords({ lots, minimum, avis_par_lot: ratings, relations }) {
  if (lots === 0) return [t("loop.relations.none")];
  const count = (n) => format().count(n);
  const said = [t("loop.relations.lots", { lots: count(lots), median: count(ratings.mediane), min: count(ratings.min), max: count(ratings.max) })];
  const known = relations.filter(({ rho }) => rho !== null);
  if (known.length === 0) {
    const most = Math.max(0, ...relations.map(({ n }) => n));
    return [...said, most < minimum ? t("loop.relations.missing", { missing: count(minimum - most), least: count(minimum) }) : t("loop.relations.same")];
  }
  const hints = known.filter(({ lecture }) => lecture === "indice");
  const rest = known.length - hints.length;
  const few = relations.filter(({ n }) => n < minimum).length;
  said.push(...hints.map(hintWords));
  if (rest > 0) said.push(t(hints.length > 0 ? "loop.relations.others" : "loop.relations.nothing", { pairs: count(rest) }));
  if (few > 0) said.push(t("loop.relations.few", { pairs: count(few), least: count(minimum) }));
  return said;
}

function hintWords({ sortie, entree, n, rho, ic95: [low, high] }) {
  const signed = (value) => format().number(value, 2, true);
  const measures = { input: t(`loop.input.${entree}`), output: t(`loop.output.${sortie}`) };
  return t(rho > 0 ? "loop.relations.same_way" : "loop.relations.other_way", { ...measures, n: format().count(n), rho: signed(rho), low: signed(low), high: signed(high) });
}
