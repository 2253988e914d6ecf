import { ageSeconds } from "./ages.js";
import { alertTexts, countOpen, isToTreat } from "./alert-store.js";
import { cloneTemplate, setData, setText } from "./dom.js";
import { format, language, t, tOr } from "./i18n.js";
import { lotAddress } from "./lot-cell.js";
import { atLeast } from "./open-count.js";

/** The most rows that are drawn; the alert centre has the rest. */
const MOST_ROWS = 40;

/** What is to be treated, the critical first and of those the one that waits longest: what, how much, which lot, whose, since when, what to do. */
export class TodoQueue {
  #parts;
  #rows = [];
  #alerts = [];

  /** @param {object} parts list, none, more and info of the page */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {object[]} alerts those of the sites that are shown; @param {AlertFeed} feed where they come from */
  show(alerts, feed) {
    const all = alerts.filter(isToTreat).sort(byUrgency);
    this.#alerts = all.slice(0, MOST_ROWS);
    while (this.#rows.length > this.#alerts.length) this.#rows.pop().root.remove();
    while (this.#rows.length < this.#alerts.length) this.#add();
    this.#alerts.forEach((alert, i) => fill(this.#rows[i], alert));
    setText(this.#parts.none, all.length > 0 ? "" : t(feed.loaded ? "queue.wall.none" : "queue.wall.unknown"));
    this.#showRest(all.length - this.#alerts.length, countOpen(alerts).info, feed);
  }

  showAges(serverNow) {
    this.#alerts.forEach((alert, i) => setText(this.#rows[i].parts.details, details(alert, serverNow)));
  }

  #showRest(more, info, feed) {
    const parts = this.#parts;
    parts.more.hidden = more === 0;
    setText(parts.more, t("queue.wall.more", { n: atLeast(more, feed.truncated) }));
    parts.info.hidden = info === 0;
    setText(parts.info, t("queue.wall.info", { n: format().count(info) }));
  }

  #add() {
    const row = cloneTemplate("todo-template");
    this.#rows.push(row);
    this.#parts.list.append(row.root);
  }
}

function byUrgency(a, b) {
  const isCritical = (alert) => (alert.severite === "critical" ? 1 : 0);
  return isCritical(b) - isCritical(a) || a.raisedMs - b.raisedMs || a.id - b.id;
}

function fill({ root, parts, figures }, alert) {
  setData(root, "alert", alert.id);
  setData(root, "severity", alert.severite);
  const texts = alertTexts(alert, language());
  setText(parts.title, texts.title);
  parts.advice.hidden = texts.todo === "";
  setText(parts.advice, `→ ${texts.todo}`);
  parts.phone.hidden = !alert.gaveur_telephone;
  setText(parts.phone, alert.gaveur_telephone ?? "");
  setText(parts.severity, tOr(`severity.${alert.severite}`, alert.severite));
  const unit = tOr(`unit.${alert.unite}`, alert.unite);
  setText(figures.mesure, format().quantity(alert.mesure, unit, alert.decimales));
  const threshold = format().quantity(alert.seuil, unit, alert.decimales);
  setText(parts.threshold, t("queue.wall.threshold", { value: threshold }));
  parts.lot.hidden = !alert.code_lot;
  setText(parts.lot, alert.code_lot ?? "");
  if (alert.code_lot) parts.lot.href = lotAddress(alert.code_lot);
  parts.simulated.hidden = alert.simule !== true;
}

function details({ gaveur_nom, site_code, device_id, raisedMs }, serverNow) {
  const age = t("queue.wall.since", { age: format().duration(ageSeconds(raisedMs, serverNow)) });
  return [gaveur_nom, device_id, site_code, age].filter(Boolean).join(" · ");
}
