import assert from "node:assert/strict";
import test from "node:test";
import { doseSeverity, ecartPercent, ecartPosition, ecartStep, mortalitySeverity } from "../../static/js/severity.js";

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

test("the colour scale is centred on zero and symmetric", () => {
  for (const percent of [1, 3, 6, 12, 30]) assert.equal(ecartStep(-percent), 0 - ecartStep(percent));
  assert.deepEqual([0, 2.4, 2.5, 5, 10, 25].map(ecartStep), [0, 0, 1, 2, 3, 4]);
  assert.deepEqual([-50, -12.5, 0, null, 25].map(ecartPosition), [-1, -0.5, 0, 0, 1]);
});
