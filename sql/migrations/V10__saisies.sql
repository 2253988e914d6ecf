-- What people write down of meals.

-- One row an entry: a repeat is known by its key, and answered as before.
CREATE TABLE saisies (
    lot_id  bigint NOT NULL,
    cle     text NOT NULL,
    -- What was written, and what was answered, as JSON.
    corps   text NOT NULL,
    reponse text NOT NULL,
    -- Number of the request that stored it.
    requete bigint NOT NULL,
    recu_le timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lot_id, cle)
);

-- Kept for 90 days.
CREATE INDEX saisies_recu_le ON saisies (recu_le);

-- What an entry tells of a meal beside its measures. Rows are only added: the newest of a meal is in force.
CREATE TABLE repas_saisis (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lot_id             bigint NOT NULL,
    jour               integer NOT NULL,
    moment             text NOT NULL CHECK (moment IN ('matin', 'soir')),
    cle                text NOT NULL,
    auteur             text NOT NULL,
    appareil           text,
    saisi_le           timestamptz NOT NULL,
    recu_le            timestamptz NOT NULL,
    -- What was added to the clock of whoever wrote it.
    ecart_horloge_s    double precision NOT NULL,
    -- Ducks that died since the meal before; null where only a stream has counted them.
    morts              integer,
    cause_mortalite    text,
    nb_peses           integer,
    poids_ecart_type_g double precision,
    raison_ecart       text,
    remarques          text,
    problemes_sante    text,
    -- Why the meal of a slaughtered lot was changed.
    motif              text
);

CREATE INDEX repas_saisis_repas ON repas_saisis (lot_id, jour, moment, id);
