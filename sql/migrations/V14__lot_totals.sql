-- What a duck of a finished lot was given, kept with the lot: thousands of lots are listed with it at once, and their meals do not
-- change any more. The writer that finishes or corrects a lot sums it up in its own transaction; a lot that is not summed up is
-- summed up by whoever asks. See docs/decisions/0042-lot-totals.md.
ALTER TABLE lots_gavage
    ADD COLUMN bilan_fait boolean NOT NULL DEFAULT false,
    -- g, as lot_mais tells it: null unless every meal from the first day on is known.
    ADD COLUMN mais_g_par_canard double precision,
    -- Stands still while a lot is fed, so that its index does not keep the lot from changing in place.
    ADD COLUMN bilan_releve timestamptz GENERATED ALWAYS AS (CASE WHEN bilan_fait THEN dernier_releve END) STORED;

UPDATE lots_gavage lot SET bilan_fait = true, mais_g_par_canard = mais.g_par_canard
FROM lot_mais mais
WHERE mais.code_lot = lot.code_lot AND lot.pret_abattage;

CREATE INDEX lots_gavage_bilan ON lots_gavage (bilan_releve);

-- A meal that is changed or deleted, also by hand, takes the total away. The lock first: whoever is summing the lot up must have ended,
-- or would keep a total without this change.
CREATE FUNCTION forget_lot_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM lots_gavage WHERE code_lot IN (OLD.code_lot, NEW.code_lot) ORDER BY code_lot FOR NO KEY UPDATE;
    UPDATE lots_gavage SET bilan_fait = false WHERE code_lot IN (OLD.code_lot, NEW.code_lot) AND bilan_fait;
    RETURN NULL;
END $$;

CREATE TRIGGER gavage_data_total_of_changed AFTER UPDATE ON gavage_data
    FOR EACH ROW WHEN ((OLD.code_lot, OLD.jour, OLD.moment, OLD.dose_reelle) IS DISTINCT FROM (NEW.code_lot, NEW.jour, NEW.moment, NEW.dose_reelle))
    EXECUTE FUNCTION forget_lot_total();
CREATE TRIGGER gavage_data_total_of_deleted AFTER DELETE ON gavage_data
    FOR EACH ROW EXECUTE FUNCTION forget_lot_total();
