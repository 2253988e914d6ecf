import assert from "node:assert/strict";
import test from "node:test";
import { MOST_ENTRIES, REFUSED, SENT, STORED, TO_SEND, amend, append, begin, bodyOf, discard, outcomeOf, see, settle } from "../../static/js/entry-queue.js";
import { EntrySender } from "../../static/js/entry-sender.js";
import { EntryStore } from "../../static/js/entry-store.js";

const GAVEUR = 7;

function draft(cle, lot_id, jour, moment = "matin", dose_g = 400) {
  return { cle, gaveur_id: GAVEUR, lot_id, code_lot: `LL${lot_id}`, jour, moment, corps: { dose_g, morts: 0 } };
}

/** A store with these drafts, each written on version 0. */
async function storeOf(...drafts) {
  const store = new EntryStore(null);
  for (const one of drafts) await store.change((entries) => append(entries, one, 0));
  return store;
}

/** What the real server does with an entry: once for each key, refused if the meal has changed since it was looked at. */
class FakeServer {
  keys = new Map();
  versions = new Map();
  /** The keys in the order in which they were stored, by lot. */
  order = [];

  enter(lot, body) {
    const known = this.keys.get(body.cle);
    const written = JSON.stringify({ ...body, horloge: null });
    if (known) return known.written === written ? [200, known.answer] : [409, { code: "conflict", detail: "the key stands for another entry" }];
    const meal = `${lot} ${body.jour} ${body.moment}`;
    const version = this.versions.get(meal) ?? 0;
    if (body.base < version) return [409, { code: "conflict", detail: "changed", champ: "base", actuel: { version } }];
    this.versions.set(meal, version + 1);
    const answer = { cle: body.cle, repas: [{ version: version + 1 }], avertissements: [], ecart_horloge_s: 0 };
    this.keys.set(body.cle, { written, answer });
    this.order.push([lot, body.cle]);
    return [201, answer];
  }

  /** Somebody else corrects a meal. */
  change(meal) {
    this.versions.set(meal, (this.versions.get(meal) ?? 0) + 1);
  }
}

/** A sender whose waiting is done by hand. */
function senderOf(store, post, turn = (act) => act(async () => {})) {
  const timers = [];
  const sender = new EntrySender({
    gaveurId: GAVEUR, store, turn, post, now: () => 0, random: () => 0.5, onChange() {},
    setTimeout: (act, ms) => timers.push({ act, ms }), clearTimeout: () => timers.splice(0),
  });
  return { sender, timers };
}

const stateOf = async (store) => (await store.entries()).map(({ cle, etat }) => `${cle} ${etat}`);

test("only an answer of our server that names the entry makes it stored, and only its refusal makes it refused", () => {
  const entry = { cle: "k1" };
  const stored = { cle: "k1", repas: [{ version: 2 }], avertissements: [], ecart_horloge_s: 7200 };
  const kinds = [
    [201, stored, "stored"], [200, stored, "stored"], [200, null, "later"], [200, { cle: "k2", repas: [] }, "later"], [204, null, "later"],
    [null, null, "later"], [408, { code: "slow_body" }, "later"], [429, { code: "too_many_requests" }, "later"], [500, { code: "internal" }, "later"],
    [503, { code: "unavailable" }, "later"], [401, { code: "unauthorized" }, "login"], [401, null, "login"], [302, null, "later"],
    [400, { code: "bad_body", detail: "no" }, "refused"], [404, { code: "not_found", detail: "no" }, "refused"], [409, { code: "conflict", detail: "no" }, "refused"],
    [403, { code: "forbidden", detail: "no" }, "refused"],
    // The page of a public network, or of a proxy.
    [403, null, "later"], [404, null, "later"],
  ];
  for (const [status, body, kind] of kinds) assert.equal(outcomeOf(entry, status, body).kind, kind, `${status}`);
});

