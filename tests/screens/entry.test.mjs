import assert from "node:assert/strict";
import test from "node:test";
import { entryLots, likelyTime } from "../../static/js/entry-lots.js";
import { judge } from "../../static/js/entry-warnings.js";
import { bodyOfDraft, draftOf, numberOf } from "../../static/js/meal-draft.js";
import { STORED, TO_SEND } from "../../static/js/entry-queue.js";
import { en, fr } from "./texts.mjs";

/** As the server tells them: `LIMITS` in src/domain/saisie/limits.rs. */
const LIMITS = {
  dose_g: [1, 600], dose_confirmee_g: 800, dose_inhabituelle_g: 560, pas_g: 50, pas_pct: 15, ecarts_pct: [5, 10, 25], refus_pct: -30,
  poids_g: [3000, 9000], poids_variation_pct: 8, morts_pct: 1, temperature_c: [-10, 45], temperature_habituelle_c: [18, 25],
  temperature_grave_c: [15, 28], humidite_pct: [0, 100], humidite_habituelle_pct: [50, 75], avance_s: 900, retard_s: 43_200, horloge_s: 120,
};
const DRAFT = { dose_g: 400, morts: 0, poids_g: null, temperature_c: null, humidite_pct: null, heure_ms: null, raison_ecart: null };
const AROUND = { planned: 400, before: [{ dose_reelle: 395, poids_moyen: 5000 }], ducks: 1000, now: 100_000_000, needsDeaths: true };

function said(draft, around = {}) {
  const { errors, warnings, mustConfirm } = judge(LIMITS, { ...DRAFT, ...draft }, { ...AROUND, ...around });
  for (const { key } of [...errors, ...warnings]) for (const texts of [fr, en]) assert.ok(key in texts, key);
  const short = (list) => list.map(({ champ, niveau, key }) => `${champ} ${niveau} ${key.split(".").slice(1).join(".")}`);
  return [...short(errors), ...short(warnings), ...(mustConfirm ? ["confirm"] : [])].join(", ");
}

test("an ordinary meal is written without a word", () => {
  assert.equal(said({}), "");
  assert.equal(said({ poids_g: 5100, temperature_c: 21, humidite_pct: 60, heure_ms: AROUND.now }), "");
});

test("a dose is judged by its distance from the plan, alike on both sides but for a refusal, and from the meal before", () => {
  const alone = { before: [] };
  const levels = [[380.1, ""], [380, "ambre below"], [420, "ambre above"], [440, "orange above"], [360, "orange below"], [500, "rouge above"], [300, "rouge below"], [280, "rouge below"]];
  for (const [dose_g, level] of levels) {
    const [niveau, side] = level.split(" ");
    assert.equal(said({ dose_g }, alone), level && `dose_g ${niveau} warn.${side}`, `${dose_g}`);
  }
  assert.equal(said({ dose_g: 450 }, { planned: null }), "dose_g ambre warn.step");
  assert.equal(said({ dose_g: 570 }, { planned: null, before: [] }), "dose_g orange warn.large");
});

test("two meals in one are asked about, an impossible dose is not sent, and a skipped meal needs a reason", () => {
  assert.equal(said({ dose_g: 700 }, { planned: null, before: [] }), "dose_g rouge warn.twoMeals, confirm");
  assert.match(said({ dose_g: 801 }, { planned: null, before: [] }), /^dose_g rouge error.dose/);
  assert.equal(said({ dose_g: NaN }), "dose_g rouge error.dose");
  assert.equal(said({ dose_g: null }), "dose_g rouge error.noDose");
  assert.equal(said({ dose_g: 0 }), "raison_ecart rouge error.noReason");
  assert.equal(said({ dose_g: 0, raison_ecart: "panne" }), "");
});

test("deaths, weight, barn and time are judged as the server does", () => {
  assert.equal(said({ morts: 10 }), "");
  assert.equal(said({ morts: 11 }), "morts orange warn.deaths");
  assert.equal(said({ morts: 1001 }), "morts rouge error.deaths");
  assert.equal(said({ morts: 1.5 }), "morts rouge error.deaths");
  assert.equal(said({ morts: null }), "morts rouge error.noDeaths");
  assert.equal(said({ morts: null }, { needsDeaths: false }), "");
  assert.equal(said({ poids_g: 5401 }), "poids ambre warn.weight");
  assert.equal(said({ poids_g: 500 }), "poids rouge error.weight");
  assert.equal(said({ temperature_c: 25 }), "temperature_c orange warn.temperature");
  assert.equal(said({ temperature_c: 15 }), "temperature_c rouge warn.temperature");
  assert.equal(said({ temperature_c: NaN }), "temperature_c rouge error.range");
  assert.equal(said({ humidite_pct: 75 }), "humidite_pct orange warn.humidity");
  assert.equal(said({ heure_ms: AROUND.now - 43_201_000 }), "heure ambre warn.late");
  assert.equal(said({ heure_ms: AROUND.now + 901_000 }), "heure rouge error.ahead");
});

