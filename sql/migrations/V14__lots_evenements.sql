-- Each step of a lot in its life cycle, whoever makes it: in the transaction of the step.
CREATE TABLE lots_evenements (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lot_id   bigint NOT NULL,
    code_lot text NOT NULL,
    -- Null when the lot begins.
    de       text,
    vers     text NOT NULL,
    -- Who asked for it; null when a meal or a station did it.
    par      text,
    role     text,
    motif    text,
    requete  bigint,
    le       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX lots_evenements_lot ON lots_evenements (lot_id, id);

-- Whoever makes a step for a person says so in settings of his transaction.
CREATE FUNCTION keep_lot_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lots_evenements (lot_id, code_lot, de, vers, par, role, motif, requete)
    VALUES (NEW.id, NEW.code_lot, CASE WHEN TG_OP = 'UPDATE' THEN OLD.statut END, NEW.statut,
        nullif(current_setting('gaveurs.par', true), ''), nullif(current_setting('gaveurs.role', true), ''),
        nullif(current_setting('gaveurs.motif', true), ''), nullif(current_setting('gaveurs.requete', true), '')::bigint);
    RETURN NULL;
END $$;

CREATE TRIGGER lots_gavage_event_of_new AFTER INSERT ON lots_gavage
    FOR EACH ROW EXECUTE FUNCTION keep_lot_event();
CREATE TRIGGER lots_gavage_event_of_changed AFTER UPDATE OF statut ON lots_gavage
    FOR EACH ROW WHEN (OLD.statut IS DISTINCT FROM NEW.statut) EXECUTE FUNCTION keep_lot_event();

-- What the slaughterhouse reports of a lot.
CREATE TABLE abattages (
    lot_id              bigint PRIMARY KEY REFERENCES lots_gavage (id),
    date                date NOT NULL,
    -- Ducks hung on the slaughter line.
    accroches           integer NOT NULL CHECK (accroches >= 0),
    poids_foie_moyen_g  double precision,
    ecart_type_foie_g   double precision
);
