import assert from "node:assert/strict";
import test from "node:test";
import { Formatter } from "../../static/js/format.js";
import { en as enMessages, fr as frMessages } from "./texts.mjs";

const PARIS = "Europe/Paris";
const fr = new Formatter("fr", PARIS);
const en = new Formatter("en", PARIS);

test("a missing value is a dash whatever its unit", () => {
  for (const missing of [null, undefined, NaN, Infinity]) {
    const texts = [fr.count(missing), fr.grams(missing), fr.percent(missing), fr.signedPercent(missing), fr.celsius(missing)];
    assert.deepEqual(texts, ["–", "–", "–", "–", "–"]);
  }
  assert.deepEqual([fr.age(null), fr.mealTime(null), fr.mealTime("hier"), fr.dateTime(undefined), fr.clock(null)], ["–", "–", "–", "–", "–"]);
});

test("zero is a value and not a missing one", () => {
  assert.equal(fr.percent(0, 2), "0,00\u202f%");
  assert.equal(fr.count(0), "0");
});

test("French numbers have a decimal comma and narrow no-break spaces", () => {
  assert.equal(fr.grams(5320.4), "5\u202f320\u202fg");
  assert.equal(fr.percent(0.84, 2), "0,84\u202f%");
  assert.equal(fr.celsius(21.5), "21,5\u202f°C");
});

test("English numbers have a decimal point and a comma between thousands", () => {
  assert.equal(en.grams(5320.4), "5,320\u202fg");
  assert.equal(en.percent(0.84, 2), "0.84%");
});

test("a measured value takes the unit and the decimals that the server names", () => {
  const texts = [[34.41, "%"], [5.04, "%", 2], [28, "°C"], [-83.4, "g", 0], [42, "g/j", 1], [0.58, "", 2], [2, "", 0], [null, "%"]];
  const shown = texts.map((values) => fr.quantity(...values));
  assert.deepEqual(shown, ["34,4\u202f%", "5,04\u202f%", "28,0\u202f°C", "−83\u202fg", "42,0\u202fg/j", "0,58", "2", "–"]);
  assert.equal(fr.millimetres(17), "17\u202fmm");
});

test("an écart carries a true minus or a plus, and none when it rounds to zero", () => {
  assert.equal(fr.signedPercent(-1.74), "−1,7\u202f%");
  assert.equal(fr.signedPercent(2.68), "+2,7\u202f%");
  assert.equal(fr.signedPercent(-0.01), "0,0\u202f%");
});

test("an age is told in its largest whole unit", () => {
  assert.equal(fr.age(4), "il y a 4\u202fs");
  assert.equal(fr.age(59), "il y a 59\u202fs");
  assert.equal(fr.age(60), "il y a 1\u202fmin");
  assert.equal(fr.age(7_300), "il y a 2\u202fh");
  assert.equal(fr.age(3 * 86_400), "il y a 3\u202fj");
  assert.equal(en.age(3 * 86_400), "3\u202fd ago");
});

test("a meal's naive time is shown as written and an instant is shown in the zone of the barns", () => {
  assert.equal(fr.mealTime("2026-11-22T08:05:25.588990"), "22/11 08:05");
  assert.equal(fr.mealTime("2026-07-01 19:30"), "01/07 19:30");
  assert.equal(fr.mealTime("2026-11-22T07:05:25Z"), "22/11 08:05");
  assert.equal(fr.mealTime("2026-07-01T17:30:00+00:00"), "01/07 19:30");
});

test("times stand in the zone the server names, whatever zone that is", () => {
  const tokyo = new Formatter("fr", "Asia/Tokyo");
  assert.equal(tokyo.mealTime("2026-11-22T23:30:00Z"), "23/11 08:30");
  assert.equal(tokyo.mealTime("2026-11-22 23:30"), "22/11 23:30");
  assert.equal(tokyo.dateTime("2026-11-22T23:30:00Z"), "23 novembre 2026 à 08:30");
  assert.equal(tokyo.clock("2026-11-22T23:30:07.512Z"), "08:30:07");
  assert.equal(fr.clock("2026-11-22T23:30:07.512Z"), "00:30:07");
});

test("both languages hold the same messages with the same places to fill", () => {
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  assert.deepEqual(Object.keys(enMessages).sort(), Object.keys(frMessages).sort());
  for (const key of Object.keys(frMessages)) assert.deepEqual(places(enMessages[key]), places(frMessages[key]), key);
});