test("numbers are read with a comma or a point, and anything else is no number", () => {
  assert.deepEqual(["402,5", " 402.5 ", "1 000", "", "-3"].map(numberOf), [402.5, 402.5, 1000, null, -3]);
  for (const text of ["4a", "1,2,3", "--1", "1e3"]) assert.ok(Number.isNaN(numberOf(text)), text);
});

const FIELDS = { dose_g: "402,5", morts: "2", poids_g: "5030", nb: "20", temperature_c: "21", humidite_pct: "", cause: "", raison_ecart: "", remarque: " calme ", heure: "" };

test("a new meal says what was written, and a correction what it changes", () => {
  const draft = draftOf(FIELDS);
  const now = Date.UTC(2026, 10, 22, 7);
  const at = "2026-11-22T07:00:00.000Z";
  const body = bodyOfDraft(draft, { stored: null, now, par: "Jeanne", mustConfirm: false });
  assert.deepEqual(body, { dose_g: 402.5, heure: at, saisi_le: at, morts: 2, temperature_c: 21, poids: { moyenne_g: 5030, nb: 20 }, remarque: "calme", par: "Jeanne" });
  const stored = { morts: 2, poids_moyen: 5030, temperature_stabule: 22, humidite_stabule: 60 };
  const correction = bodyOfDraft(draft, { stored, now, par: null, mustConfirm: true });
  assert.deepEqual(correction, { dose_g: 402.5, heure: at, saisi_le: at, temperature_c: 21, humidite_pct: null, remarque: "calme", confirmer: true });
  // A stream has counted the ducks: a correction of the dose alone leaves its count.
  const streamed = bodyOfDraft(draftOf({ ...FIELDS, morts: "" }), { stored: { morts: null }, now, par: null, mustConfirm: false });
  assert.equal("morts" in streamed, false);
});

function sheet() {
  const meal = (jour, moment, fields) => ({ jour, moment, dose_reelle: 300, dose_theorique: 300, time: `2026-11-2${jour}T${moment === "soir" ? 17 : 5}:00:00Z`, version: 1, morts: null, poids_moyen: null, ...fields });
  const points = Array.from({ length: 8 }, (_, i) => ({ jour: i >> 1, moment: i % 2 ? "soir" : "matin", dose_g: 300 + i }));
  return {
    lots: [{
      lot: { id: 5, code_lot: "LL2611005", debut_lot: "2026-11-20", nb_canards_actuel: 1000 }, plan: { points },
      repas: [meal(0, "matin"), meal(1, "matin")], manquants: [{ jour: 0, moment: "soir" }], prochain: { jour: 1, moment: "soir", dose_g: 303, total_kg: 303 },
    }],
  };
}

const entry = (cle, jour, moment, corps, etat = TO_SEND) => ({ cle, lot_id: 5, jour, moment, etat, vu: false, version: 1, corps: { dose_g: 310, heure: "2026-11-21T17:00:00Z", ...corps } });

test("what waits counts as given: the next meal, the missing ones and the ducks follow from it", () => {
  const [before] = entryLots(sheet(), []);
  assert.deepEqual([before.next.jour, before.next.moment, before.next.dose_g, before.next.total_kg], [1, "soir", 303, 303]);
  assert.deepEqual(before.missing, [{ jour: 0, moment: "soir" }]);
  const [lot] = entryLots(sheet(), [entry("a", 1, "soir", { morts: 3 }), entry("b", 0, "soir", { morts: 1 }), entry("c", 1, "soir", { morts: 2 })]);
  assert.deepEqual(lot.missing, []);
  assert.deepEqual([lot.next.jour, lot.next.moment, lot.next.dose_g], [2, "matin", 304]);
  assert.equal(lot.ducks, 997, "a correction of deaths is no second death");
  assert.deepEqual(lot.meals.map(({ jour, moment, etat }) => `${jour} ${moment} ${etat}`), ["0 matin null", "0 soir a_envoyer", "1 matin null", "1 soir a_envoyer"]);
  assert.ok(Math.abs(lot.next.total_kg - 303.088) < 1e-9);
});

test("what the server has told since is not counted twice", () => {
  const [lot] = entryLots(sheet(), [{ ...entry("a", 1, "matin", { morts: 3 }, STORED), vu: true }]);
  assert.equal(lot.ducks, 1000);
  assert.equal(lot.meals.at(-1).dose_reelle, 300);
});

test("without a plan nothing is proposed", () => {
  const bare = sheet();
  bare.lots[0].plan = null;
  bare.lots[0].prochain = { jour: 1, moment: "soir", dose_g: null, total_kg: null };
  assert.equal(entryLots(bare, [])[0].next.dose_g, null);
});

test("a missing meal is thought to have been given at the hour of the nearest one of its kind", () => {
  const [lot] = entryLots(sheet(), [entry("a", 1, "soir", {})]);
  const now = Date.UTC(2026, 10, 23);
  assert.equal(likelyTime(lot, { jour: 0, moment: "soir" }, now), Date.UTC(2026, 10, 20, 17));
  assert.equal(likelyTime(lot, { jour: 9, moment: "soir" }, now), now, "never ahead");
});
