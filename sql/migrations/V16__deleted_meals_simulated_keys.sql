-- Who deleted a meal, and why: as of the steps of a lot, he says so in settings of his transaction.
ALTER TABLE repas_versions
    ADD COLUMN supprime_par text,
    ADD COLUMN motif text;

CREATE OR REPLACE FUNCTION keep_meal_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- A meal that is filed under another time is not deleted.
    is_gone boolean := TG_OP = 'DELETE' AND NOT EXISTS (
        SELECT FROM gavage_data same WHERE same.lot_id = OLD.lot_id AND same.jour = OLD.jour AND same.moment = OLD.moment);
BEGIN
    INSERT INTO repas_versions (lot_id, jour, moment, gaveur_id, site_code, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants,
        taux_mortalite, temperature_stabule, humidite_stabule, horodatage, pret_abattage, simule, auteur, origine, dit_le, supprime,
        supprime_par, motif)
    VALUES (OLD.lot_id, OLD.jour, OLD.moment, OLD.gaveur_id, OLD.site_code, OLD.dose_theorique, OLD.dose_reelle, OLD.poids_moyen,
        OLD.nb_canards_vivants, OLD.taux_mortalite, OLD.temperature_stabule, OLD.humidite_stabule, OLD.horodatage, OLD.pret_abattage,
        OLD.simule, OLD.auteur, OLD.origine, coalesce(OLD.corrected_at, OLD.recu_le), is_gone,
        CASE WHEN is_gone THEN nullif(current_setting('gaveurs.par', true), '') END,
        CASE WHEN is_gone THEN nullif(current_setting('gaveurs.motif', true), '') END);
    IF is_gone THEN
        DELETE FROM repas WHERE (lot_id, jour, moment) = (OLD.lot_id, OLD.jour, OLD.moment);
    END IF;
    RETURN NULL;
END $$;

-- Whatever the holder of the key sends is simulated, also if it does not say so.
ALTER TABLE api_keys ADD COLUMN simule boolean NOT NULL DEFAULT false;
