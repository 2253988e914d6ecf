import assert from "node:assert/strict";
import test from "node:test";
import { SCALES, colorOf, pixels, scaleBounds } from "../../static/js/color-scales.js";
import { GRADES, gradeShares } from "../../static/js/grade-shares.js";
import { CHANNELS, extent, readSample } from "../../static/js/sensor-sample.js";
import { OFFLINE_AFTER_MS, StationStore, presence } from "../../static/js/station-store.js";

const now = Date.UTC(2026, 10, 22, 8);
const iso = (ms) => new Date(ms).toISOString();
const matrix = (of) => Array.from({ length: 8 }, (_, row) => Array.from({ length: 8 }, (_, column) => of(row, column)));
const frame = (id, more = {}) => ({
  type: "sensor_update", device_id: "ESP32_LL_01", sample_id: id, timestamp: iso(now),
  vl53l8ch: { raw: { distance_matrix: matrix((row, column) => row * 8 + column), reflectance_matrix: matrix(() => 60) } },
  as7341: { raw: { F1_415nm: 769, NIR: 800 } },
  fusion: { combined_defects: [] },
  sample: { sample_id: id, time: iso(now), final_grade: "A" },
  ...more,
});

test("a sample's maps are read row after row and its channels by name", () => {
  const sample = readSample(frame("S1"));
  assert.equal(sample.distance[2 * 8 + 4], 20);
  assert.equal(sample.channels.length, 10);
  assert.equal(sample.channels[CHANNELS.findIndex(({ nm }) => nm === 415)], 769);
  assert.equal(sample.channels[CHANNELS.findIndex(({ nm }) => nm === 680)], null);
});

test("what a frame lacks is missing and not zero", () => {
  const sample = readSample({ type: "sensor_update", device_id: "ESP32_LL_01" });
  assert.deepEqual([sample.distance, sample.reflectance, sample.time, sample.defects], [null, null, null, []]);
  assert.ok(sample.channels.every((value) => value === null));
  const holed = readSample(frame("S1", { vl53l8ch: { raw: { distance_matrix: [[null, "7", 5]] } } }));
  assert.deepEqual(holed.distance.slice(0, 4), [null, null, 5, null]);
});

test("a defect stands in the row and column the station names, and nowhere without a position", () => {
  const combined_defects = [{ type: "foreign_body", pos: [2, 4], severity: 1 }, { type: "Spectral: x", severity: 0.5 }, "tache", { type: "hors", pos: [8, 0] }];
  const { defects } = readSample(frame("S1", { fusion: { combined_defects } }));
  assert.deepEqual(defects.map(({ row, column }) => [row, column]), [[2, 4], [null, null], [null, null], [null, null]]);
  assert.equal(defects[2].type, "tache");
});

test("defects the station does not list are those the server stored, x across and y down", () => {
  const defauts = [{ type: "hole", description: "petit", severite: 0.3, x: 1, y: 6 }];
  const { defects } = readSample(frame("S1", { fusion: {}, sample: { defauts } }));
  assert.deepEqual(defects, [{ type: "hole", detail: "petit", severity: 0.3, row: 6, column: 1 }]);
});

test("the extent of a map leaves out cells that were not measured", () => {
  const values = [null, 12, 4, 8];
  assert.deepEqual(extent(values), { low: 4, high: 12, mean: 8, row: 0, column: 2 });
  assert.equal(extent([null]), null);
  assert.equal(extent(null), null);
});

test("a scale has whole steps, a least span and keeps its bounds while they fit", () => {
  const { height, reflectance } = SCALES;
  assert.deepEqual(scaleBounds(height, { low: 23, high: 97 }), [20, 100]);
  assert.deepEqual(scaleBounds(height, { low: 90, high: 91 }), [80, 120]);
  assert.deepEqual(scaleBounds(height, { low: 45, high: 97 }, [20, 100]), [20, 100]);
  assert.deepEqual(scaleBounds(height, { low: 5, high: 97 }, [20, 100]), [0, 100]);
  assert.deepEqual(scaleBounds(height, { low: 81, high: 97 }, [20, 200]), [80, 120]);
  assert.deepEqual(scaleBounds(reflectance, { low: 250, high: 255 }), [215, 255]);
  assert.equal(scaleBounds(height, {}), null);
});