test("a refused entry holds those behind it of its lot, and no other, until it is written anew or given up", async () => {
  const store = await storeOf(draft("a1", 1, 0), draft("b1", 2, 0), draft("a2", 1, 1), draft("b2", 2, 1));
  const answers = (entry) => (entry.cle === "a1" ? [400, { code: "bad_body", detail: "field `morts`", champ: "morts" }] : [201, { cle: entry.cle, repas: [{ version: 1 }] }]);
  const post = async (entry) => {
    const [status, body] = answers(entry);
    return { status, body };
  };
  const { sender, timers } = senderOf(store, post);
  await sender.wake();
  assert.deepEqual(await stateOf(store), [`a1 ${REFUSED}`, `b1 ${STORED}`, `a2 ${TO_SEND}`, `b2 ${STORED}`]);
  assert.equal(timers.length, 0, "nothing is tried again by itself");
  await store.change((entries) => amend(entries, "a1", { cle: "a1bis", corps: { dose_g: 410, morts: 1 } }));
  await sender.wake();
  assert.deepEqual(await stateOf(store), [`a1bis ${STORED}`, `b1 ${STORED}`, `a2 ${STORED}`, `b2 ${STORED}`]);
});

test("a failure of the line stops everything, later and later from two seconds to a minute, and a login is waited for", async () => {
  const store = await storeOf(draft("a1", 1, 0), draft("b1", 2, 0));
  let posts = 0;
  let answer = { status: null, body: null };
  const { sender, timers } = senderOf(store, async () => (posts++, answer));
  const waits = [];
  for (let i = 0; i < 9; i += 1) {
    await sender.wake();
    waits.push(timers.at(-1).ms);
  }
  assert.equal(posts, 9, "one for each attempt: nothing behind the first is tried");
  assert.ok(waits[0] >= 2_000 && waits.at(-1) <= 60_000 && waits.at(-1) > 20_000, `${waits}`);
  assert.deepEqual(waits, [...waits].sort((a, b) => a - b));
  answer = { status: 503, body: { code: "busy" }, waitMs: 45_000 };
  await sender.wake();
  assert.ok(timers.at(-1).ms >= 45_000, "as long as the server says");
  answer = { status: 401, body: null };
  await sender.wake();
  assert.equal(sender.needsLogin, true);
  assert.deepEqual(await stateOf(store), [`a1 ${TO_SEND}`, `b1 ${TO_SEND}`]);
});

test("a correction is based on what came of the entry that it corrects", async () => {
  const store = await storeOf(draft("first", 1, 0), draft("second", 1, 0, "matin", 410));
  const [first, second] = await store.entries();
  assert.deepEqual([first.base, first.sur, second.base, second.sur], [0, null, null, "first"]);
  await store.change(begin);
  await store.change((entries) => settle(entries, "first", { kind: "stored", version: 3 }));
  assert.equal(bodyOf((await store.entries())[1], 0).base, 3);
  // Of one that is given up, its correction takes the place.
  const other = await storeOf(draft("x", 1, 0), draft("y", 1, 0), draft("z", 1, 0));
  await other.change((entries) => discard(entries, "y"));
  assert.deepEqual((await other.entries()).map(({ cle, sur }) => [cle, sur]), [["x", null], ["z", "x"]]);
});

test("an entry that may have arrived is not taken back, and what was sent once never changes but for its clock", async () => {
  const store = await storeOf(draft("a1", 1, 0));
  const { taken } = await store.change(begin);
  await store.change((entries) => settle(entries, "a1", { kind: "later" }));
  await store.change((entries) => discard(entries, "a1"));
  const [entry] = await store.entries();
  assert.equal(entry.etat, TO_SEND);
  assert.deepEqual({ ...bodyOf(entry, 5_000), horloge: null }, { ...bodyOf(taken, 0), horloge: null });
});

test("no more than five hundred wait, and what was stored makes room once it has been seen", async () => {
  let entries = [];
  const apply = ({ put, remove }) => {
    const kept = new Map(entries.filter(({ n }) => !remove.includes(n)).map((entry) => [entry.n, entry]));
    for (const entry of put) kept.set(entry.n ?? kept.size + 1, { n: kept.size + 1, ...entry });
    entries = [...kept.values()];
  };
  for (let i = 0; i < MOST_ENTRIES; i += 1) apply(append(entries, draft(`k${i}`, 1, i), 0));
  assert.equal(append(entries, draft("more", 1, 999), 0).full, true);
  for (let i = 0; i < 60; i += 1) {
    apply(begin(entries));
    apply(settle(entries, `k${i}`, { kind: "stored", version: 1 }));
    apply(see(entries, new Set([`k${i}`])));
  }
  assert.equal(append(entries, draft("more", 1, 999), 0).full, undefined);
  assert.ok(entries.length < MOST_ENTRIES - 20, `${entries.length}`);
});

