import assert from "node:assert/strict";
import test from "node:test";
import { backoffDelay } from "../../static/js/backoff.js";
import { LiveSocket } from "../../static/js/live-socket.js";

/** A browser whose clock only moves when told, and whose sockets are played by the test. */
class FakeBrowser {
  time = 0;
  timers = new Map();
  sockets = [];
  states = [];
  frames = [];
  readies = [];
  sidNumber = 1;
  isOnline = true;
  refusals = 0;

  live(options = {}) {
    const browser = this;
    class Socket {
      readyState = 0;
      sent = [];
      closed = null;
      constructor(url) {
        this.url = new URL(url);
        browser.sockets.push(this);
      }
      send(text) { this.sent.push(JSON.parse(text)); }
      close(code) { this.closed = code ?? 1005; }
      open() { this.readyState = 1; this.onopen(); }
      say(frame) { this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) }); }
      drop(code = 1006) { this.readyState = 3; this.onclose({ code }); }
    }
    const handlers = {
      onState: (state) => this.states.push(state),
      onFrame: (frame) => this.frames.push(frame),
      onReady: (ready) => this.readies.push(ready.recovered),
    };
    const platform = {
      WebSocket: Socket, origin: "ws://wall", now: () => this.time, random: () => 0.5, online: () => this.isOnline,
      sid: () => `tab${this.sidNumber}`, renewSid: () => (this.sidNumber += 1), refused: () => (this.refusals += 1),
      setTimeout: (act, ms) => { const id = Symbol("timer"); this.timers.set(id, { at: this.time + ms, act }); return id; },
      clearTimeout: (id) => this.timers.delete(id),
    };
    const socket = new LiveSocket({ path: "/ws/realtime/", params: { uid: "u" }, ...options }, handlers, platform);
    socket.connect();
    return socket;
  }

  get last() { return this.sockets.at(-1); }
  get state() { return this.states.at(-1).state; }

  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const [id, next] = [...this.timers].sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!next || next.at > end) break;
      this.timers.delete(id);
      this.time = next.at;
      next.act();
    }
    this.time = end;
  }
}

test("the back-off doubles its ceiling up to the cap and stays above the floor", () => {
  const highest = [0, 1, 2, 3, 4, 5, 60].map((attempt) => backoffDelay(attempt, 1));
  assert.deepEqual(highest, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  for (let attempt = 0; attempt < 8; attempt += 1) assert.equal(backoffDelay(attempt, 0), 150);
});

test("a lost connection is tried again for ever, with the time of the next try told", () => {
  const browser = new FakeBrowser();
  browser.live();
  for (let lost = 0; lost < 50; lost += 1) {
    browser.last.drop();
    assert.equal(browser.state, "reconnecting");
    assert.ok(browser.states.at(-1).retryAt > browser.time);
    browser.advance(10_000);
  }
  assert.equal(browser.sockets.length, 51);
  browser.last.open();
  assert.equal(browser.state, "connected");
});

test("a server that accepts and drops at once does not reset the back-off", () => {
  const browser = new FakeBrowser();
  browser.live();
  const delays = [0, 1, 2, 3].map(() => {
    browser.last.open();
    browser.advance(100);
    browser.last.drop(1012);
    const delay = browser.states.at(-1).retryAt - browser.time;
    browser.advance(delay);
    return delay;
  });
  assert.deepEqual(delays, [...delays].sort((a, b) => a - b));
  assert.ok(delays[3] > 4 * delays[0]);
});

test("a connection that lasted starts again from a short delay", () => {
  const browser = new FakeBrowser();
  browser.live();
  for (let i = 0; i < 6; i += 1) { browser.last.drop(); browser.advance(10_000); }
  browser.last.open();
  browser.advance(6_000);
  browser.last.drop();
  assert.ok(browser.states.at(-1).retryAt - browser.time <= 500);
});

test("a reconnection gives the position that was last seen", () => {
  const browser = new FakeBrowser();
  browser.live();
  assert.equal(browser.last.url.search, "?uid=u&sid=tab1");
  browser.last.open();
  browser.last.say({ type: "resume", recovered: false, epoch: "e1", from: 0, to: 40 });
  browser.last.say({ type: "snapshot", seq: 41, epoch: "e1" });
  browser.last.say({ type: "gavage_realtime", seq: 42 });
  browser.last.drop();
  browser.advance(500);
  assert.equal(browser.last.url.search, "?uid=u&sid=tab1&epoch=e1&last_seq=42");
});

test("an epoch is a text that is given back as it came, and a word without a place changes no position", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.last.say({ type: "resume", recovered: false, epoch: "007/a b", from: 4, to: 3 });
  browser.last.say({ type: "gavage_realtime", seq: 4 });
  browser.last.say({ type: "stale", since: "2026-11-22T10:11:27Z" });
  browser.last.say({ type: "fresh" });
  browser.last.drop();
  browser.advance(500);
  const query = browser.last.url.searchParams;
  assert.deepEqual([query.get("epoch"), query.get("last_seq")], ["007/a b", "4"]);
  assert.deepEqual(browser.frames.map((frame) => frame.type), ["resume", "gavage_realtime", "stale", "fresh"]);
});

test("a new epoch forgets the position in the old one", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.last.say({ type: "snapshot", seq: 900, epoch: "old" });
  browser.last.say({ type: "resume", recovered: false, epoch: "new", from: 0, to: 3 });
  browser.last.drop();
  browser.advance(500);
  assert.match(browser.last.url.search, /epoch=new&last_seq=3$/);
});

