-- A state that another writer has meanwhile moved further is left alone. Weighings come as texts, since unnest takes arrays of
-- arrays apart.
WITH stored AS (
    INSERT INTO lots_gavage AS lot
        (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel,
         moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, dernier_releve,
         pesees_places, pesees_g)
    SELECT t.code_lot, t.gaveur_id, t.site_code, t.genetique, t.debut_lot, t.nb_canards_initial, t.nb_canards_actuel, t.jour_actuel,
        t.moment_actuel, t.poids_moyen_actuel, t.taux_mortalite, t.pret_abattage, t.statut, t.simule, t.dernier_releve,
        string_to_array(t.pesees_places, ',')::integer[], string_to_array(t.pesees_g, ',')::double precision[]
    FROM unnest(
        $1::text[], $2::integer[], $3::text[], $4::text[], $5::date[], $6::integer[], $7::integer[], $8::integer[],
        $9::text[], $10::double precision[], $11::double precision[], $12::boolean[], $13::text[], $14::boolean[],
        $15::timestamptz[], $16::text[], $17::text[])
        AS t (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel, moment_actuel,
            poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, dernier_releve, pesees_places, pesees_g)
    ON CONFLICT (code_lot) DO UPDATE SET
        gaveur_id = EXCLUDED.gaveur_id,
        site_code = EXCLUDED.site_code,
        nb_canards_initial = EXCLUDED.nb_canards_initial,
        nb_canards_actuel = EXCLUDED.nb_canards_actuel,
        jour_actuel = EXCLUDED.jour_actuel,
        moment_actuel = EXCLUDED.moment_actuel,
        poids_moyen_actuel = EXCLUDED.poids_moyen_actuel,
        taux_mortalite = EXCLUDED.taux_mortalite,
        pret_abattage = EXCLUDED.pret_abattage,
        statut = EXCLUDED.statut,
        simule = EXCLUDED.simule,
        dernier_releve = EXCLUDED.dernier_releve,
        pesees_places = EXCLUDED.pesees_places,
        pesees_g = EXCLUDED.pesees_g,
        updated_at = now()
    WHERE (EXCLUDED.jour_actuel, EXCLUDED.moment_actuel) >= (lot.jour_actuel, lot.moment_actuel)
    RETURNING 1
)
SELECT count(*) = cardinality($1) AS is_whole, pg_current_xact_id()::xid::text AS version FROM stored
