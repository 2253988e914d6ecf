import assert from "node:assert/strict";
import test from "node:test";
import { LotStore } from "../../static/js/lot-store.js";

const at = (second) => new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString();
const reading = (code, jour, more = {}) => ({
  code_lot: code, site: code.slice(0, 2), jour, moment: "matin", dose_theorique: 400, dose_reelle: 400, ...more,
});
const snapshot = (lots, more = {}) => ({ type: "snapshot", timestamp: at(0), lots, sites: [], ...more });
const delta = (data, second) => ({ type: "gavage_realtime", data, timestamp: at(second) });

function storeWith(...frames) {
  const store = new LotStore();
  for (const frame of frames) store.apply(frame);
  return store;
}

test("a snapshot fills the wall and later readings move its lots", () => {
  const store = storeWith(snapshot([{ ...reading("LL1", 3), recu_le: at(0) }]), delta(reading("LL1", 4), 5));
  assert.equal(store.lots.get("LL1").jour, 4);
  assert.equal(store.lots.get("LL1").receivedMs, Date.parse(at(5)));
});

test("a site is silent when each lot that is fed there is, and never without one", () => {
  const store = storeWith(snapshot([reading("LL1", 3), reading("LL2", 3), reading("LL3", 9, { pret_abattage: true }), reading("LS1", 9, { pret_abattage: true })]));
  assert.equal(store.isSilent("LL", new Set(["LL1"])), false);
  assert.equal(store.isSilent("LL", new Set(["LL1", "LL2"])), true);
  assert.equal(store.isSilent("LS", new Set()), false);
  assert.equal(store.isSilent("MT", new Set(["LL1"])), false);
});

test("changes are told once however many frames made them", () => {
  const store = storeWith(snapshot([]), delta(reading("LL1", 1), 1), delta(reading("LL1", 2), 2), delta(reading("LS2", 2), 2));
  assert.deepEqual([...store.takeChanges().lots], ["LL1", "LS2"]);
  assert.equal(store.takeChanges().lots.size, 0);
});

test("a lot absent from a new snapshot leaves the wall", () => {
  const store = storeWith(snapshot([reading("LL1", 1), reading("LL2", 1)]), snapshot([reading("LL2", 1)]));
  assert.deepEqual([...store.lots.keys()], ["LL2"]);
  assert.deepEqual([...store.takeChanges().removed], ["LL1"]);
});

test("a snapshot in parts removes nothing before its last part, nor a lot that began meanwhile", () => {
  const store = storeWith(snapshot([reading("LL1", 1), reading("LL2", 1)]));
  store.apply(snapshot([reading("LL1", 1)], { part: 1, parts: 2 }));
  store.apply(delta(reading("MT9", 0), 3));
  assert.equal(store.lots.size, 3);
  store.apply(snapshot([reading("LS5", 1)], { part: 2, parts: 2 }));
  assert.deepEqual([...store.lots.keys()].sort(), ["LL1", "LS5", "MT9"]);
});

test("the wall is not called complete before the last part of its first snapshot", () => {
  const store = storeWith(snapshot([], { part: 1, parts: 2 }));
  assert.equal(store.complete, false);
  store.apply(snapshot([], { part: 2, parts: 2 }));
  assert.equal(store.complete, true);
});

test("a snapshot older than a reading already shown does not set its lot back", () => {
  const store = storeWith(delta(reading("LL1", 5), 9), snapshot([{ ...reading("LL1", 4), recu_le: at(2) }]));
  assert.equal(store.lots.get("LL1").jour, 5);
});

test("the correction of an earlier meal keeps the latest meal in sight", () => {
  const store = storeWith(delta(reading("LL1", 5), 1), delta(reading("LL1", 2, { dose_reelle: 10 }), 2));
  assert.equal(store.lots.get("LL1").jour, 5);
});

test("the same meal again replaces what is shown", () => {
  const store = storeWith(delta(reading("LL1", 5), 1), delta(reading("LL1", 5, { dose_reelle: 380 }), 2));
  assert.equal(store.lots.get("LL1").dose_reelle, 380);
});

test("the first meal of a lot that is further is a correction, even when a simulator begins again", () => {
  const store = storeWith(delta(reading("LL1", 10), 1), delta(reading("LL1", 0), 2));
  assert.equal(store.lots.get("LL1").jour, 10);
});

test("a site was last heard at its latest reading or at what its figures say", () => {
  const stats = (second) => ({ type: "site_stats", timestamp: at(30), sites: [{ site_code: "LL", lots: 1, dernier_releve: at(second) }] });
  const store = storeWith(stats(4), delta(reading("LL1", 1), 9), stats(6));
  assert.equal(store.lastHeard("LL"), Date.parse(at(9)));
  assert.equal(store.sites.get("LL").lots, 1);
  assert.equal(store.lastHeard("MT"), null);
});

test("deviations are counted by site and severity", () => {
  const store = storeWith(
    snapshot([reading("LL1", 1, { dose_reelle: 250 }), reading("LL2", 1, { dose_reelle: 350 }), reading("LL3", 1), reading("LS1", 1, { dose_reelle: 600 })]),
  );
  assert.deepEqual(store.countDeviations("LL"), { critical: 1, warning: 1 });
});

test("a frame of an unknown kind is ignored", () => {
  const store = storeWith({ type: "notification", data: {} }, { type: "gavage_realtime" });
  assert.equal(store.lots.size, 0);
});
