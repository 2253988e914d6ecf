import assert from "node:assert/strict";
import test from "node:test";
import { LotStore } from "../../static/js/lot-store.js";

const at = (second) => new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString();
/** A reading of a lot, also as a snapshot lists it. */
const reading = (code, jour, more = {}) => ({
  code_lot: code, site: code.slice(0, 2), jour, moment: "matin", dose_theorique: 400, dose_reelle: 400, ...more,
});
const snapshot = (lots, more = {}) => ({
  type: "snapshot", timestamp: at(0), sites: [], lots: lots.map((lot) => ({ lot_id: 1, statut: "en_gavage", ecarts: Array(8).fill(null), ...lot })), ...more,
});
const step = (code, vers, lot_id = 1, second = 0) => ({ type: "lot", timestamp: at(second), data: { code_lot: code, lot_id, site: code.slice(0, 2), gaveur_id: 1, de: null, vers } });
const begun = (code) => step(code, "en_gavage");
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
  const ready = { pret_abattage: true, statut: "pret_abattage" };
  const store = storeWith(snapshot([reading("LL1", 3), reading("LL2", 3), reading("LL3", 9, ready), reading("LS1", 9, ready)]));
  assert.equal(store.isSilent("LL", new Set(["LL1"])), false);
  assert.equal(store.isSilent("LL", new Set(["LL1", "LL2"])), true);
  assert.equal(store.isSilent("LS", new Set()), false);
  assert.equal(store.isSilent("MT", new Set(["LL1"])), false);
});

test("changes are told once however many frames made them", () => {
  const store = storeWith(snapshot([]), begun("LL1"), begun("LS2"), delta(reading("LL1", 1), 1), delta(reading("LL1", 2), 2), delta(reading("LS2", 2), 2));
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
  store.apply(begun("MT9"));
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
  const store = storeWith(begun("LL1"), delta(reading("LL1", 5), 9), snapshot([{ ...reading("LL1", 4), recu_le: at(2) }]));
  assert.equal(store.lots.get("LL1").jour, 5);
});

test("the correction of an earlier meal keeps the latest meal in sight", () => {
  const store = storeWith(begun("LL1"), delta(reading("LL1", 5), 1), delta(reading("LL1", 2, { dose_reelle: 10 }), 2));
  assert.equal(store.lots.get("LL1").jour, 5);
});

test("the same meal again replaces what is shown", () => {
  const store = storeWith(begun("LL1"), delta(reading("LL1", 5), 1), delta(reading("LL1", 5, { dose_reelle: 380 }), 2));
  assert.equal(store.lots.get("LL1").dose_reelle, 380);
});

test("the first meal of a lot that is further is a correction, even when a simulator begins again", () => {
  const store = storeWith(begun("LL1"), delta(reading("LL1", 10), 1), delta(reading("LL1", 0), 2));
  assert.equal(store.lots.get("LL1").jour, 10);
});

test("a site was last heard at its latest reading or at what its figures say", () => {
  const stats = (second) => ({ type: "site_stats", timestamp: at(30), sites: [{ site_code: "LL", lots: 1, dernier_releve: at(second) }] });
  const store = storeWith(stats(4), begun("LL1"), delta(reading("LL1", 1), 9), stats(6));
  assert.equal(store.lastHeard("LL"), Date.parse(at(9)));
  assert.equal(store.sites.get("LL").lots, 1);
  assert.equal(store.lastHeard("MT"), null);
});

test("a lot enters when it is told to be fed and leaves when it is told to have ended, whatever its readings say", () => {
  const store = storeWith(snapshot([reading("LL1", 9), reading("LL2", 9, { statut: "controle_qualite" })]));
  assert.deepEqual([...store.lots.keys()], ["LL1"]);
  store.apply(delta(reading("LL1", 9, { pret_abattage: true }), 1));
  assert.ok(store.lots.has("LL1"));
  store.apply(step("LL1", "pret_abattage"));
  store.apply(delta(reading("LL1", 8), 2));
  store.apply(delta(reading("LL2", 9), 3));
  assert.equal(store.lots.size, 0);
  assert.deepEqual([...store.takeChanges().removed], ["LL1"]);
});

test("a later life of a code takes the place of an earlier one, whose end then says nothing", () => {
  const store = storeWith(snapshot([reading("LL1", 9)]), step("LL1", "en_gavage", 2), delta(reading("LL1", 0), 1));
  assert.equal(store.lots.get("LL1").jour, 0);
  store.apply(step("LL1", "clos", 1));
  store.apply(step("LL1", "en_gavage", 1));
  assert.equal(store.lots.get("LL1").lot_id, 2);
  store.apply(step("LL1", "en_gavage", 2));
  assert.equal(store.lots.get("LL1").jour, 0);
});

test("the first meal of a lot, which comes just before it is told to begin, is shown, also that of a later life", () => {
  const store = storeWith(snapshot([]), delta(reading("LL1", 0), 1), delta(reading("LL2", 0), 1), step("LL1", "en_gavage", 1, 1));
  assert.deepEqual([...store.lots.keys()], ["LL1"]);
  assert.equal(store.lots.get("LL1").ecarts.at(-1), 0);
  store.apply(delta(reading("LL1", 9), 2));
  store.apply(delta(reading("LL1", 0, { dose_reelle: 440 }), 3));
  store.apply(step("LL1", "en_gavage", 2, 3));
  assert.equal(store.lots.get("LL1").jour, 0);
  assert.deepEqual(store.lots.get("LL1").ecarts.slice(6), [null, 10]);
});

test("the écarts of a lot move with its meals, a meal that is left out has none, and a correction changes its own", () => {
  const ecarts = [null, null, null, null, null, null, 1, 2];
  const store = storeWith(snapshot([reading("LL1", 3, { ecarts })]), delta(reading("LL1", 4, { dose_reelle: 440 }), 1));
  assert.deepEqual(store.lots.get("LL1").ecarts.slice(4), [1, 2, null, 10]);
  store.apply(delta(reading("LL1", 3, { dose_reelle: 380 }), 2));
  assert.deepEqual(store.lots.get("LL1").ecarts.slice(4), [1, -5, null, 10]);
  store.apply(delta(reading("LL1", 4, { dose_theorique: null }), 3));
  assert.deepEqual(store.lots.get("LL1").ecarts.slice(4), [1, -5, null, null]);
  store.apply(delta(reading("LL1", -1), 4));
  assert.equal(store.lots.get("LL1").jour, 4);
});

test("a frame of an unknown kind is ignored", () => {
  const store = storeWith({ type: "notification", data: {} }, { type: "gavage_realtime" });
  assert.equal(store.lots.size, 0);
});

test("a plan that is validated reaches its lot, stays with it, and is not another life's", () => {
  const plan = (lot_id, dernier_jour_prevu) => ({ type: "plan", timestamp: at(1), data: { code_lot: "LL1", lot_id, site: "LL", gaveur_id: 1, dernier_jour_prevu } });
  const store = storeWith(snapshot([reading("LL1", 3)]), plan(2, 14));
  assert.equal(store.lots.get("LL1").dernier_jour_prevu, undefined);
  for (const frame of [plan(1, 10), delta(reading("LL1", 4), 2)]) store.apply(frame);
  assert.equal(store.lots.get("LL1").dernier_jour_prevu, 10);
  assert.ok(store.takeChanges().lots.has("LL1"));
});
