-- Meals (readings), by life of a lot, jour and moment.

-- The natural key of a reading, and the time under which its row is filed: a correction finds the row through it.
CREATE TABLE repas (
    id     bigint GENERATED ALWAYS AS IDENTITY,
    lot_id bigint NOT NULL,
    jour   integer NOT NULL,
    moment text NOT NULL CHECK (moment IN ('matin', 'soir')),
    time   timestamptz NOT NULL,
    -- A doubtful clock said the time; the first believed one takes its place.
    horloge_douteuse boolean NOT NULL DEFAULT false,
    PRIMARY KEY (lot_id, jour, moment)
);

CREATE TABLE gavage_data (
    time                timestamptz NOT NULL,
    id                  bigint NOT NULL,
    lot_id              bigint NOT NULL,
    code_lot            text NOT NULL,
    gaveur_id           integer NOT NULL,
    site_code           text NOT NULL,
    jour                integer NOT NULL,
    moment              text NOT NULL,
    dose_theorique      double precision,
    dose_reelle         double precision NOT NULL,
    poids_moyen         double precision,
    nb_canards_vivants  integer,
    taux_mortalite      double precision,
    temperature_stabule double precision,
    humidite_stabule    double precision,
    horodatage          text NOT NULL,
    -- The clock of the sender was implausible, or the reading is older than what counts as recent.
    horloge_douteuse    boolean NOT NULL DEFAULT false,
    pret_abattage       boolean NOT NULL,
    simule              boolean NOT NULL,
    -- Who said it; null for a stream.
    auteur              text,
    origine             text NOT NULL DEFAULT 'flux' CHECK (origine IN ('flux', 'saisie', 'import')),
    recu_le             timestamptz NOT NULL DEFAULT now(),
    corrected_at        timestamptz,
    PRIMARY KEY (lot_id, jour, moment, time)
);

CREATE INDEX gavage_data_gaveur_time ON gavage_data (gaveur_id, time DESC);
CREATE INDEX gavage_data_time ON gavage_data (time DESC);
-- Readings come nearly in the order of their time, so the hours of the sites are found by ranges of pages, at next to no cost when
-- a reading is written; the days of a gaveur through the index that his readings have anyway. TimescaleDB finds both by chunk.
CREATE INDEX gavage_data_bucket ON gavage_data USING brin (date_bin('1 hour', time, '2000-01-01T00:00:00Z')) WITH (pages_per_range = 16, autosummarize = on);

-- What was said of a meal before it was corrected or deleted.
CREATE TABLE repas_versions (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lot_id              bigint NOT NULL,
    jour                integer NOT NULL,
    moment              text NOT NULL,
    gaveur_id           integer NOT NULL,
    site_code           text NOT NULL,
    dose_theorique      double precision,
    dose_reelle         double precision NOT NULL,
    poids_moyen         double precision,
    nb_canards_vivants  integer,
    taux_mortalite      double precision,
    temperature_stabule double precision,
    humidite_stabule    double precision,
    horodatage          text NOT NULL,
    pret_abattage       boolean NOT NULL,
    simule              boolean NOT NULL,
    auteur              text,
    origine             text NOT NULL,
    -- When this was stored, and when something else took its place.
    dit_le              timestamptz NOT NULL,
    remplace_le         timestamptz NOT NULL DEFAULT now(),
    supprime            boolean NOT NULL DEFAULT false
);

CREATE INDEX repas_versions_repas ON repas_versions (lot_id, jour, moment);

CREATE FUNCTION keep_meal_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- A meal that is filed under another time is not deleted.
    is_gone boolean := TG_OP = 'DELETE' AND NOT EXISTS (
        SELECT FROM gavage_data same WHERE same.lot_id = OLD.lot_id AND same.jour = OLD.jour AND same.moment = OLD.moment);
