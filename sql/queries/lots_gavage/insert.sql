-- New lives. If another writer has begun the life meanwhile, the unique key (code_lot, vie) aborts the transaction; so late bytes of an
-- abandoned transaction cannot overwrite newer data. Weighings are passed as texts, because unnest flattens nested arrays.
WITH stored AS (
    INSERT INTO lots_gavage
        (id, code_lot, vie, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel,
         moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, premier_gaveur_id, premier_releve,
         premiere_place, dernier_releve, pesees_places, pesees_g)
    SELECT t.id, t.code_lot, t.vie, t.gaveur_id, t.site_code, t.genetique, t.debut_lot, t.nb_canards_initial, t.nb_canards_actuel,
        t.jour_actuel, t.moment_actuel, t.poids_moyen_actuel, t.taux_mortalite, t.pret_abattage, t.statut, t.simule, t.premier_gaveur_id, t.premier_releve,
        t.premiere_place, t.dernier_releve, string_to_array(t.pesees_places, ',')::integer[],
        string_to_array(t.pesees_g, ',')::double precision[]
    FROM unnest(
        $1::bigint[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::date[], $8::integer[], $9::integer[],
        $10::integer[], $11::text[], $12::double precision[], $13::double precision[], $14::boolean[], $15::text[], $16::boolean[],
        $17::integer[], $18::timestamptz[], $19::integer[], $20::timestamptz[], $21::text[], $22::text[])
        AS t (id, code_lot, vie, gaveur_id, site_code, genetique, debut_lot, nb_canards_initial, nb_canards_actuel, jour_actuel, moment_actuel,
            poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, premier_gaveur_id, premier_releve, premiere_place,
            dernier_releve, pesees_places, pesees_g)
    RETURNING 1
)
SELECT count(*) = cardinality($1) AS is_whole, pg_current_xact_id()::xid::text::bigint AS version FROM stored
