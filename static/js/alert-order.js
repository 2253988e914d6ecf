import { isAcknowledged, isOpen, SEVERITIES } from "./alert-store.js";

const isDone = (alert) => isAcknowledged(alert) || !isOpen(alert);
const rank = (alert) => (SEVERITIES.indexOf(alert.severite) + SEVERITIES.length + 1) % (SEVERITIES.length + 1);

/** What nobody has seen to comes first, then the worst, then the newest. */
export function byUrgency(a, b) {
  return isDone(a) - isDone(b) || rank(a) - rank(b) || b.raisedMs - a.raisedMs || b.id - a.id;
}

/** Alerts by urgency, those of one lot (or of one station without a lot) together, where the most urgent of them stands. */
export function groupsByUrgency(alerts) {
  const groups = new Map();
  for (const alert of [...alerts].sort(byUrgency)) {
    const key = alert.code_lot ?? alert.device_id ?? `alert ${alert.id}`;
    if (!groups.has(key)) groups.set(key, { key, alerts: [] });
    groups.get(key).alerts.push(alert);
  }
  return [...groups.values()];
}
