import { AlertRow } from "./alert-row.js";

/** The alerts of a page as rows, in the order given. Rows are kept, so that the keyboard and the eye keep their place. */
export class AlertList {
  #list;
  #rows = new Map();
  #acknowledge;

  /**
   * @param {HTMLElement} list
   * @param {Acknowledger} acknowledger
   * @param {(alert) => void} onAcknowledged called with the alert as the server answered it
   */
  constructor(list, acknowledger, onAcknowledged) {
    this.#list = list;
    this.#acknowledge = async ({ id }) => {
      const alert = await acknowledger.acknowledge(id);
      if (alert) onAcknowledged(alert);
    };
  }

  show(alerts) {
    const wanted = new Set(alerts.map((alert) => alert.id));
    const leaving = [...this.#rows].filter(([id]) => !wanted.has(id));
    const successor = this.#successorOfFocus(leaving.map(([, row]) => row.root));
    for (const [id, row] of leaving) this.#remove(id, row);
    alerts.forEach((alert, i) => this.#place(alert, i));
    (successor?.querySelector("button:not([hidden])") ?? successor)?.focus();
  }

  showAges(serverNow) {
    for (const row of this.#rows.values()) row.showAges(serverNow);
  }

  #place(alert, i) {
    const row = this.#rows.get(alert.id) ?? new AlertRow(alert, this.#acknowledge);
    this.#rows.set(alert.id, row);
    row.show(alert);
    const there = this.#list.children[i] ?? null;
    if (there !== row.root) this.#list.insertBefore(row.root, there);
  }

  #remove(id, row) {
    row.root.remove();
    this.#rows.delete(id);
  }

  /** What takes the keyboard when the row that has it is about to leave: the next row, else the one before, else the list. */
  #successorOfFocus(leaving) {
    const focused = leaving.find((row) => row.contains(document.activeElement));
    if (!focused) return null;
    const rows = [...this.#list.children];
    const at = rows.indexOf(focused);
    const stays = (row) => !leaving.includes(row);
    return rows.slice(at).find(stays) ?? rows.slice(0, at).findLast(stays) ?? this.#list;
  }
}
