-- Alerts beyond the meals of a lot: of weights, of silent feeds and of quality stations; and who took notice of them.

-- Mean weights of the last three days: place of the meal (2 × jour, + 1 in the evening) and g.
ALTER TABLE lots_gavage
    ADD COLUMN pesees_places integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN pesees_g      double precision[] NOT NULL DEFAULT '{}';

UPDATE lots_gavage lot SET pesees_places = known.places, pesees_g = known.grams
FROM (
    SELECT lot.code_lot, array_agg(meal.place ORDER BY meal.place) AS places, array_agg(meal.poids_moyen ORDER BY meal.place) AS grams
    FROM lots_gavage lot
    JOIN (
        SELECT code_lot, 2 * jour + (moment = 'soir')::integer AS place, poids_moyen
        FROM gavage_data
        WHERE poids_moyen IS NOT NULL
    ) meal ON meal.code_lot = lot.code_lot
        AND meal.place >= 2 * lot.jour_actuel + (lot.moment_actuel = 'soir')::integer - 6
    WHERE lot.statut = 'en_gavage'
    GROUP BY lot.code_lot
) known
WHERE known.code_lot = lot.code_lot;

ALTER TABLE alertes
    ALTER COLUMN code_lot DROP NOT NULL,
    ALTER COLUMN gaveur_id DROP NOT NULL,
    ALTER COLUMN site_code DROP NOT NULL,
    ALTER COLUMN mesure DROP NOT NULL,
    ALTER COLUMN seuil DROP NOT NULL,
    ALTER COLUMN jour DROP NOT NULL,
    ALTER COLUMN moment DROP NOT NULL,
    ADD COLUMN source       text NOT NULL DEFAULT 'gavage' CHECK (source IN ('gavage', 'sqal', 'feed')),
    ADD COLUMN device_id    text,
    ADD COLUMN sample_id    text,
    -- The meal that ended the episode: another word on that same meal may open it again.
    ADD COLUMN ferme_jour   integer,
    ADD COLUMN ferme_moment text,
    ADD COLUMN simule       boolean NOT NULL DEFAULT false,
    ADD CHECK (code_lot IS NOT NULL OR device_id IS NOT NULL),
    ADD CHECK ((acquittee_le IS NULL) = (acquittee_par IS NULL));

DROP INDEX alertes_ouverte;
CREATE UNIQUE INDEX alertes_ouverte_lot ON alertes (code_lot, type) WHERE fermee_le IS NULL AND source <> 'sqal';
CREATE UNIQUE INDEX alertes_ouverte_station ON alertes (device_id, type) WHERE fermee_le IS NULL AND source = 'sqal';
CREATE INDEX alertes_lot ON alertes (code_lot, levee_le DESC);
