-- The lots that a statement begins are kept as steps by one statement: one for each lot took a twentieth of PostgreSQL's time for a reading.
CREATE FUNCTION keep_begun_lots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lots_evenements (lot_id, code_lot, vers, par, role, motif, requete)
    SELECT id, code_lot, statut,
        nullif(current_setting('gaveurs.par', true), ''), nullif(current_setting('gaveurs.role', true), ''),
        nullif(current_setting('gaveurs.motif', true), ''), nullif(current_setting('gaveurs.requete', true), '')::bigint
    FROM begun;
    RETURN NULL;
END $$;

DROP TRIGGER lots_gavage_event_of_new ON lots_gavage;
CREATE TRIGGER lots_gavage_event_of_new AFTER INSERT ON lots_gavage
    REFERENCING NEW TABLE AS begun FOR EACH STATEMENT EXECUTE FUNCTION keep_begun_lots();

-- Only for steps of lots that there are.
CREATE OR REPLACE FUNCTION keep_lot_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lots_evenements (lot_id, code_lot, de, vers, par, role, motif, requete)
    VALUES (NEW.id, NEW.code_lot, OLD.statut, NEW.statut,
        nullif(current_setting('gaveurs.par', true), ''), nullif(current_setting('gaveurs.role', true), ''),
        nullif(current_setting('gaveurs.motif', true), ''), nullif(current_setting('gaveurs.requete', true), '')::bigint);
    RETURN NULL;
END $$;