BEGIN
    INSERT INTO repas_versions (lot_id, jour, moment, gaveur_id, site_code, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants,
        taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule, auteur, origine, dit_le, supprime)
    VALUES (OLD.lot_id, OLD.jour, OLD.moment, OLD.gaveur_id, OLD.site_code, OLD.dose_theorique, OLD.dose_reelle, OLD.poids_moyen,
        OLD.nb_canards_vivants, OLD.taux_mortalite, OLD.temperature_stabule, OLD.humidite_stabule, OLD.horodatage, OLD.pret_abattage,
        OLD.simule, OLD.auteur, OLD.origine, coalesce(OLD.corrected_at, OLD.recu_le), is_gone);
    IF is_gone THEN
        DELETE FROM repas WHERE (lot_id, jour, moment) = (OLD.lot_id, OLD.jour, OLD.moment);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER gavage_data_version_of_changed AFTER UPDATE ON gavage_data
    FOR EACH ROW WHEN (
        (OLD.lot_id, OLD.jour, OLD.moment, OLD.gaveur_id, OLD.site_code, OLD.dose_theorique, OLD.dose_reelle, OLD.poids_moyen,
            OLD.nb_canards_vivants, OLD.taux_mortalite, OLD.temperature_stabule, OLD.humidite_stabule, OLD.pret_abattage, OLD.simule)
        IS DISTINCT FROM
        (NEW.lot_id, NEW.jour, NEW.moment, NEW.gaveur_id, NEW.site_code, NEW.dose_theorique, NEW.dose_reelle, NEW.poids_moyen,
            NEW.nb_canards_vivants, NEW.taux_mortalite, NEW.temperature_stabule, NEW.humidite_stabule, NEW.pret_abattage, NEW.simule))
    EXECUTE FUNCTION keep_meal_version();
CREATE TRIGGER gavage_data_version_of_deleted AFTER DELETE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION keep_meal_version();

-- A meal that is changed or deleted, also by hand, takes the total of its lot away. The lock first: whoever is summing the lot up must
-- have ended, or would keep a total without this change.
CREATE FUNCTION forget_lot_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM lots_gavage WHERE id IN (OLD.lot_id, NEW.lot_id) ORDER BY id FOR NO KEY UPDATE;
    UPDATE lots_gavage SET bilan_fait = false WHERE id IN (OLD.lot_id, NEW.lot_id) AND bilan_fait;
    RETURN NULL;
END $$;

CREATE TRIGGER gavage_data_total_of_changed AFTER UPDATE ON gavage_data
    FOR EACH ROW WHEN ((OLD.lot_id, OLD.jour, OLD.moment, OLD.dose_reelle) IS DISTINCT FROM (NEW.lot_id, NEW.jour, NEW.moment, NEW.dose_reelle))
    EXECUTE FUNCTION forget_lot_total();
CREATE TRIGGER gavage_data_total_of_deleted AFTER DELETE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION forget_lot_total();

-- A meal that is changed or deleted by hand leaves the state that the other meals amount to, as LotState::recompute does for what the
-- server hears (which says so: see sql/queries/transaction/begin_keyed.sql). A lot without any meal, and the first day and the head
-- count that a lot began with, stay as they were.
CREATE FUNCTION recompute_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('gaveurs.computes', true) = 'on' THEN
        RETURN NULL;
    END IF;
    WITH meals AS MATERIALIZED (
        SELECT 2 * jour + (moment = 'soir')::integer AS place, gavage_data.*
        FROM gavage_data
        WHERE lot_id = OLD.lot_id
            AND time >= (SELECT min(time) FROM repas WHERE repas.lot_id = OLD.lot_id)
            AND time <= (SELECT max(time) FROM repas WHERE repas.lot_id = OLD.lot_id)
    ), front AS (
        SELECT * FROM meals ORDER BY place DESC LIMIT 1
    ), first AS (
        SELECT * FROM meals ORDER BY place LIMIT 1
    )
    UPDATE lots_gavage lot SET
        gaveur_id = front.gaveur_id,
        site_code = front.site_code,
        jour_actuel = front.jour,
        moment_actuel = front.moment,
        nb_canards_actuel = (SELECT nb_canards_vivants FROM meals WHERE nb_canards_vivants IS NOT NULL ORDER BY place DESC LIMIT 1),
        poids_moyen_actuel = (SELECT poids_moyen FROM meals WHERE poids_moyen IS NOT NULL ORDER BY place DESC LIMIT 1),
        taux_mortalite = (SELECT taux_mortalite FROM meals WHERE taux_mortalite IS NOT NULL ORDER BY place DESC LIMIT 1),
        simule = front.simule,
        premier_gaveur_id = first.gaveur_id,
        premier_releve = (SELECT min(time) FROM meals),
        premiere_place = first.place,
        dernier_releve = front.time,
        pesees_places = ARRAY(SELECT place FROM meals WHERE poids_moyen IS NOT NULL AND place >= front.place - 6 ORDER BY place),
        pesees_g = ARRAY(SELECT poids_moyen FROM meals WHERE poids_moyen IS NOT NULL AND place >= front.place - 6 ORDER BY place),
        updated_at = now()
    FROM front, first
    WHERE lot.id = OLD.lot_id;
    RETURN NULL;
END $$;

-- Triggers run in the order of their names: after the others.
CREATE TRIGGER gavage_data_zz_state_of_changed AFTER UPDATE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION recompute_lot();
CREATE TRIGGER gavage_data_zz_state_of_deleted AFTER DELETE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION recompute_lot();