test("the lightness of a scale never turns, so that their order can be seen without colours", () => {
  const lightness = (rgb) => rgb.reduce((sum, channel, i) => sum + [0.2126, 0.7152, 0.0722][i] * (channel / 255) ** 2.2, 0) ** (1 / 3);
  for (const [name, sign] of [["height", -1], ["reflectance", 1]]) {
    const steps = Array.from({ length: 33 }, (_, i) => lightness(colorOf(SCALES[name], i, [0, 32])));
    for (let i = 1; i < steps.length; i += 1) assert.ok(sign * (steps[i] - steps[i - 1]) > 0, `${name} at ${i}`);
  }
});

test("a value beyond the bounds has the colour of the bound and a missing one is transparent", () => {
  const { height } = SCALES;
  assert.deepEqual(colorOf(height, -5, [0, 10]), colorOf(height, 0, [0, 10]));
  assert.deepEqual(colorOf(height, 50, [0, 10]), colorOf(height, 10, [0, 10]));
  const bytes = pixels(height, [5, null], [0, 10]);
  assert.deepEqual([bytes[3], bytes[7]], [255, 0]);
});

test("the latest sample of a device is the one that came last", () => {
  const store = new StationStore();
  store.applyUpdate(frame("S1"), now);
  store.applyUpdate(frame("S2"), now + 1000);
  assert.equal(store.stations.get("ESP32_LL_01").sample.sampleId, "S2");
  assert.deepEqual([...store.takeChanges()], ["ESP32_LL_01"]);
  assert.equal(store.takeChanges().size, 0);
});

test("an answer of the server does not set back what the stream brought since", () => {
  const store = new StationStore();
  store.applyUpdate(frame("S2", { sample: { time: iso(now + 1000) } }), now + 1000);
  store.applyLatest(frame("S1"));
  assert.equal(store.stations.get("ESP32_LL_01").sample.sampleId, "S2");
  store.applyLatest(frame("S3", { sample: { time: iso(now + 5000) } }));
  assert.equal(store.stations.get("ESP32_LL_01").sample.sampleId, "S3");
});

test("samples are asked for of devices that have one which is not known yet", () => {
  const store = new StationStore();
  store.applyUpdate(frame("S1"), now);
  const devices = [["ESP32_LL_01", 3], ["ESP32_LS_01", 7], ["ESP32_MT_01", 0]].map(([device_id, echantillons_total]) => ({ device_id, echantillons_total }));
  assert.deepEqual(store.applyDevices(devices), ["ESP32_LS_01"]);
  assert.equal(store.stations.size, 3);
});

test("a station is online while it was heard within ninety seconds, by sample or by heartbeat", () => {
  const state = (heard, active) => presence({ heardMs: heard, device: active === null ? null : { derniere_activite: iso(active) } }, now, true);
  assert.equal(state(now - OFFLINE_AFTER_MS, null), "online");
  assert.equal(state(now - OFFLINE_AFTER_MS - 1, null), "offline");
  assert.equal(state(now - 500_000, now - 1000), "online");
});

test("a page that is cut off or has never heard of a station does not call it offline", () => {
  assert.equal(presence({ heardMs: now - 500_000, device: null }, now, false), null);
  assert.equal(presence({ heardMs: null, device: { derniere_activite: null } }, now, true), null);
});

test("shares of grades add up, leave out what did not occur, and are none of nothing", () => {
  const shares = gradeShares({ "A+": 1, A: 0, B: 2, C: 0, REJECT: 1 });
  assert.deepEqual(shares, [{ grade: "A+", count: 1, percent: 25 }, { grade: "B", count: 2, percent: 50 }, { grade: "REJECT", count: 1, percent: 25 }]);
  assert.deepEqual(gradeShares({ "A+": 0 }), []);
  assert.deepEqual(gradeShares(null), []);
  assert.equal(GRADES.length, 5);
});
