import assert from "node:assert/strict";
import test from "node:test";
import { doseSeverity, ecartPercent, mortalitySeverity } from "../../static/js/severity.js";

test("an écart is the share of the planned dose, unknown without both doses", () => {
  assert.equal(ecartPercent(400, 410), 2.5);
  for (const [planned, given] of [[null, 400], [400, null], [0, 400]]) assert.equal(ecartPercent(planned, given), null);
});

test("the severity of a dose changes exactly at its thresholds, on both sides", () => {
  const of = (given) => doseSeverity(1000, given);
  assert.deepEqual([1049, 1050, 1099, 1100, 1249, 1250].map(of), ["normal", "info", "info", "warning", "warning", "critical"]);
  assert.deepEqual([951, 950, 901, 900, 751, 750, 701, 700].map(of),
    ["normal", "info", "info", "warning", "warning", "critical", "critical", "refusal"]);
  assert.equal(doseSeverity(null, 400), null);
});

test("mortality is a warning from 3 % and critical from 5 %", () => {
  assert.deepEqual([2.99, 3, 4.99, 5, null].map(mortalitySeverity), ["normal", "warning", "warning", "critical", null]);
});