test("the page is told once per connection whether frames may have been missed", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.last.say({ type: "snapshot", seq: 1, epoch: "e" });
  browser.last.drop();
  browser.advance(500);
  browser.last.open();
  assert.deepEqual(browser.readies, [false]);
  browser.last.say({ type: "resume", recovered: true, epoch: "e", from: 1, to: 1, replayed: 0 });
  browser.last.say({ type: "snapshot", seq: 1, epoch: "e" });
  assert.deepEqual(browser.readies, [false, true]);
});

test("a server that knows no resume counts as one that could not recover", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.last.say({ type: "snapshot", seq: 1, epoch: "e" });
  browser.last.drop();
  browser.advance(500);
  browser.last.open();
  browser.advance(2_000);
  assert.deepEqual(browser.readies, [false, false]);
});

test("a tab that was superseded takes a new name instead of fighting", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.last.drop(4409);
  browser.advance(500);
  assert.equal(browser.last.url.searchParams.get("sid"), "tab2");
});

test("a heartbeat goes out every 20 to 25 seconds and a ping is answered", () => {
  const browser = new FakeBrowser();
  browser.live({ heartbeatMs: [20_000, 25_000] });
  browser.last.open();
  browser.advance(22_500);
  browser.last.say({ type: "heartbeat_ack" });
  browser.advance(22_500);
  browser.last.say({ type: "ping" });
  assert.deepEqual(browser.last.sent, [{ type: "heartbeat" }, { type: "heartbeat" }, { type: "heartbeat" }]);
});

test("a silence is said within 13 seconds, and a server that stays silent is left and looked for again", () => {
  const browser = new FakeBrowser();
  const live = browser.live();
  browser.last.open();
  browser.advance(12_000);
  assert.equal(browser.state, "connected");
  browser.advance(1_000);
  assert.deepEqual([browser.state, browser.states.at(-1).heardAt, live.connected], ["silent", 0, true]);
  assert.equal(browser.sockets[0].closed, null);
  browser.advance(21_000);
  assert.notEqual(browser.sockets[0].closed, null);
  assert.equal(browser.sockets.length, 2);
});

test("a server that is heard again is no longer silent, on the same connection", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.advance(20_000);
  assert.equal(browser.state, "silent");
  browser.last.say({ type: "beat", every_ms: 10_000 });
  assert.deepEqual([browser.state, browser.sockets.length, browser.states.at(-1).connection], ["connected", 1, 1]);
  for (let beats = 0; beats < 30; beats += 1) {
    browser.advance(10_000);
    browser.last.say({ type: "beat", every_ms: 10_000 });
  }
  assert.equal(browser.state, "connected");
  assert.equal(browser.sockets.length, 1);
});

test("the server says how often it gives a sign of life", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  browser.last.say({ type: "beat", every_ms: 30_000 });
  browser.advance(37_000);
  assert.equal(browser.state, "connected");
  browser.last.say({ type: "beat", every_ms: 1_000 });
  browser.advance(2_000);
  assert.equal(browser.state, "silent");
});

test("a lost network is said at once, and when it is back a new connection is made at once", () => {
  const browser = new FakeBrowser();
  const live = browser.live();
  browser.last.open();
  browser.isOnline = false;
  live.networkLost();
  assert.equal(browser.state, "offline");
  browser.isOnline = true;
  live.networkBack();
  assert.equal(browser.sockets.length, 2);
  assert.notEqual(browser.sockets[0].closed, null);
  browser.last.open();
  assert.equal(browser.state, "connected");
  assert.equal(browser.refusals, 0);
});

test("what the browser calls offline is not believed when the server is heard", () => {
  const browser = new FakeBrowser();
  const live = browser.live();
  browser.last.open();
  live.networkLost();
  browser.last.say({ type: "beat", every_ms: 10_000 });
  assert.equal(browser.state, "connected");
  live.networkBack();
  assert.equal(browser.sockets.length, 1);
});

test("a connection that does not open is given up after ten seconds", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.advance(10_400);
  assert.equal(browser.sockets.length, 2);
});

test("a socket that was left cannot disturb the one that replaced it", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.advance(10_400);
  browser.last.open();
  browser.sockets[0].drop(4409);
  browser.sockets[0].say({ type: "gavage_realtime", seq: 7 });
  assert.equal(browser.state, "connected");
  assert.equal(browser.frames.length, 0);
  assert.equal(browser.sidNumber, 1);
});

test("a page put away closes its socket and comes back when it is shown again", () => {
  const browser = new FakeBrowser();
  const live = browser.live();
  browser.last.open();
  live.suspend();
  assert.equal(browser.last.closed, 1000);
  browser.advance(120_000);
  assert.equal(browser.sockets.length, 1);
  live.connect();
  assert.equal(browser.sockets.length, 2);
});

test("asking to connect twice opens one socket, and cuts a wait short", () => {
  const browser = new FakeBrowser();
  const live = browser.live();
  live.connect();
  assert.equal(browser.sockets.length, 1);
  browser.last.drop();
  live.connect();
  browser.advance(9_000);
  assert.equal(browser.sockets.length, 2);
});

test("without a network the state says so", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.isOnline = false;
  browser.last.drop();
  assert.equal(browser.state, "offline");
});

test("what is not a JSON object is ignored", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.open();
  for (const text of ["pas du JSON", "null", "12"]) browser.last.say(text);
  assert.deepEqual(browser.frames, []);
  assert.equal(browser.state, "connected");
});

test("a connection that never opened or whose key has ended makes the page ask whether it is still known", () => {
  const browser = new FakeBrowser();
  browser.live();
  browser.last.drop();
  assert.equal(browser.refusals, 1);
  for (const [code, refusals] of [[1006, 1], [1012, 1], [4401, 2], [4403, 3]]) {
    const tried = browser.sockets.length;
    while (browser.sockets.length === tried) browser.advance(500);
    browser.last.open();
    browser.last.drop(code);
    assert.equal(browser.refusals, refusals, `${code}`);
  }
});
