-- Planned curves of lots. A curve is never changed: another version takes its place.
CREATE TABLE courbes (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lot_id        bigint NOT NULL REFERENCES lots_gavage (id),
    version       integer NOT NULL,
    etat          text NOT NULL CHECK (etat IN ('en_attente', 'validee', 'rejetee', 'remplacee')),
    -- Place of the first meal (2 × jour, + 1 in the evening), and the dose of each meal from there on, g per duck.
    premier_repas integer NOT NULL,
    points_g      double precision[] NOT NULL CHECK (cardinality(points_g) BETWEEN 14 AND 32),
    source        text NOT NULL CHECK (source IN ('mediane', 'copie', 'manuelle', 'recommandation')),
    formule       text,
    cree_par      text NOT NULL,
    cree_le       timestamptz NOT NULL DEFAULT now(),
    decide_par    text,
    decide_le     timestamptz,
    commentaire   text,
    -- Numbers of the requests that created it and decided about it.
    requete       bigint NOT NULL,
    decide_requete bigint,
    UNIQUE (lot_id, version),
    CHECK ((etat = 'en_attente') = (decide_par IS NULL))
);

CREATE UNIQUE INDEX courbes_validee ON courbes (lot_id) WHERE etat = 'validee';
