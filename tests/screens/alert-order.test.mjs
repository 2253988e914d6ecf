import assert from "node:assert/strict";
import test from "node:test";
import { byUrgency, groupsByUrgency } from "../../static/js/alert-order.js";

const alert = (id, severite, more = {}) => ({
  id, severite, code_lot: `lot ${id}`, raisedMs: id, ouverte: true, acquittee: false, ...more,
});

test("what nobody has seen to comes first, then the worst, then the newest", () => {
  const alerts = [
    alert(1, "critical", { acquittee: true }), alert(2, "info"), alert(3, "critical"), alert(4, "warning"), alert(5, "critical"),
    alert(6, "critical", { ouverte: false }), alert(7, "newer than this screen"),
  ];
  assert.deepEqual(alerts.sort(byUrgency).map(({ id }) => id), [5, 3, 4, 2, 7, 6, 1]);
});

test("the alerts of a lot stand together where the most urgent of them stands", () => {
  const lot = { code_lot: "LL2611001" };
  const alerts = [alert(1, "info", lot), alert(2, "warning"), alert(3, "critical", lot), alert(4, "critical"), alert(5, "critical", { ...lot, acquittee: true })];
  const groups = groupsByUrgency(alerts).map(({ key, alerts: of }) => [key, of.map(({ id }) => id)]);
  assert.deepEqual(groups, [["lot 4", [4]], ["LL2611001", [3, 1, 5]], ["lot 2", [2]]]);
});

test("alerts of a station without a lot are grouped by station, and those of neither stand alone", () => {
  const none = { code_lot: null, device_id: null };
  const alerts = [alert(1, "info", { ...none, device_id: "A" }), alert(2, "info", none), alert(3, "info", none), alert(4, "info", { ...none, device_id: "A" })];
  assert.deepEqual(groupsByUrgency(alerts).map(({ alerts: of }) => of.map(({ id }) => id)), [[4, 1], [3], [2]]);
});
