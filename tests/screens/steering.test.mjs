import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { documentElement: { lang: "fr" }, querySelector: () => ({ content: "Europe/Paris" }) };
const { isoWeek, kindOf, periodOf, periodWords } = await import("../../static/js/periods.js");
const { gradeTotals } = await import("../../static/js/pilotage-tiles.js");
const { ticks } = await import("../../static/js/svg.js");

test("a week is that of its Thursday", () => {
  const weeks = { "2026-11-29": "2026-W48", "2026-11-30": "2026-W49", "2021-01-03": "2020-W53", "2024-12-30": "2025-W01", "2027-01-01": "2026-W53" };
  for (const [day, week] of Object.entries(weeks)) assert.equal(isoWeek(day), week, day);
});

test("another kind of period is the one that holds the day, and each code tells its kind", () => {
  const codes = { jour: "2026-06-30", semaine: "2026-W27", mois: "2026-06", saison: "2025/2026" };
  for (const [kind, code] of Object.entries(codes)) {
    assert.equal(periodOf(kind, "2026-06-30"), code);
    assert.equal(kindOf(code), kind);
  }
  assert.equal(periodOf("saison", "2026-07-01"), "2026/2027");
});

test("a period is told in words of the language", () => {
  const t = (key, values) => `${key}:${Object.values(values).join("/")}`;
  assert.equal(periodWords("2026-11", "fr", t), "novembre 2026");
  assert.equal(periodWords("2026-11-09", "en", t), "9 November 2026");
  assert.equal(periodWords("2026-W05", "fr", t), "pilot.weekName:5/2026");
  assert.equal(periodWords("2026/2027", "fr", t), "pilot.seasonName:2026/2027");
});

test("the share of the best livers of fewer than ten is not told", () => {
  const site = (best, others) => ({ grades: { "A+": best, A: 0, B: others, C: 0, REJECT: 0 } });
  assert.deepEqual(gradeTotals([site(4, 5)]), { n: 9, share: null });
  assert.deepEqual(gradeTotals([site(4, 5), site(1, 10)]), { n: 20, share: 25 });
});

test("the numbers of an axis are round and within its bounds", () => {
  assert.deepEqual(ticks(12.2, 16.9, 5), [13, 14, 15, 16]);
  assert.deepEqual(ticks(0, 3.15, 4), [0, 1, 2, 3]);
});
