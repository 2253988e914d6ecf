import { groupsByUrgency } from "./alert-order.js";
import { AlertRow } from "./alert-row.js";
import { setText } from "./dom.js";
import { format, t } from "./i18n.js";
import { counted } from "./open-count.js";
import { StillWhileUsed } from "./still-while-used.js";

const NO_TRENDS = { watch() {}, unwatch() {}, meals: () => null };

/**
 * The alerts of a page as rows. Rows are kept, so that the keyboard and the eye keep their place; while somebody is about
 * to act in the list nothing in it moves, and a button says what waits.
 */
export class AlertList {
  #list;
  #rows = new Map();
  #heads = new Map();
  #news = document.createElement("button");
  #still;
  #acts;
  #trends;
  #wanted = [];

  /**
   * @param {HTMLElement} list
   * @param {Acknowledger} acknowledger
   * @param {(alert) => void} onAnswer called with the alert as the server answered it
   * @param {AlertTrends} trends absent on a page that shows the curves of the lot anyway
   */
  constructor(list, acknowledger, onAnswer, trends = NO_TRENDS) {
    this.#list = list;
    this.#trends = trends;
    this.#still = new StillWhileUsed(list, () => this.#arrange());
    const act = (send) => async (alert) => {
      const answer = await send(alert.id);
      if (answer) onAnswer(answer);
      return answer;
    };
    this.#acts = {
      acknowledge: act((id) => acknowledger.acknowledge(id)),
      comment: act((id) => acknowledger.comment(id)),
      withdraw: act((id) => acknowledger.withdraw(id)),
    };
    Object.assign(this.#news, { type: "button", className: "switch alert-news", hidden: true });
    this.#news.addEventListener("click", () => this.#still.release());
    list.before(this.#news);
  }

  /**
   * @param {object[]} alerts in their order
   * @param {{byUrgency?: boolean, now?: boolean}} options `byUrgency`: in the order of work, by lot; `now`: also while the
   *   list is in use, because its user asked for other alerts
   */
  show(alerts, { byUrgency = true, now = false } = {}) {
    this.#wanted = byUrgency ? groupsByUrgency(alerts) : [{ key: null, alerts }];
    if (this.#still.held && !now) this.#refresh(alerts);
    else this.#arrange();
  }

  showAges(serverNow) {
    for (const row of this.#rows.values()) row.showAges(serverNow);
  }

  /** Draws what the histories of the lots say. */
  showTrends() {
    for (const row of this.#rows.values()) row.showTrend(this.#trends.meals(row.lot));
  }

  /** What is there gets its latest state where it stands; what is not there waits. */
  #refresh(alerts) {
    const wanted = new Map(alerts.map((alert) => [alert.id, alert]));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) row.show(wanted.get(id));
      else row.leave();
    }
    const waiting = alerts.filter(({ id }) => !this.#rows.has(id));
    const critical = waiting.filter(({ severite }) => severite === "critical").length;
    this.#news.hidden = waiting.length === 0;
    const words = waiting.length === 1 ? "alerts.waiting.one" : "alerts.waiting.many";
    const worst = critical > 0 ? t("alerts.waiting.worst", { worst: counted("site.critical", critical) }) : "";
    setText(this.#news, t(words, { n: format().count(waiting.length), worst }));
  }

  #arrange() {
    this.#news.hidden = true;
    const alerts = this.#wanted.flatMap((group) => group.alerts);
    const wanted = new Set(alerts.map((alert) => alert.id));
    const leaving = [...this.#rows].filter(([id]) => !wanted.has(id));
    const successor = this.#successorOfFocus(leaving.map(([, row]) => row.root));
    for (const [id, row] of leaving) this.#remove(id, row);
    const nodes = this.#wanted.flatMap((group) => [...this.#head(group), ...group.alerts.map((alert) => this.#row(alert))]);
    for (const [key, head] of this.#heads) if (!nodes.includes(head)) this.#removeHead(key, head);
    nodes.forEach((node, i) => {
      const there = this.#list.children[i] ?? null;
      if (there !== node) this.#list.insertBefore(node, there);
    });
    (successor?.querySelector("button:not([hidden])") ?? successor)?.focus();
  }

  #row(alert) {
    if (!this.#rows.has(alert.id)) {
      this.#rows.set(alert.id, new AlertRow(alert, this.#acts));
      this.#trends.watch(this.#rows.get(alert.id));
    }
    const row = this.#rows.get(alert.id);
    row.show(alert);
    row.showTrend(this.#trends.meals(row.lot));
    return row.root;
  }

  /** Several alerts of one lot have a line above them that says so. */
  #head({ key, alerts }) {
    if (key === null || alerts.length < 2) return [];
    if (!this.#heads.has(key)) {
      this.#heads.set(key, Object.assign(document.createElement("li"), { className: "alert-group" }));
    }
    const head = this.#heads.get(key);
    setText(head, t("alerts.ofLot", { lot: key, n: format().count(alerts.length) }));
    return [head];
  }

  #remove(id, row) {
    this.#trends.unwatch(row);
    row.root.remove();
    this.#rows.delete(id);
  }

  #removeHead(key, head) {
    head.remove();
    this.#heads.delete(key);
  }

  /** What takes the keyboard when the row that has it is about to leave: the next row, else the one before, else the list. */
  #successorOfFocus(leaving) {
    const focused = leaving.find((row) => row.contains(document.activeElement));
    if (!focused) return null;
    const rows = [...this.#list.children];
    const at = rows.indexOf(focused);
    const stays = (row) => row.matches(".alert") && !leaving.includes(row);
    return rows.slice(at).find(stays) ?? rows.slice(0, at).findLast(stays) ?? this.#list;
  }
}
