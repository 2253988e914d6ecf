-- Lots that are planned before their first meal.

ALTER TABLE lots_gavage
    ALTER COLUMN jour_actuel DROP NOT NULL,
    ALTER COLUMN moment_actuel DROP NOT NULL,
    ALTER COLUMN premier_releve DROP NOT NULL,
    ALTER COLUMN premiere_place DROP NOT NULL,
    ALTER COLUMN dernier_releve DROP NOT NULL,
    -- What was planned: first and last day of feeding, strain, mean weight of a duck at its beginning (g), maize a duck is to get (g).
    ADD COLUMN debut_prevu date,
    ADD COLUMN fin_prevue date,
    ADD COLUMN souche text,
    ADD COLUMN poids_initial_prevu_g double precision,
    ADD COLUMN objectif_mais_g double precision,
    -- The head count that somebody stated before the first meal.
    ADD COLUMN nb_canards_annonces integer,
    -- Somebody went back to feeding: flags `pret_abattage` up to the meal at this place (2 × jour, + 1 in the evening) do not count any more.
    ADD COLUMN reprise_place integer,
    -- Number of the request that planned it: one that is repeated because its end is unknown finds its lot.
    ADD COLUMN demande bigint,
    ADD CHECK (num_nulls(jour_actuel, moment_actuel, premier_releve, premiere_place, dernier_releve) IN (0, 5)),
    -- Only a lot without a meal has none.
    ADD CHECK (dernier_releve IS NOT NULL OR statut IN ('planifie', 'en_preparation', 'annule')),
    ADD CHECK (fin_prevue >= debut_prevu);
