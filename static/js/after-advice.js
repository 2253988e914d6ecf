import { format, t } from "./i18n.js";

/** What came after accepted advice, in sentences: compared where there are enough lots, otherwise how many are missing. */
export function afterWords({ acceptees, refusees, jamais, minimum, contre_refusees: refused, contre_jamais: never }) {
  const compared = [["refusees", refused], ["jamais", never]].filter(([, contrast]) => contrast).map(([name, contrast]) => contrastWords(name, contrast));
  const counts = [["accepted", acceptees], ["refusees", refusees], ["jamais", jamais]].filter(([, n]) => n < minimum);
  if (counts.length === 0) return compared;
  const groups = counts.map(([name, n]) => t("loop.after.count", { name: t(`loop.after.${name}`), n: format().count(n), missing: format().count(minimum - n) }));
  return [...compared, t("loop.after.missing", { groups: groups.join(", "), least: format().count(minimum) })];
}

function contrastWords(name, { groupes: [accepted, other], difference, ic95 }) {
  const signed = (value) => format().number(value, 2, true);
  const [low, high] = (ic95 ?? [null, null]).map(signed);
  return t("loop.after.contrast", { name: t(`loop.after.${name}`), accepted: signed(accepted.moyenne), other: signed(other.moyenne), difference: signed(difference), low, high });
}

/** The next figure beside the one before, without calling it better. */
export function nextWords({ itm, code_lot_suivant: next, itm_suivant: after }) {
  const number = (value) => format().number(value, 1);
  return t("loop.after.next", { itm: number(itm), next, after: number(after) });
}