/** Numbers that are the same in every run. */
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("whatever the line, the tabs, crashes and other devices do, each entry is stored once, those of a lot in their order", async () => {
  for (let seed = 1; seed <= 400; seed += 1) await oneRun(seed);
});

async function oneRun(seed) {
  const pick = randomOf(seed);
  const server = new FakeServer();
  const store = new EntryStore(null);
  let inFlight = 0;
  let isBad = true;
  const post = async ({ lot_id }, body) => {
    inFlight += 1;
    assert.equal(inFlight, 1, "one in flight, in all tabs");
    for (let i = pick(4); i > 0; i -= 1) await null;
    const fate = isBad ? pick(6) : 5;
    // Lost on the way there, on the way back, or answered by something else.
    const answer = fate === 0 ? null : server.enter(lot_id, body);
    for (let i = pick(4); i > 0; i -= 1) await null;
    inFlight -= 1;
    if (fate <= 1) return { status: null, body: null };
    if (fate === 2) return { status: 502, body: null };
    return { status: answer[0], body: JSON.parse(JSON.stringify(answer[1])) };
  };
  let turns = Promise.resolve();
  const turn = (act) => (turns = turns.then(() => act(async () => {})));
  const tabs = [senderOf(store, post, turn), senderOf(store, post, turn)];
  const written = [];
  for (let step = 0; step < 25; step += 1) {
    const [lot, jour] = [1 + pick(2), pick(3)];
    const act = pick(8);
    if (act < 4) {
      const cle = `${seed}-${step}`;
      written.push(cle);
      await store.change((entries) => append(entries, draft(cle, lot, jour), server.versions.get(`${lot} ${jour} matin`) ?? 0));
    } else if (act === 4) server.change(`${lot} ${jour} matin`);
    else if (act === 5) await store.change((entries) => see(entries, new Set(entries.map(({ cle }) => cle))));
    // The tab may die while it sends: its entry stays as it is then.
    else if (act === 6) await store.change(begin);
    tabs[pick(2)].sender.wake();
    for (let i = pick(6); i > 0; i -= 1) await null;
  }
  isBad = false;
  const given = new Set();
  for (let round = 0; round < 60; round += 1) {
    await tabs[round % 2].sender.wake();
    const refused = (await store.entries()).find(({ etat }) => etat === REFUSED);
    if (refused && pick(2)) {
      given.add(refused.cle);
      await store.change((entries) => discard(entries, refused.cle));
    } else if (refused) {
      const fresh = `${refused.cle}'`;
      written[written.indexOf(refused.cle)] = fresh;
      await store.change((entries) => amend(entries, refused.cle, { cle: fresh, corps: { dose_g: 1, morts: 0 } }));
    }
  }
  const left = (await store.entries()).filter(({ etat }) => etat !== STORED);
  assert.deepEqual(left, [], `seed ${seed}`);
  const wanted = written.filter((cle) => !given.has(cle));
  assert.deepEqual([...server.keys.keys()].sort(), [...wanted].sort(), `seed ${seed}: each once`);
  for (const lot of [1, 2]) {
    const stored = server.order.filter(([of]) => of === lot).map(([, cle]) => cle);
    assert.deepEqual(stored, [...stored].sort((a, b) => wanted.indexOf(a) - wanted.indexOf(b)), `seed ${seed}: in order`);
  }
}

test("while a tab has the turn another one comes back a little later", async () => {
  const store = await storeOf(draft("a1", 1, 0));
  const { sender, timers } = senderOf(store, async () => assert.fail("it has no turn"), async () => false);
  await sender.wake();
  assert.equal(timers.length, 1);
  assert.deepEqual(await stateOf(store), [`a1 ${TO_SEND}`]);
  assert.notEqual(TO_SEND, SENT);
});
