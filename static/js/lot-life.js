const STEPS = ["planifie", "en_preparation", "en_gavage", "pret_abattage", "abattu", "controle_qualite", "clos"];

/**
 * The stages of a lot in order, each `{step, state: "done"|"now"|"todo", at: instant|null, by: name|null}`. A stage that this lot did not
 * go through, as far as anybody told, is left out; one that ended it early stands last.
 */
export function lifeSteps({ lot, repas, qualite }, events = []) {
  const told = Object.fromEntries(events.map(({ vers, le, par, motif }) => [vers, { at: le, by: par, why: motif }]));
  const known = {
    ...told,
    en_gavage: { at: repas[0]?.time ?? null, why: told.en_gavage?.why },
    pret_abattage: { at: qualite.en_attente_depuis, by: told.pret_abattage?.by },
    controle_qualite: { at: qualite.prise_le, by: qualite.prise_par },
    clos: { at: qualite.terminee_le },
  };
  const place = STEPS.indexOf(lot.statut);
  if (place < 0) return [{ step: lot.statut, state: "now", at: lot.updated_at, by: null, why: null, ...told[lot.statut] }];
  const isKnown = (step, i) => i >= place || known[step]?.at;
  const isOptional = (step) => step === "planifie" || step === "en_preparation" || step === "abattu";
  return STEPS.map((step, i) => ({
    step,
    state: i < place || (i === place && step === "clos") ? "done" : i === place ? "now" : "todo",
    at: known[step]?.at ?? null,
    by: known[step]?.by ?? null,
    why: known[step]?.why ?? null,
    shown: i === place || told[step] !== undefined && i < place || (isKnown(step, i) && !isOptional(step)),
  })).filter(({ shown }) => shown).map(({ shown, ...step }) => step);
}
