import { alertTexts, isToTreat } from "./alert-store.js";
import { setData, setText } from "./dom.js";
import { language, t, tOr } from "./i18n.js";

const MOST_ALERTS = 3;
const worstFirst = (a, b) => (b.severite === "critical") - (a.severite === "critical") || b.raisedMs - a.raisedMs;

/** The alerts that somebody must see to, above the meal that he writes: what to do, whom to call, and that he has seen it. */
export class EntryAlerts {
  #place;
  #acknowledge;

  /** @param {(alert) => Promise<void>} acknowledge */
  constructor(place, acknowledge) {
    this.#place = place;
    this.#acknowledge = acknowledge;
  }

  show(alerts) {
    const wanted = alerts.filter(isToTreat).sort(worstFirst).slice(0, MOST_ALERTS);
    while (this.#place.childElementCount > wanted.length) this.#place.lastElementChild.remove();
    wanted.forEach((alert, i) => this.#draw(this.#place.children[i] ?? this.#place.appendChild(emptyCard()), alert));
  }

  #draw(card, alert) {
    const [title, words, acts] = card.children;
    const [call, seen] = acts.children;
    const texts = alertTexts(alert, language());
    setData(card, "severity", alert.severite);
    setText(title, `${texts.title}${alert.code_lot ? ` — ${alert.code_lot}` : ""}${alert.simule ? ` (${t("lot.simulated")})` : ""}`);
    setText(words, [tOr(`severity.${alert.severite}`, ""), texts.message, texts.todo].filter(Boolean).join(" · "));
    const number = alert.gaveur_telephone;
    call.hidden = !number;
    if (number) {
      call.href = `tel:${number.replace(/[^+\d]/g, "")}`;
      setText(call, t("entry.call", { number }));
    }
    setText(seen, t("entry.seen"));
    seen.setAttribute("aria-label", `${t("entry.seen")} : ${texts.title}`);
    seen.onclick = () => this.#acknowledge(alert);
  }
}

function emptyCard() {
  const card = Object.assign(document.createElement("div"), { className: "entry-alert" });
  const acts = Object.assign(document.createElement("p"), { className: "entry-alert-acts" });
  acts.append(document.createElement("a"), Object.assign(document.createElement("button"), { type: "button" }));
  card.append(document.createElement("h3"), document.createElement("p"), acts);
  return card;
}
