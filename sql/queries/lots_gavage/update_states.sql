-- Updates existing lots. $23 is the row version that a new state is based on, null if this transaction holds the lot's lock. If a version
-- has changed, the statement fails (division by zero) and aborts the transaction. Weighings are passed as texts, because unnest flattens
-- nested arrays.
WITH moved AS (
    UPDATE lots_gavage AS lot SET
        gaveur_id = t.gaveur_id,
        site_code = t.site_code,
        debut_lot = t.debut_lot,
        nb_canards_initial = t.nb_canards_initial,
        nb_canards_actuel = t.nb_canards_actuel,
        jour_actuel = t.jour_actuel,
        moment_actuel = t.moment_actuel,
        poids_moyen_actuel = t.poids_moyen_actuel,
        taux_mortalite = t.taux_mortalite,
        pret_abattage = t.pret_abattage,
        statut = t.statut,
        simule = t.simule,
        premier_gaveur_id = t.premier_gaveur_id,
        premier_releve = t.premier_releve,
        premiere_place = t.premiere_place,
        dernier_releve = t.dernier_releve,
        pesees_places = string_to_array(t.pesees_places, ',')::integer[],
        pesees_g = string_to_array(t.pesees_g, ',')::double precision[],
        updated_at = now()
    FROM unnest(
        $1::bigint[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::date[], $8::integer[], $9::integer[],
        $10::integer[], $11::text[], $12::double precision[], $13::double precision[], $14::boolean[], $15::text[], $16::boolean[],
        $17::integer[], $18::timestamptz[], $19::integer[], $20::timestamptz[], $21::text[], $22::text[], $23::bigint[])
        AS t (id, code_lot, vie, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel, moment_actuel,
            poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, premier_gaveur_id, premier_releve, premiere_place,
            dernier_releve, pesees_places, pesees_g, version)
    WHERE lot.id = t.id AND (t.version IS NULL OR lot.xmin = t.version::text::xid)
    RETURNING 1
)
SELECT 1 / (count(*) = cardinality($1))::integer = 1 AS is_whole, pg_current_xact_id()::xid::text::bigint AS version FROM moved
