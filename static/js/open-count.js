import { worstOf } from "./alert-store.js";
import { setData, setText } from "./dom.js";
import { format, t } from "./i18n.js";

/** The number to treat in the header, absent while it is unknown or nothing is left to treat. */
export class HeaderCount {
  #element = document.querySelector("[data-part=open-alerts]");

  /** @param {AlertFeed} feed */
  show(feed) {
    const { toTreat } = feed.counts();
    const n = atLeast(toTreat, feed.truncated);
    this.#element.hidden = !feed.loaded || toTreat === 0;
    setText(this.#element, n);
    const words = t("nav.toTreat", { n });
    if (this.#element.title !== words) this.#element.title = words;
  }
}

/** A link to the open alerts of something: how many, how many of the worst and its colour; absent when there is none. */
export function showOpenCount(link, counts, { words = "alerts.open", truncated = false } = {}) {
  link.hidden = !counts?.total;
  if (link.hidden) return;
  const worst = counts.critical > 0 ? counted("site.critical", counts.critical) : counted("site.warning", counts.warning);
  setText(link, [openWords(words, counts.total, truncated), worst].filter(Boolean).join(" · "));
  setData(link, "severity", worstOf(counts));
}

/** "1 critique", "2 critiques", and nothing of none. */
export function counted(key, n) {
  if (n === 0) return "";
  return t(`${key}.${n === 1 ? "one" : "many"}`, { n: format().count(n) });
}

/** "3 alertes ouvertes"; "500+" when the server listed no more. */
function openWords(words, n, truncated) {
  return truncated ? t(`${words}.many`, { n: atLeast(n, truncated) }) : counted(words, n);
}

/** "4", or "500+" when the server listed no more. */
export function atLeast(n, truncated) {
  return truncated ? `${format().count(n)}+` : format().count(n);
}
