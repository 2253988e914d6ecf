import assert from "node:assert/strict";
import test from "node:test";
import { ageSeconds, instantMs, ServerClock, serverTime } from "../../static/js/ages.js";

test("ages are right on a browser whose clock is wrong", () => {
  const clock = new ServerClock();
  clock.observe(1_000_000, 400_000);
  assert.equal(ageSeconds(1_000_000, clock.now(404_000)), 4);
});

test("a frame that was delayed or replayed does not set the clock back", () => {
  const clock = new ServerClock();
  clock.observe(10_000, 10_000);
  clock.observe(2_000, 11_000);
  assert.equal(clock.now(12_000), 12_000);
});

test("a browser's clock that is set anew is followed within two windows", () => {
  const clock = new ServerClock();
  clock.observe(1_000_000, 1_000_000);
  for (let t = 10_000; t <= 140_000; t += 10_000) clock.observe(1_000_000 + t, 1_500_000 + t);
  assert.equal(clock.now(1_640_000), 1_140_000);
});

test("before any frame the browser's own clock is used", () => {
  assert.equal(new ServerClock().now(5_000), 5_000);
});

test("a frame without a readable time changes nothing", () => {
  const clock = new ServerClock();
  clock.observe(NaN, 5_000);
  assert.equal(clock.now(5_000), 5_000);
  assert.equal(instantMs("plus tard"), null);
});

test("an age is never negative and is unknown without an instant", () => {
  assert.equal(ageSeconds(9_000, 5_000), 0);
  assert.equal(ageSeconds(null, 5_000), null);
});

test("the server's time is read from every frame but a sample, which carries its station's clock", () => {
  const timestamp = "2026-11-22T08:00:00Z";
  assert.equal(serverTime({ type: "alert", timestamp }), instantMs(timestamp));
  assert.ok(Number.isNaN(serverTime({ type: "sensor_update", timestamp })));
  assert.ok(Number.isNaN(serverTime({ type: "resume" })));
});
