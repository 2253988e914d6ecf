import { format, t } from "./i18n.js";

/**
 * Until which jour a lot is fed: as it is planned, else as is usual at its site.
 *
 * @returns {{day: number, by: "plan"|"usual"}|null} null if neither is known
 */
export function lastDay({ dernier_jour_prevu: planned }, usual) {
  if (Number.isFinite(planned)) return { day: planned, by: "plan" };
  return Number.isFinite(usual) ? { day: usual, by: "usual" } : null;
}

/** "J 6/10", or "J 6" if nobody knows the last day. */
export function dayText(jour, last) {
  const day = format().number(jour);
  return last ? t("lot.dayOf", { day, last: format().number(last.day) }) : t("lot.day", { day });
}

/** How the last day is known, for who points at it or listens; empty if it is not. */
export function lastDayWords(last) {
  return last ? t(`lot.last.${last.by}`, { day: format().number(last.day) }) : "";
}
