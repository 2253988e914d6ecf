import assert from "node:assert/strict";
import test from "node:test";
import { cellSize } from "../../static/js/cell-size.js";
import { barsPath } from "../../static/js/ecart-bars.js";
import { Slots } from "../../static/js/slots.js";
import { addressOfView, passes, viewOfAddress } from "../../static/js/wall-address.js";

test("a place does not move when others come and go, and a newcomer takes the first free one", () => {
  const slots = new Slots();
  for (const name of ["a", "b", "c"]) slots.take(name);
  slots.leave("a");
  assert.deepEqual(slots.places, [null, "b", "c"]);
  assert.equal(slots.take("c"), 2);
  assert.equal(slots.take("d"), 0);
  assert.equal(slots.take("e"), 3);
});

test("places never outnumber the lots that were there at once, however many come and go", () => {
  const slots = new Slots();
  for (let number = 0; number < 500; number += 1) {
    slots.take(number);
    slots.leave(number - 10);
    assert.ok(slots.places.length <= 11, `${slots.places.length} places`);
  }
  for (let number = 0; number < 500; number += 1) slots.leave(number);
  assert.deepEqual(slots.places, []);
});

test("three hundred lots of three sites fit beside the queue on a screen of 1920 by 1080, and so do a few large ones", () => {
  const area = { width: 1395, height: 690 };
  assert.equal(cellSize([100, 100, 100], area), "xs");
  assert.equal(cellSize([180, 90, 30], area), "xs");
  assert.equal(cellSize([40, 40, 40], area), "m");
  assert.equal(cellSize([16, 15, 9], area), "xl");
  assert.equal(cellSize([0, 0, 0], area), "xl");
  assert.equal(cellSize([900, 900, 900], area), "xs");
});

test("a bar goes up for more than planned, down for less, is full at ten percent, and is left out where nothing is known", () => {
  assert.equal(barsPath([null, 0, 10, -10, 300]), "M11 9h8V11h-8zM21 0h8V11h-8zM31 9h8V20h-8zM41 0h8V11h-8z");
});

test("an address names the view, and the view its address", () => {
  const all = { site: "", lot: "", todo: false, ended: "", wall: 0 };
  assert.deepEqual(viewOfAddress(""), all);
  assert.equal(addressOfView(all), "");
  const view = { site: "LS", lot: "le goff", todo: true, ended: "MT", wall: 12 };
  assert.equal(addressOfView(view), "?site=LS&lot=le+goff&etat=todo&termines=MT&mur");
  assert.deepEqual(viewOfAddress(addressOfView(view)), view);
  assert.deepEqual(viewOfAddress("?mur=30"), { ...all, wall: 30 });
  assert.equal(addressOfView({ ...all, wall: 30 }), "?mur=30");
  assert.deepEqual(viewOfAddress("?site=XX&etat=open&autre=1"), all);
});

test("a lot is found by its code or its farmer, and among those to treat if something of it is", () => {
  const lot = { code_lot: "LL2611001", gaveur_nom: "Anne Le Goff" };
  const view = (more) => ({ lot: "", todo: false, ...more });
  assert.ok(passes(lot, undefined, view({ lot: " le GOFF " })));
  assert.ok(passes(lot, undefined, view({ lot: "11001" })));
  assert.ok(!passes(lot, undefined, view({ lot: "dupont" })));
  assert.ok(!passes(lot, { toTreat: 0, total: 1 }, view({ todo: true })));
  assert.ok(passes(lot, { toTreat: 1, total: 1 }, view({ todo: true })));
});
