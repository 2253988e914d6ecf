import assert from "node:assert/strict";
import test, { afterEach, beforeEach } from "node:test";

// The module reads its language where there is no page.
globalThis.document ??= { documentElement: { lang: "fr" }, addEventListener() {}, querySelectorAll: () => [] };
const { AlertFeed } = await import("../../static/js/alert-feed.js");

const alert = (id) => ({ id, severite: "warning", levee_le: "2026-11-22T08:00:00Z", ouverte: true, acquittee: false });
const asked = [];
let listed = [];
const { fetch } = globalThis;

beforeEach(() => {
  asked.length = 0;
  globalThis.fetch = async (path) => {
    asked.push(path);
    return { ok: true, json: async () => listed };
  };
});

afterEach(() => (globalThis.fetch = fetch));

const settled = () => new Promise((resolve) => setImmediate(resolve));

function feedOf() {
  return new AlertFeed("/api/alertes", { isConnected: () => true, onChange: () => {} });
}

test("the open alerts are loaded again once the database is back, and one that nobody was told of is there", async () => {
  const feed = feedOf();
  listed = [alert(1)];
  await feed.load();
  feed.receive({ type: "stale", since: "2026-11-22T08:01:00Z" });
  await settled();
  assert.equal(asked.length, 1);
  listed = [alert(2)];
  feed.receive({ type: "fresh" });
  await settled();
  assert.deepEqual(feed.store.all().map(({ id }) => id), [2]);
  assert.equal(asked.length, 2);
  assert.match(asked[1], /ouverte=true/);
});

test("an alert that ends stays known for thirty seconds, and one that is raised again is no ended one", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const feed = feedOf();
  const told = (id, more) => feed.receive({ type: "alert", event: "closed", data: { ...alert(id), ...more } });
  const known = () => feed.store.all().map(({ id }) => [id, feed.lingers({ id })]);
  told(1, { ouverte: true });
  told(1, { ouverte: false });
  told(2, { ouverte: false });
  context.mock.timers.tick(29_000);
  assert.deepEqual(known(), [[2, true], [1, true]]);
  told(2, { ouverte: true });
  context.mock.timers.tick(2_000);
  assert.deepEqual(known(), [[2, false]]);
});

test("no other frame asks for a list", async () => {
  const feed = feedOf();
  for (const type of ["snapshot", "site_stats", "gavage_realtime", "stale", "resume"]) feed.receive({ type });
  await settled();
  assert.deepEqual(asked, []);
});
