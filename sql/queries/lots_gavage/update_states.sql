-- Of lots that this transaction holds. Weighings come as texts, since unnest takes arrays of arrays apart.
UPDATE lots_gavage AS lot SET
    gaveur_id = t.gaveur_id,
    site_code = t.site_code,
    nb_canards_initial = t.nb_canards_initial,
    nb_canards_actuel = t.nb_canards_actuel,
    jour_actuel = t.jour_actuel,
    moment_actuel = t.moment_actuel,
    poids_moyen_actuel = t.poids_moyen_actuel,
    taux_mortalite = t.taux_mortalite,
    pret_abattage = t.pret_abattage,
    statut = t.statut,
    simule = t.simule,
    dernier_releve = t.dernier_releve,
    pesees_places = string_to_array(t.pesees_places, ',')::integer[],
    pesees_g = string_to_array(t.pesees_g, ',')::double precision[],
    updated_at = now()
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::date[], $6::integer[], $7::integer[], $8::integer[],
    $9::text[], $10::double precision[], $11::double precision[], $12::boolean[], $13::text[], $14::boolean[],
    $15::timestamptz[], $16::text[], $17::text[])
    AS t (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel, moment_actuel,
        poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, dernier_releve, pesees_places, pesees_g)
WHERE lot.code_lot = t.code_lot
