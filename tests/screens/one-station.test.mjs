import assert from "node:assert/strict";
import test from "node:test";
import { siteOfAddress, unfoldedOfAddress } from "../../static/js/quality-filter.js";
import { MOST_UNSEEN, SHOWN, SampleStrip } from "../../static/js/sample-strip.js";
import { readSample } from "../../static/js/sensor-sample.js";
import { HEIGHT, WIDTH, sparkline } from "../../static/js/sparkline.js";
import { addressOfState, deviceOfPath, stateOfAddress } from "../../static/js/station-address.js";

const start = Date.UTC(2026, 10, 22, 8);
const at = (n) => new Date(start + n * 10_000).toISOString();
const foie = (n, final_grade = "A") => ({ sample_id: `S-${n}`, time: at(n), final_grade });
const ids = (samples) => samples.map(({ sample_id }) => sample_id);
const range = (from, to, grade) => Array.from({ length: to - from }, (_, i) => foie(from + i, grade));

test("the strip holds the last twenty samples, newest first, in whatever order they come", () => {
  const strip = new SampleStrip();
  strip.add(range(10, 40));
  strip.add(range(0, 15).reverse());
  assert.deepEqual(ids(strip.shown()), ids(range(20, 40).reverse()));
  assert.equal(strip.latest.sample_id, "S-39");
  strip.add([foie(39)]);
  assert.equal(strip.shown().length, SHOWN);
});

test("a reject stays beyond the last twenty until somebody has seen it, also on the next visit", () => {
  const strip = new SampleStrip();
  strip.add([foie(0, "REJECT"), foie(1), ...range(2, 50)]);
  assert.equal(strip.shown().length, SHOWN + 1);
  assert.equal(strip.shown().at(-1).sample_id, "S-0");
  assert.deepEqual(ids(strip.unseen()), ["S-0"]);
  const remembered = strip.markSeen();
  assert.equal(strip.unseen().length, 0);
  assert.equal(strip.shown().length, SHOWN);
  const next = new SampleStrip(remembered);
  next.add([foie(0, "REJECT"), foie(60, "REJECT"), ...range(2, 50)]);
  assert.deepEqual(ids(next.unseen()), ["S-60"]);
});

test("a sample whose number is used again is another sample", () => {
  const strip = new SampleStrip();
  strip.add([foie(0, "REJECT")]);
  const seen = strip.markSeen();
  const again = new SampleStrip(seen);
  again.add([{ ...foie(0, "REJECT"), time: at(5) }]);
  assert.equal(again.unseen().length, 1);
});

test("what is kept is bounded, and history with a doubtful clock or without a time is left out", () => {
  const strip = new SampleStrip();
  strip.add(range(0, 400, "REJECT"));
  assert.equal(strip.shown().length, SHOWN + MOST_UNSEEN);
  strip.add([{ ...foie(900), horloge_douteuse: true }, { sample_id: "S-x", time: "bientôt" }, { time: at(1) }, undefined]);
  assert.equal(strip.latest.sample_id, "S-399");
  assert.ok(strip.markSeen().length <= 300);
});

test("an address names device, window and sample, and what it cannot mean is left as usual", () => {
  assert.equal(deviceOfPath("/sqal/ESP32_LL_01/"), "ESP32_LL_01");
  assert.equal(deviceOfPath("/sqal/Quai%201"), "Quai 1");
  for (const path of ["/sqal/", "/sqal/a/b", "/sqal/%E0%A4%A"]) assert.equal(deviceOfPath(path), null, path);
  for (const state of [{ hours: 24, foie: null }, { hours: 168, foie: "S 1&2" }]) assert.deepEqual(stateOfAddress(addressOfState(state)), state);
  assert.equal(addressOfState({ hours: 24, foie: null }), "");
  assert.deepEqual(stateOfAddress("?heures=9&foie="), { hours: 24, foie: null });
});

test("the thickness of a recorded foie is the one that its station computed", () => {
  const distance_matrix = [
    [95, 95, 95, 95, 95, 95, 95, 95], [95, 95, 95, 95, 95, 95, 95, 95], [95, 95, 95, 95, 43, 56, 94, 95], [95, 95, 95, 30, 17, 41, 90, 95],
    [95, 95, 57, 25, 32, 90, 94, 95], [95, 98, 71, 50, 95, 95, 95, 95], [95, 100, 100, 100, 95, 95, 95, 95], [95, 98, 100, 98, 95, 95, 95, 95],
  ];
  const stats = { average_height_mm: 12.96, max_height_mm: 82.68 };
  const { thickness } = readSample({ vl53l8ch: { raw: { distance_matrix }, analysis: { stats } } });
  // That station's sensor hung 100 mm over its tray; the frame has whole millimetres.
  distance_matrix.flat().forEach((distance, i) => assert.ok(Math.abs(thickness[i] - (100 - distance)) < 0.5, `${i}`));
  assert.ok(Math.abs(thickness.reduce((sum, value) => sum + value, 0) / 64 - stats.average_height_mm) < 0.5);
});

test("without a stated height, or without distances, the thickness is missing", () => {
  const rows = Array.from({ length: 8 }, () => Array(8).fill(90));
  const frame = (raw, stats) => ({ device_id: "D", vl53l8ch: { raw, analysis: { stats } } });
  assert.equal(readSample(frame({ distance_matrix: rows }, null)).thickness, null);
  assert.equal(readSample(frame({}, { max_height_mm: 30 })).thickness, null);
  rows[3][3] = null;
  const { thickness } = readSample(frame({ distance_matrix: rows }, { max_height_mm: 30 }));
  assert.deepEqual([thickness[0], thickness[27]], [30, null]);
});

test("a sparkline breaks at hours without samples and shows a limit only when the means come near it", () => {
  const hour = (n, moyenne) => ({ heure: new Date(start + n * 3_600_000).toISOString(), moyenne });
  const line = sparkline([hour(0, 500), hour(1, 520), hour(3, 540)], [300, 550], start, start + 4 * 3_600_000);
  assert.deepEqual(line.lines.map((points) => points.length), [2, 1]);
  assert.deepEqual(line.lines[0][0], [0, HEIGHT]);
  assert.equal(line.lines[1][0][0], (WIDTH * 3) / 4);
  assert.deepEqual(line.limits, [0]);
  assert.equal(sparkline([], [1], start, start + 1), null);
});

test("the address of the stations names a site, or all", () => {
  assert.deepEqual([siteOfAddress(""), siteOfAddress("?site=MT")], ["", "MT"]);
  assert.deepEqual([...unfoldedOfAddress("?site=LL&valeurs=A+B_1")], ["A", "B_1"]);
  assert.equal(unfoldedOfAddress("").size, 0);
  assert.equal(siteOfAddress("?site=XX"), "");
});
