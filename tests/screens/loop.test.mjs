import assert from "node:assert/strict";
import test from "node:test";
import * as words from "../../static/js/texts/boucle.js";

globalThis.document = { documentElement: { lang: "fr" }, querySelector: () => ({ content: "Europe/Paris" }) };
const { addTexts } = await import("../../static/js/i18n.js");
const { relationWords } = await import("../../static/js/relations.js");
const { ratingWords } = await import("../../static/js/rating-figures.js");
addTexts(words);

const relation = (more) => ({ sortie: "note", entree: "mais_g_par_canard", n: 24, rho: 0.1, ic95: [-0.3, 0.5], q: 0.8, lecture: "rien à conclure", ...more });
const over = (lots, relations) => ({ lots, minimum: 20, avis_par_lot: { min: 5, mediane: 12, max: 40 }, simule: false, relations });

test("with too few lots it is said how many are missing, and no relation is told", () => {
  const [lots, missing, ...more] = relationWords(over(7, [relation({ n: 7, rho: null, ic95: null, lecture: "il manque 13 lots" }), relation({ n: 5, rho: null, lecture: "il manque 15 lots" })]));
  assert.match(lots, /^Lots clos de 5 avis ou plus : 7, de 5 à 40 avis par lot, médiane 12/);
  assert.equal(missing, "Trop tôt pour dire ce qui va ensemble : il faut 20 lots, il en manque 13.");
  assert.deepEqual(more, []);
  assert.deepEqual(relationWords({ ...over(0, []), avis_par_lot: null }), ["Aucun lot clos n’a encore 5 avis."]);
});

test("a hint is told in words with its interval, and of the others that nothing can be concluded", () => {
  const hint = relation({ sortie: "note", entree: "oxydation", n: 41, rho: -0.52, ic95: [-0.72, -0.25], lecture: "indice" });
  const [, told, rest, few] = relationWords(over(41, [hint, relation(), relation(), relation({ n: 12, rho: null, ic95: null, lecture: "il manque 8 lots" })]));
  assert.equal(told, "Indice : l’indice d’oxydation des foies et la note varient en sens contraire (ρ −0,52, 19 fois sur 20 entre −0,72 et −0,25, 41 lots).");
  assert.equal(rest, "Rien à conclure des autres paires de mesures (2).");
  assert.equal(few, "Paires de mesures connues de moins de 20 lots : 1.");
  assert.match(relationWords(over(24, [relation(), relation()]))[1], /^Rien à conclure : aucune des paires de mesures regardées \(2\)/);
});

test("every measure of the correlations has a name in both languages", () => {
  const outputs = ["note", "texture", "flavor", "color", "aroma", "freshness", "itm", "foie_g", "cv", "perte_pct"];
  const inputs = ["mais_g_par_canard", "repas", "pente_repas_1_12", "plateau_g", "ecart_moyen_pct", "part_repas_hors_5_pct", "part_hors_ambiance", "fraicheur", "oxydation"];
  for (const of of [words.fr, words.en]) {
    for (const name of outputs) assert.ok(of[`loop.output.${name}`], name);
    for (const name of inputs) assert.ok(of[`loop.input.${name}`], name);
  }
});

test("ratings are told with how sure they are, and what too few cannot tell is left out", () => {
  const row = { cle: "LL", n: 4, moyenne: null, ic95: null, nps: null, nps_ic95: null, recommande_pct: null, recommande_n: 3 };
  const many = { cle: "LS", n: 120, moyenne: 4.12, ic95: [3.9, 4.34], nps: 23.3, nps_ic95: [10, 36], recommande_pct: 81.8, recommande_n: 110 };
  const told = ratingWords({ lignes: [row, many], differences: [{ a: "LL", b: "LS", difference: -0.3, ic95: [-0.5, -0.1], lecture: "différent" }] });
  assert.equal(told[0], "LL, 4 avis : trop peu pour une moyenne, il en faut 5.");
  assert.equal(told[1], "LS, 120 avis : 4,1 sur 5 en moyenne, 19 fois sur 20 entre 3,9 et 4,3 ; 82\u202f% de 110 réponses le conseilleraient ; 5 étoiles moins 1 et 2 étoiles +23 points, entre +10 et +36.");
  assert.equal(told[2], "LL et LS diffèrent : −0,30 étoile, 19 fois sur 20 entre −0,50 et −0,10.");
  assert.match(ratingWords({ lignes: [], differences: [] })[0], /^Aucun avis/);
});
