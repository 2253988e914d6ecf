import assert from "node:assert/strict";
import test from "node:test";
import { curveFaults } from "../../static/js/curve-checks.js";
import { possibleSteps } from "../../static/js/lot-actions.js";
import { lifeSteps } from "../../static/js/lot-life.js";
import { LotStore } from "../../static/js/lot-store.js";
import { formOf, lastDay, planOf, queryOf } from "../../static/js/plan-form.js";

/** A form as far as the planning looks at it. */
const form = (fields) => ({ elements: Object.entries(fields).map(([name, value]) => ({ name, value })) });

test("a form leads to an address that leads back to it, without whose name it is", () => {
  const filled = form({ site_code: "LL", souche: "", nombre_canards: "1000", par: "Anne" });
  assert.deepEqual(formOf(queryOf(filled)), { site_code: "LL", nombre_canards: "1000" });
  assert.deepEqual(planOf(filled), { site_code: "LL", nombre_canards: 1000, par: "Anne" });
  assert.deepEqual(formOf("?par=Anne&gaveur_id=3"), { gaveur_id: "3" });
});

test("the last day counts the first, over the end of a month and of summer time", () => {
  assert.equal(lastDay("2026-11-22", 10), "2026-12-01");
  assert.equal(lastDay("2026-10-20", 7), "2026-10-26");
  assert.equal(lastDay("", 7), null);
  assert.equal(lastDay("2026-10-20", undefined), null);
});

test("a curve is refused for the same reasons as by the server", () => {
  const flat = Array(20).fill(400);
  assert.equal(curveFaults(flat).isFine, true);
  const of = (place, dose) => curveFaults(flat.with(place, dose)).faults;
  assert.deepEqual(of(3, 601).filter(Boolean), ["dose", "step"]);
  assert.deepEqual(of(3, NaN).filter(Boolean), ["dose"]);
  // 60 g are 15 % of 400 g: more than one of the two bounds is needed.
  assert.deepEqual(of(3, 460).filter(Boolean), []);
  assert.deepEqual(of(3, 461).filter(Boolean), ["step"]);
  assert.equal(curveFaults(Array(14).fill(300)).isTotalOff, true);
  assert.equal(curveFaults(Array(14).fill(300)).isFine, false);
});

test("each role finds the steps that it may make, and no others", () => {
  const ids = (statut, role) => possibleSteps(statut, role).map(({ id }) => id);
  assert.deepEqual(ids("planifie", "superviseur"), ["received", "cancel"]);
  assert.deepEqual(ids("planifie", "gaveur"), ["received"]);
  assert.deepEqual(ids("en_gavage", "gaveur"), ["end"]);
  assert.deepEqual(ids("pret_abattage", "admin"), ["back", "slaughter"]);
  assert.deepEqual(ids("pret_abattage", "gaveur"), []);
  assert.deepEqual(ids("clos", "admin"), []);
  assert.deepEqual(ids("en_gavage", "technicien_sqal"), []);
  assert.deepEqual(ids("en_gavage", null), []);
});

test("the stages of a lot say who made them and why", () => {
  const sheet = { lot: { statut: "annule", updated_at: "x" }, repas: [], qualite: {} };
  const events = [
    { vers: "planifie", par: "Anne", le: "2026-11-20T08:00:00Z", motif: null },
    { vers: "annule", par: "Paul", le: "2026-11-21T08:00:00Z", motif: "canards malades" },
  ];
  assert.deepEqual(lifeSteps(sheet, events), [{ step: "annule", state: "now", at: "2026-11-21T08:00:00Z", by: "Paul", why: "canards malades" }]);
  const fed = lifeSteps({ ...sheet, lot: { statut: "en_gavage" } }, events.slice(0, 1));
  assert.deepEqual(fed[0], { step: "planifie", state: "done", at: "2026-11-20T08:00:00Z", by: "Anne", why: null });
});

test("a lot whose last meal was deleted goes back to the meal before it", () => {
  const store = new LotStore();
  const reading = (jour, moment) => ({ code_lot: "LL1", site: "LL", jour, moment, dose_reelle: 400, dose_theorique: 400 });
  const lot = { ...reading(2, "soir"), lot_id: 7, statut: "en_gavage", recu_le: "2026-11-22T06:00:00Z" };
  store.apply({ type: "snapshot", lots: [lot], sites: [] });
  const earlier = { type: "gavage_realtime", data: reading(2, "matin"), timestamp: "2026-11-22T06:01:00Z" };
  store.apply({ type: "repas_supprime", data: { code_lot: "LL1", lot_id: 7, jour: 1, moment: "soir" } });
  store.apply(earlier);
  assert.equal(store.lots.get("LL1").moment, "soir");
  store.apply({ type: "repas_supprime", data: { code_lot: "LL1", lot_id: 7, jour: 2, moment: "soir" } });
  store.apply(earlier);
  assert.equal(store.lots.get("LL1").moment, "matin");
  assert.equal(store.lots.get("LL1").lot_id, 7);
});
