import assert from "node:assert/strict";
import test from "node:test";
import { addressOfFilter, filterOfAddress, needsHistory, passes, serverQuery } from "../../static/js/alert-filter.js";

const open = { site: "", severity: "", lot: "", state: "open", more: false };
const alert = { site_code: "LL", severite: "critical", code_lot: "LL2611001", gaveur_nom: "Jean Martin", ouverte: true, acquittee: false };

test("an address and its filter are each other's inverse", () => {
  for (const filter of [open, { site: "MT", severity: "info", lot: "Le Goff & fils", state: "history", more: true }, { ...open, state: "todo" }]) {
    assert.deepEqual(filterOfAddress(addressOfFilter(filter)), filter);
  }
  assert.equal(addressOfFilter(open), "");
});

test("what an address cannot mean is left open", () => {
  assert.deepEqual(filterOfAddress("?site=XX&severite=fatal&etat=toString"), open);
});

test("an alert passes when site, severity, lot or gaveur, and state agree", () => {
  assert.ok(passes(alert, open));
  assert.ok(passes(alert, { site: "LL", severity: "critical", lot: " martin ", state: "todo" }));
  assert.ok(passes(alert, { ...open, lot: "ll2611" }));
  for (const other of [{ site: "LS" }, { severity: "info" }, { lot: "MT" }, { state: "acknowledged" }, { state: "history" }]) {
    assert.equal(passes(alert, { ...open, ...other }), false, JSON.stringify(other));
  }
});

test("an acknowledged alert stays open until its condition ends", () => {
  const seen = { ...alert, acquittee: true };
  const states = (one) => ["open", "todo", "acknowledged", "history"].filter((state) => passes(one, { ...open, state }));
  assert.deepEqual(states(seen), ["open", "acknowledged"]);
  assert.deepEqual(states({ ...seen, ouverte: false }), ["acknowledged", "history"]);
  assert.deepEqual(states({ ...alert, ouverte: false }), ["history"]);
});

test("an alert without lot or gaveur is found by its site only", () => {
  const bare = { ...alert, code_lot: null, gaveur_nom: null };
  assert.ok(passes(bare, { ...open, site: "LL" }));
  assert.equal(passes(bare, { ...open, lot: "null" }), false);
});

test("the server is asked by whole codes only", () => {
  assert.equal(serverQuery({ ...open, state: "history", lot: "ll2611001" }, 100), "ouverte=false&code_lot=LL2611001&limit=100");
  assert.equal(serverQuery({ ...open, state: "acknowledged", lot: "martin", site: "LS" }, 500), "acquittee=true&site=LS&limit=500");
});

test("only what is not among the open alerts has to be asked for", () => {
  assert.deepEqual(["open", "todo", "acknowledged", "history"].map((state) => needsHistory({ state })), [false, false, true, true]);
});
