import assert from "node:assert/strict";
import test from "node:test";
import { GaveurStore } from "../../static/js/gaveur-store.js";
import { latestMeals, mealColumns, mealRank, mergeMeals, upsertMeal } from "../../static/js/meals.js";

const meal = (jour, moment, dose_reelle, more = {}) => ({ code_lot: "LL1", jour, moment, dose_reelle, ...more });
const lot = (more = {}) => ({ code_lot: "LL1", statut: "en_gavage", jour_actuel: 3, moment_actuel: "matin", ...more });
const doses = (meals) => meals.map((one) => one.dose_reelle);

test("meals are ordered by day and moment, the preparation day first", () => {
  const meals = [];
  for (const one of [meal(1, "matin", 3), meal(-1, "soir", 1), meal(1, "soir", 4), meal(0, "matin", 2)]) upsertMeal(meals, one);
  assert.deepEqual(doses(meals), [1, 2, 3, 4]);
  assert.deepEqual(meals.map(mealRank), [-1, 0, 2, 3]);
});

test("the same meal again corrects the first and adds none", () => {
  const meals = mergeMeals([meal(0, "matin", 225), meal(0, "soir", 240)], [meal(0, "matin", 230), meal(0, "matin", 230)]);
  assert.deepEqual(doses(meals), [230, 240]);
});

test("a meal that is missing leaves a gap in the curve", () => {
  const columns = mealColumns([meal(0, "matin", 225), meal(1, "matin", 260)], ["dose_reelle", "poids_moyen"]);
  assert.deepEqual(columns, [[0, 1, 2], [225, null, 260], [null, null, null]]);
  assert.deepEqual(mealColumns([], ["dose_reelle"]), [[], []]);
});

test("the latest meals of several lots come newest first and are cut at the count", () => {
  const lists = [[meal(0, "matin", 1, { givenMs: 10 }), meal(0, "soir", 3, { givenMs: 30 })], [meal(5, "soir", 2, { givenMs: 20 })]];
  assert.deepEqual(doses(latestMeals(lists, 2)), [3, 2]);
});

test("a reading that comes while a history is on its way is neither lost nor shown twice", () => {
  const store = new GaveurStore();
  store.applyLots([lot()]);
  store.startLoading();
  store.applyReading(meal(3, "soir", 400), 1_000);
  store.applyHistory("LL1", [meal(3, "matin", 390, { time: "2026-11-22T07:00:00Z" })]);
  store.applyReading(meal(3, "soir", 400), 1_000);
  assert.deepEqual(doses(store.meals("LL1")), [390, 400]);
});

test("a reading of a lot that is not listed yet waits for the list that holds it", () => {
  const store = new GaveurStore();
  store.applyReading(meal(4, "matin", 400, { poids_moyen: 5000 }), 1_000);
  assert.deepEqual([store.codes, store.hasUnlistedLot], [[], true]);
  store.applyLots([lot()]);
  assert.deepEqual([store.codes, store.hasUnlistedLot], [["LL1"], false]);
  assert.equal(store.lot("LL1").jour_actuel, 4);
});

test("a corrected earlier meal changes the curve and leaves the lot's latest figures alone", () => {
  const store = new GaveurStore();
  store.applyLots([lot({ poids_moyen_actuel: 5000 })]);
  store.applyHistory("LL1", [meal(2, "soir", 300), meal(3, "matin", 390)]);
  store.applyReading(meal(2, "soir", 310, { poids_moyen: 4900 }), 1_000);
  assert.deepEqual(doses(store.meals("LL1")), [310, 390]);
  assert.equal(store.lot("LL1").poids_moyen_actuel, 5000);
});

test("a finished lot is known and not current, and one that becomes ready stays current", () => {
  const store = new GaveurStore();
  store.applyLots([lot(), lot({ code_lot: "LL0", statut: "clos" })]);
  store.applyReading(meal(10, "soir", 281, { pret_abattage: true }), 1_000);
  assert.deepEqual(store.currentCodes, ["LL1"]);
  assert.equal(store.lot("LL1").statut, "pret_abattage");
});

test("a lot that is told to be closed is not current any more, and one whose code it shares still is", () => {
  const store = new GaveurStore();
  store.applyLots([lot({ id: 7 })]);
  store.applyStep({ code_lot: "LL1", lot_id: 6, vers: "clos" });
  store.applyStep({ code_lot: "LL9", lot_id: 8, vers: "clos" });
  assert.deepEqual(store.currentCodes, ["LL1"]);
  store.applyStep({ code_lot: "LL1", lot_id: 7, vers: "clos" });
  assert.deepEqual(store.currentCodes, []);
});
