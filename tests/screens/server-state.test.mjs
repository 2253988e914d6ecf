import assert from "node:assert/strict";
import test from "node:test";
import { fr } from "../../static/js/texts/etat.js";

globalThis.document = { documentElement: { lang: "fr" }, querySelector: () => ({ content: "Europe/Paris" }) };
const { addTexts } = await import("../../static/js/i18n.js");
const { nowText, sentenceOf, sizeText } = await import("../../static/js/server-words.js");
addTexts({ fr, en: {} });

const part = (partie, etat) => ({ partie, etat });
const report = (more = {}) => ({
  timestamp: "2026-11-29T20:00:00Z", situation: "tout_va_bien", base_injoignable_depuis: null, en_attente: { releves: 0, echantillons: 0 },
  refuses: 0, parties: [part("base", "ok"), part("diffusion", "attention"), part("stations", null), part("file", "panne")],
  producteurs: [], releves_par_minute: 12, echantillons_par_minute: 3, trames_par_minute: 1200, ecrans: 2, ...more,
});

test("one sentence tells the state of the server", () => {
  assert.equal(sentenceOf(report()), "Tout va bien");
  assert.equal(sentenceOf(report({ situation: "a_surveiller" })), "À surveiller : Diffusion aux écrans, File d’écriture");
  const away = { situation: "base_injoignable", base_injoignable_depuis: "2026-11-29T19:49:30Z" };
  const waiting = (releves, refuses = 0) => sentenceOf(report({ ...away, en_attente: { releves }, refuses }));
  assert.equal(waiting(132), "Base injoignable depuis 20:49 ; 132 relevés attendent, rien n’est perdu");
  assert.equal(waiting(1), "Base injoignable depuis 20:49 ; 1 relevé attend, rien n’est perdu");
  assert.equal(waiting(0), "Base injoignable depuis 20:49 ; aucun relevé n’attend, rien n’est perdu");
  // What was refused for lack of room is not said to be safe.
  assert.equal(waiting(900, 4), "Base injoignable depuis 20:49 ; 900 relevés attendent, 4 messages refusés sont à renvoyer");
  assert.equal(sentenceOf(report({ situation: "nouvelle" })), "nouvelle");
});

test("each part says what it does now, and of stations that never came it says so", () => {
  assert.equal(nowText("reception", report()), "12 relevés/min, 3 foies/min");
  assert.equal(nowText("diffusion", report()), "2 écrans, 1\u202f200 trames/min");
  assert.equal(nowText("stations", report()), "aucune ne s’est présentée depuis le démarrage");
  const heard = (genre, dernier_message) => ({ genre, dernier_message });
  const producteurs = [heard("station", "2026-11-29T19:58:29Z"), heard("station", "2026-11-29T19:58:30Z"), heard("gaveur", "2026-11-29T10:00:00Z")];
  assert.equal(nowText("stations", report({ producteurs })), "1 muettes sur 2");
});

test("a size is written in a unit that people read, and a missing one is missing", () => {
  assert.deepEqual([9_876_543, 12_345_678_901, null].map(sizeText), ["9,9\u202fMo", "12,3\u202fGo", "–"]);
});
