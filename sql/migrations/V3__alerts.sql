-- One row an episode: raised when a condition begins, closed when it ends. Of the meals of a lot, of silent feeds and of quality
-- stations; and who took notice.
CREATE TABLE alertes (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lot_id        bigint,
    code_lot      text,
    gaveur_id     integer,
    site_code     text,
    type          text NOT NULL,
    source        text NOT NULL DEFAULT 'gavage' CHECK (source IN ('gavage', 'sqal', 'feed')),
    severite      text NOT NULL CHECK (severite IN ('info', 'warning', 'critical')),
    mesure        double precision,
    seuil         double precision,
    jour          integer,
    moment        text,
    device_id     text,
    sample_id     text,
    levee_le      timestamptz NOT NULL,
    fermee_le     timestamptz,
    -- The meal that ended the episode: another word on that same meal may open it again.
    ferme_jour    integer,
    ferme_moment  text,
    acquittee_le  timestamptz,
    acquittee_par text,
    simule        boolean NOT NULL DEFAULT false,
    -- Mark of the transaction that changed the row last, and what that did: asked for when nobody knows whether it was committed.
    ecriture      bigint NOT NULL DEFAULT 0,
    changement    text NOT NULL DEFAULT 'raised' CHECK (changement IN ('raised', 'worse', 'closed', 'acknowledged')),
    CHECK (lot_id IS NOT NULL OR device_id IS NOT NULL),
    CHECK (lot_id IS NULL OR code_lot IS NOT NULL),
    CHECK ((acquittee_le IS NULL) = (acquittee_par IS NULL))
);

CREATE UNIQUE INDEX alertes_ouverte_lot ON alertes (lot_id, type) WHERE fermee_le IS NULL AND source <> 'sqal';
CREATE UNIQUE INDEX alertes_ouverte_station ON alertes (device_id, type) WHERE fermee_le IS NULL AND source = 'sqal';
CREATE INDEX alertes_lot ON alertes (lot_id, levee_le DESC);
CREATE INDEX alertes_code ON alertes (code_lot, levee_le DESC);
CREATE INDEX alertes_gaveur ON alertes (gaveur_id, levee_le DESC);
CREATE INDEX alertes_levee ON alertes (levee_le DESC);
CREATE INDEX alertes_en_cours ON alertes (gaveur_id, severite) WHERE fermee_le IS NULL;
