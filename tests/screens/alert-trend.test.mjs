import assert from "node:assert/strict";
import test from "node:test";
import { hasTrend, polyline, trendOf } from "../../static/js/alert-trend.js";

const meal = (jour, moment, more) => ({ jour, moment, dose_theorique: 400, dose_reelle: 400, ...more });
const mortality = (rank, taux_mortalite) => meal(Math.floor(rank / 2), rank % 2 ? "soir" : "matin", { taux_mortalite });
const alert = (more) => ({ type: "mortalite", jour: 3, moment: "soir", ouverte: true, ...more });

test("an alert tells its value when it was raised and the latest one", () => {
  const meals = [5, 6, 7, 8, 9].map((rank) => mortality(rank, rank / 2));
  const trend = trendOf(alert(), meals);
  assert.deepEqual([trend.then, trend.now], [3.5, 4.5]);
  assert.deepEqual(trend.points.map(({ value }) => value), [2.5, 3, 3.5, 4, 4.5]);
  const doses = [meal(3, "soir", { dose_reelle: 430 }), meal(4, "matin", { dose_reelle: 420 })];
  assert.equal(trendOf(alert({ type: "ecart_dose" }), doses).now, 5);
});

test("there is no course before the next meal, without the meal that raised it, or of what meals do not measure", () => {
  const [raised, next] = [mortality(7, 5.2), mortality(8, 6.7)];
  assert.equal(trendOf(alert(), [raised]), null);
  assert.equal(trendOf(alert(), [mortality(6, 4), next]), null);
  assert.equal(trendOf(alert(), [raised, mortality(8, null)]), null);
  assert.equal(trendOf(alert(), null), null);
  for (const other of [{ type: "flux_muet" }, { type: "gain_moyen" }, { ouverte: false }, { jour: null }]) {
    assert.equal(hasTrend(alert(other)), false);
    assert.equal(trendOf(alert(other), [raised, next]), null);
  }
});

test("the line fills its box, the highest value on top, and a meal that is missing leaves its place", () => {
  const points = [{ rank: 2, value: 1 }, { rank: 3, value: 3 }, { rank: 6, value: 2 }];
  assert.equal(polyline(points, 64, 14), "0.0,14.0 16.0,0.0 64.0,7.0");
  assert.equal(polyline([{ rank: 2, value: 5 }, { rank: 3, value: 5 }], 64, 14), "0.0,7.0 64.0,7.0");
});
