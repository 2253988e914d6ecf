-- Advice to farmers after a lot, and each step of it.
CREATE TABLE recommandations (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    regle           text NOT NULL CHECK (regle IN ('suivi_du_plan', 'mais_sans_foie', 'ambiance', 'a_reprendre')),
    -- Of the rules, when it was written.
    version         integer NOT NULL,
    -- The closed lot that it follows from, and the one that it is for, once there is one.
    lot_source_id   bigint NOT NULL REFERENCES lots_gavage (id),
    code_lot_source text NOT NULL,
    lot_cible_id    bigint REFERENCES lots_gavage (id),
    gaveur_id       integer NOT NULL REFERENCES gaveurs_euralis (id),
    site_code       text NOT NULL REFERENCES sites_euralis (code),
    etat            text NOT NULL CHECK (etat IN (
        'proposee', 'validee', 'envoyee', 'lue', 'acceptee', 'refusee', 'expiree', 'rejetee')),
    texte           text NOT NULL CHECK (char_length(texte) BETWEEN 1 AND 2000),
    -- Null once a supervisor has written the text.
    texte_en        text,
    preuve          jsonb NOT NULL,
    action          jsonb,
    -- Of the curve that an accepted one has made.
    courbe_version  integer,
    cree_le         timestamptz NOT NULL,
    expire_le       timestamptz NOT NULL,
    -- Null while the farmer knows nothing of it.
    envoyee_le      timestamptz,
    simule          boolean NOT NULL,
    -- A lot is advised once by each rule, however often it is judged.
    UNIQUE (regle, lot_source_id)
);

CREATE INDEX recommandations_lot ON recommandations (lot_source_id);
CREATE INDEX recommandations_gaveur ON recommandations (gaveur_id, id);
CREATE INDEX recommandations_site ON recommandations (site_code, id);
CREATE INDEX recommandations_ouvertes ON recommandations (expire_le) WHERE etat IN ('proposee', 'envoyee', 'lue');

CREATE TABLE recommandations_etapes (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recommandation_id bigint NOT NULL REFERENCES recommandations (id),
    etat              text NOT NULL,
    -- Null when the server did it.
    par               text,
    role              text,
    le                timestamptz NOT NULL DEFAULT now(),
    commentaire       text,
    -- Number of the request that made it.
    requete           bigint NOT NULL,
    -- No state comes twice.
    UNIQUE (recommandation_id, etat)
);

CREATE INDEX recommandations_etapes_requete ON recommandations_etapes (requete);
