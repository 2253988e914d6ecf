import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { documentElement: { lang: "fr" } };
const { lifeSteps } = await import("../../static/js/lot-life.js");
const { withVersions } = await import("../../static/js/lot-meals.js");

const sheet = (statut, qualite = {}) => ({
  lot: { statut, updated_at: "2026-11-29T10:00:00Z" },
  repas: [{ time: "2026-11-20T07:00:00Z" }],
  qualite: { en_attente_depuis: null, prise_le: null, prise_par: null, terminee_le: null, ...qualite },
});
const words = (steps) => steps.map(({ step, state }) => `${step}:${state}`).join(" ");

test("a lot that is fed has its next stages before it, without those that nobody tells of", () => {
  assert.equal(words(lifeSteps(sheet("en_gavage"))), "en_gavage:now pret_abattage:todo controle_qualite:todo clos:todo");
  const planned = words(lifeSteps(sheet("planifie")));
  assert.equal(planned, "planifie:now en_gavage:todo pret_abattage:todo controle_qualite:todo clos:todo");
});

test("a closed lot has gone through all stages, each with its time and who claimed it", () => {
  const times = { en_attente_depuis: "2026-11-28T20:00:00Z", prise_le: "2026-11-29T08:00:00Z", prise_par: "Anne", terminee_le: "2026-11-29T09:00:00Z" };
  const steps = lifeSteps(sheet("clos", times));
  assert.equal(words(steps), "en_gavage:done pret_abattage:done controle_qualite:done clos:done");
  assert.deepEqual(steps.map(({ at }) => at), ["2026-11-20T07:00:00Z", times.en_attente_depuis, times.prise_le, times.terminee_le]);
  assert.equal(steps[2].by, "Anne");
});

test("a cancelled lot has one stage", () => {
  assert.equal(words(lifeSteps(sheet("annule"))), "annule:now");
});

test("each meal is followed by what had been said of it, the latest first, and a deleted meal keeps its place", () => {
  const meal = (jour, moment, dose, remplace_le) => ({ jour, moment, dose, remplace_le });
  const meals = [meal(0, "matin", 1), meal(1, "matin", 4)];
  const versions = [meal(0, "matin", 2, "2026-11-20T08:00:00Z"), meal(0, "matin", 3, "2026-11-20T09:00:00Z"), meal(0, "soir", 9, "2026-11-20T09:00:00Z")];
  const lines = withVersions(meals, versions).map(({ meal: { dose }, version }) => `${dose}${version ? "v" : ""}`);
  assert.deepEqual(lines, ["1", "3v", "2v", "9v", "4"]);
});
