-- Of lots that are there. $18 is the version on which a new state builds, null where this transaction holds the lot; if one of them is not that
-- any more, the statement fails (division by zero), and with it the transaction. Weighings come as texts, since unnest takes arrays
-- of arrays apart.
WITH moved AS (
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
        $15::timestamptz[], $16::text[], $17::text[], $18::text[])
        AS t (code_lot, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel, moment_actuel,
            poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, dernier_releve, pesees_places, pesees_g, version)
    WHERE lot.code_lot = t.code_lot AND (t.version IS NULL OR lot.xmin = t.version::xid)
    RETURNING 1
)
SELECT 1 / (count(*) = cardinality($1))::integer = 1 AS is_whole, pg_current_xact_id()::xid::text AS version FROM moved
