import { instantMs } from "./ages.js";

export const SEVERITIES = ["critical", "warning", "info"];

export const isOpen = (alert) => alert.ouverte === true;
export const isAcknowledged = (alert) => alert.acquittee === true;
/** Somebody has to see to it: it is open, worse than "à noter", and nobody has acknowledged it. The one number of all pages counts these. */
export const isToTreat = (alert) => isOpen(alert) && !isAcknowledged(alert) && alert.severite !== "info";

/** What an alert says in a language: the server tells both, and one that tells no English is shown in French. */
export function alertTexts(alert, language) {
  const said = (language === "en" && alert.en) || { titre: alert.titre, message: alert.description, que_faire: alert.que_faire };
  const title = said.titre ?? "";
  return { title, message: said.message === title ? "" : (said.message ?? ""), todo: said.que_faire ?? "" };
}

/**
 * The alerts a page knows, each at its latest state. Lists come from the API and changes from the stream; a change that
 * comes while a list is on its way is newer than the list.
 */
export class AlertStore {
  #alerts = new Map();
  /** One set per list on its way: the ids the stream has told of since it was asked for. */
  #loads = new Set();

  get(id) {
    return this.#alerts.get(id);
  }

  /** Every alert known, newest first. */
  all() {
    return [...this.#alerts.values()].sort((a, b) => b.raisedMs - a.raisedMs || b.id - a.id);
  }

  /** Applies an `alert` or `alerte` frame: what it told, or null for any other frame. */
  apply(frame) {
    const told = (frame.type === "alert" || frame.type === "alerte") && frame.data?.id !== undefined;
    if (!told) return null;
    for (const arrived of this.#loads) arrived.add(frame.data.id);
    this.#keep(frame.data);
    return { event: frame.event ?? null, alert: this.get(frame.data.id) };
  }

  /** To be called before a list is asked for; its result goes to the method that takes the list. */
  startLoading() {
    const arrived = new Set();
    this.#loads.add(arrived);
    return arrived;
  }

  /** A list that did not come. */
  stopLoading(arrived) {
    this.#loads.delete(arrived);
  }

  /** Takes the list of all open alerts: one that is open here and not in it has ended unseen. */
  applyOpen(list, arrived) {
    const listed = new Set(list.map((alert) => alert.id));
    this.retain((alert) => !isOpen(alert) || listed.has(alert.id) || arrived.has(alert.id));
    this.merge(list, arrived);
  }

  /** Takes a list that holds some of the alerts. */
  merge(list, arrived) {
    this.#loads.delete(arrived);
    for (const alert of list) if (!arrived.has(alert.id)) this.#keep(alert);
  }

  /** Takes the answer to an acknowledgement, or to taking it back. Only that is taken: the stream may know later of the rest. */
  acknowledge({ id, acquittee, acquittee_le, acquittee_par, commentaire }) {
    const held = this.#alerts.get(id);
    if (held) this.#alerts.set(id, { ...held, acquittee, acquittee_le, acquittee_par, commentaire });
  }

  /** Forgets what is no longer of interest, so that a page left open for months does not grow. */
  retain(isWanted) {
    for (const [id, alert] of this.#alerts) if (!isWanted(alert)) this.#alerts.delete(id);
  }

  #keep(alert) {
    this.#alerts.set(alert.id, { ...alert, raisedMs: instantMs(alert.levee_le) ?? 0 });
  }
}

/** How many of some alerts are open, by severity, and how many of those are to be seen to, the critical ones among them. */
export function countOpen(alerts) {
  const counts = { critical: 0, warning: 0, info: 0, total: 0, toTreat: 0, toTreatCritical: 0 };
  for (const alert of alerts) {
    if (!isOpen(alert)) continue;
    counts.total += 1;
    if (alert.severite in counts) counts[alert.severite] += 1;
    if (!isToTreat(alert)) continue;
    counts.toTreat += 1;
    if (alert.severite === "critical") counts.toTreatCritical += 1;
  }
  return counts;
}

/** The same by a field: site_code or code_lot. */
export function countOpenBy(alerts, field) {
  const groups = new Map();
  for (const alert of alerts) {
    if (!groups.has(alert[field])) groups.set(alert[field], []);
    groups.get(alert[field]).push(alert);
  }
  return new Map([...groups].map(([key, group]) => [key, countOpen(group)]));
}

/** The codes of the lots whose feed the server calls silent: an alert of that type is open. */
export function silentLots(alerts) {
  return new Set(alerts.filter((alert) => isOpen(alert) && alert.type === "flux_muet").map((alert) => alert.code_lot));
}

/** The worst severity among counts, or null when nothing is open. */
export const worstOf = (counts) => SEVERITIES.find((severity) => counts?.[severity] > 0) ?? null;
