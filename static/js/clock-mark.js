import { setText } from "./dom.js";
import { format, t } from "./i18n.js";

/**
 * Says how far the clock of a sender was from the arrival of what it sent, in s; the server tells it beyond two hours only. What came late is said
 * quietly, since it may have been held back; a clock that is ahead is wrong.
 */
export function showClockMark(element, seconds) {
  const isFar = typeof seconds === "number";
  element.hidden = !isFar;
  element.toggleAttribute("data-ahead", isFar && seconds > 0);
  setText(element, isFar ? t(seconds > 0 ? "clock.ahead" : "clock.behind", { by: format().duration(60 * Math.round(Math.abs(seconds) / 60)) }) : "");
}
