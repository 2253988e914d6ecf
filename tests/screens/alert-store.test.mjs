import assert from "node:assert/strict";
import test from "node:test";
import { AlertStore, alertTexts, countOpen, countOpenBy, isToTreat, silentLots, worstOf } from "../../static/js/alert-store.js";

const at = (minute) => new Date(Date.UTC(2026, 10, 22, 8, minute)).toISOString();
const alert = (id, more = {}) => ({
  id, code_lot: "LL2611001", site_code: "LL", severite: "warning", levee_le: at(id), ouverte: true, acquittee: false, ...more,
});
const frame = (event, data, type = "alert") => ({ type, event, data });
const ids = (store) => store.all().map(({ id }) => id);

function storeWith(...alerts) {
  const store = new AlertStore();
  store.applyOpen(alerts, store.startLoading());
  return store;
}

test("alerts stand newest first whatever the order they came in", () => {
  assert.deepEqual(ids(storeWith(alert(1), alert(3), alert(2))), [3, 2, 1]);
});

test("frames of both streams change an alert and tell what happened", () => {
  const store = storeWith(alert(1));
  const told = store.apply(frame("acknowledged", alert(1, { acquittee: true, acquittee_par: "Marie" })));
  assert.equal(told.event, "acknowledged");
  assert.equal(store.get(1).acquittee_par, "Marie");
  store.apply(frame("raised", { ...alert(2), alerte_id: 2 }, "alerte"));
  assert.deepEqual(ids(store), [2, 1]);
  assert.equal(store.apply({ type: "sensor_update", data: { id: 9 } }), null);
  assert.equal(store.apply({ type: "alert" }), null);
});

test("an alert missing from the list of the open ones has ended unseen", () => {
  const store = storeWith(alert(1), alert(2));
  store.applyOpen([alert(2)], store.startLoading());
  assert.deepEqual(ids(store), [2]);
});

test("what the stream tells while a list is on its way is newer than the list", () => {
  const store = storeWith(alert(1));
  const arrived = store.startLoading();
  store.apply(frame("acknowledged", alert(1, { acquittee: true })));
  store.apply(frame("raised", alert(5)));
  store.applyOpen([alert(1)], arrived);
  assert.equal(store.get(1).acquittee, true);
  assert.deepEqual(ids(store), [5, 1]);
});

test("two lists on their way at once are both laid under what arrives", () => {
  const store = storeWith();
  const [open, past] = [store.startLoading(), store.startLoading()];
  store.apply(frame("closed", alert(1, { ouverte: false })));
  store.applyOpen([alert(1)], open);
  store.merge([alert(1), alert(2, { ouverte: false })], past);
  assert.equal(store.get(1).ouverte, false);
  assert.deepEqual(ids(store), [2, 1]);
});

test("the answer to an acknowledgement does not open again what has closed meanwhile", () => {
  const store = storeWith(alert(1));
  store.apply(frame("closed", alert(1, { ouverte: false, fermee_le: at(9) })));
  store.acknowledge(alert(1, { acquittee: true, acquittee_par: "Marie", acquittee_le: at(8) }));
  assert.deepEqual([store.get(1).ouverte, store.get(1).acquittee, store.get(1).acquittee_par], [false, true, "Marie"]);
  store.acknowledge(alert(7, { acquittee: true }));
  assert.equal(store.get(7), undefined);
});

test("what is no longer wanted is forgotten", () => {
  const store = storeWith(alert(1), alert(2, { ouverte: false }));
  store.retain(({ ouverte }) => ouverte);
  assert.deepEqual(ids(store), [1]);
});

test("open alerts are counted by severity, site and lot, the ended ones are not", () => {
  const alerts = [alert(1), alert(2, { severite: "critical", acquittee: true }), alert(3, { ouverte: false }), alert(4, { site_code: "MT", code_lot: null })];
  assert.deepEqual(countOpen(alerts), { critical: 1, warning: 2, info: 0, total: 3, toTreat: 2, toTreatCritical: 0 });
  assert.equal(countOpenBy(alerts, "site_code").get("LL").total, 2);
  assert.equal(countOpenBy(alerts, "code_lot").get("LL2611001").critical, 1);
  assert.equal(countOpenBy(alerts, "site_code").get("LS"), undefined);
});

test("what is to be treated is open, worse than to be noted, and acknowledged by nobody", () => {
  const alerts = [alert(1), alert(2, { severite: "critical" }), alert(3, { severite: "info" }), alert(4, { acquittee: true }), alert(5, { ouverte: false })];
  assert.deepEqual(alerts.filter(isToTreat).map(({ id }) => id), [1, 2]);
  const { toTreat, toTreatCritical } = countOpen(alerts);
  assert.deepEqual([toTreat, toTreatCritical], [2, 1]);
});

test("the worst severity is that of the open alerts, none without any", () => {
  assert.equal(worstOf(countOpen([alert(1), alert(2, { severite: "critical" })])), "critical");
  assert.equal(worstOf(countOpen([alert(1, { ouverte: false })])), null);
  assert.equal(worstOf(undefined), null);
});

test("a lot is silent while an alert of a silent feed is open, whatever else is", () => {
  const alerts = [alert(1), alert(2, { type: "flux_muet", code_lot: "LL2611002" }), alert(3, { type: "flux_muet", code_lot: "LL2611003", ouverte: false })];
  assert.deepEqual([...silentLots(alerts)], ["LL2611002"]);
});

test("an alert speaks the language of the page, and French where the server told no English", () => {
  const told = alert(1, { titre: "Refus", description: "Lot : refus", que_faire: "Appeler." });
  const both = { ...told, en: { titre: "Refused", message: "Lot: refused", que_faire: "Call." } };
  assert.deepEqual(alertTexts(both, "en"), { title: "Refused", message: "Lot: refused", todo: "Call." });
  assert.deepEqual(alertTexts(both, "fr"), { title: "Refus", message: "Lot : refus", todo: "Appeler." });
  assert.deepEqual(alertTexts(told, "en"), alertTexts(told, "fr"));
});
