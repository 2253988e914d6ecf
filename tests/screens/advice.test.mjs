import assert from "node:assert/strict";
import test from "node:test";
import * as loopWords from "../../static/js/texts/boucle.js";
import * as words from "../../static/js/texts/advice.js";

globalThis.document = { documentElement: { lang: "fr" }, querySelector: () => ({ content: "Europe/Paris" }) };
const { addTexts } = await import("../../static/js/i18n.js");
const { evidenceWords, limitWords } = await import("../../static/js/advice-evidence.js");
const { AdviceStore, COLUMNS, adviceTexts } = await import("../../static/js/advice-store.js");
const { afterWords, nextWords } = await import("../../static/js/after-advice.js");
addTexts(words);
addTexts(loopWords);

const evidence = (more = {}) => ({
  lots: 24, gaveurs: 6, periode: { depuis: "2026-06-02", jusqua: "2026-11-20" }, mesure: "foie_g", rang_pct: 87.5,
  lot: { foie_g: 480.2, perte_pct: 2.5 }, limites: ["observation", "peu_de_lots"],
  mesures: [{
    mesure: "foie_g", groupes: [{ nom: "hors_plan", n: 6, moyenne: 475.3, sd: 4 }, { nom: "suivi", n: 18, moyenne: 525, sd: 4 }],
    difference: -49.7, ic95: [-53.1, -46.2],
  }],
  ...more,
});

test("the evidence says whom the lot was compared with, how many there were and how sure the difference is", () => {
  const [compared, rank, contrast] = evidenceWords(evidence());
  assert.equal(compared, "Comparé à 24 lots clos de 6 gaveurs, même site et même génétique, du 2 juin 2026 au 20 novembre 2026.");
  assert.equal(rank, "Foie moyen : 480,2\u202fg ; 88\u202f% de ces lots font mieux.");
  assert.equal(
    contrast,
    "Foie moyen : hors plan 475,3\u202fg (6 lots) contre plan suivi 525,0\u202fg (18 lots) ; différence −49,7\u202fg, 19 fois sur 20 entre −53,1\u202fg et −46,2\u202fg.",
  );
  assert.match(limitWords(evidence())[0], /une autre cause est possible/);
});

test("a difference without an interval says so, and one of losses is in points", () => {
  const groupes = [{ nom: "hors_plan", n: 3, moyenne: 4.5, sd: 1 }, { nom: "suivi", n: 18, moyenne: 2, sd: 1 }];
  const of = { mesure: "perte_pct", groupes, difference: 2.5, ic95: null };
  const [, contrast] = evidenceWords(evidence({ rang_pct: null, mesures: [of] }));
  assert.equal(contrast, "Pertes : hors plan 4,5\u202f% (3 lots) contre plan suivi 2,0\u202f% (18 lots) ; différence +2,5\u202fpoints, trop peu de lots ou de gaveurs pour dire entre quelles valeurs.");
});

test("of a lot's own rating the number is that of its ratings", () => {
  const groupes = [{ nom: "ce_lot", n: 24, moyenne: 3.12, sd: 1 }, { nom: "autres", n: 34, moyenne: 4.05, sd: 0.2 }];
  const rating = { mesure: "note", groupes, difference: -0.93, ic95: [-1.3, -0.56] };
  const [, rank, contrast] = evidenceWords(evidence({ mesure: "note", lot: { note: 3.12 }, rang_pct: 97, mesures: [rating] }));
  assert.equal(rank, "Note des consommateurs : 3,12 ; 97\u202f% de ces lots font mieux.");
  assert.equal(contrast, "Note des consommateurs : ce lot 3,12 (24 avis) contre les autres 4,05 (34 lots) ; différence −0,93, 19 fois sur 20 entre −1,30 et −0,56.");
});

const advice = (id, etat) => ({ id, etat });

test("a step that comes while the list is on its way is newer than the list", () => {
  const store = new AdviceStore();
  store.startLoading();
  store.apply({ type: "recommandation", data: advice(1, "lue") });
  store.applyList([advice(1, "envoyee"), advice(2, "proposee")]);
  assert.deepEqual(store.all(), [advice(2, "proposee"), advice(1, "lue")]);
  assert.equal(store.apply({ type: "alert", data: advice(3, "proposee") }), null);
});

test("every state has one column", () => {
  const states = ["proposee", "validee", "envoyee", "lue", "acceptee", "refusee", "expiree", "rejetee"];
  assert.deepEqual(COLUMNS.flatMap(([, of]) => of).sort(), [...states].sort());
});

test("a supervisor's own words are shown in both languages, for they stand in one", () => {
  const edited = { titre: "Un titre", texte: "À lui", en: { titre: "A title", texte: null } };
  assert.deepEqual(adviceTexts(edited, "en"), { title: "A title", text: "À lui" });
});

test("what came after advice is compared only with enough lots, and what is missing is said", () => {
  const few = { acceptees: 3, refusees: 20, jamais: 40, minimum: 20, contre_refusees: null, contre_jamais: null };
  assert.deepEqual(afterWords(few), ["Pas encore comparable : conseils acceptés (3, il en manque 17). Il faut 20 lots suivis de chaque côté."]);
  const contre_refusees = { groupes: [{ moyenne: -0.9 }, { moyenne: -0.5 }], difference: -0.4, ic95: [-0.7, -0.1] };
  assert.deepEqual(afterWords({ ...few, acceptees: 20, contre_refusees }), [
    "ITM d’un lot au suivant : acceptés −0,90, conseils refusés −0,50 ; différence −0,40, 19 fois sur 20 entre −0,70 et −0,10.",
  ]);
  const next = nextWords({ itm: 16.24, code_lot_suivant: "LL2612001", itm_suivant: 14.96 });
  assert.equal(next, "ITM 16,2, lot suivant LL2612001 : ITM 15,0");
  assert.doesNotMatch(next, /amélior/);
});
