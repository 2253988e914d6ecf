-- Sites, gaveurs, lots, readings and alerts. Plain PostgreSQL: sql/timescale/ adds what only the extension can do.

CREATE TABLE sites_euralis (
    code   text PRIMARY KEY CHECK (code IN ('LL', 'LS', 'MT')),
    nom    text NOT NULL,
    region text NOT NULL
);

INSERT INTO sites_euralis (code, nom, region) VALUES
    ('LL', 'Lantic', 'Bretagne'),
    ('LS', 'La Séguinière', 'Pays de la Loire'),
    ('MT', 'Maubourguet', 'Occitanie');

CREATE TABLE gaveurs_euralis (
    id        integer PRIMARY KEY,
    nom       text NOT NULL,
    site_code text NOT NULL REFERENCES sites_euralis (code),
    email     text
);

INSERT INTO gaveurs_euralis (id, nom, site_code, email) VALUES
    (1, 'Jean Martin', 'LL', 'jean.martin@gaveur.fr'),
    (2, 'Sophie Dubois', 'LS', 'sophie.dubois@gaveur.fr'),
    (3, 'Pierre Leroy', 'MT', 'pierre.leroy@gaveur.fr'),
    (4, 'Marie Petit', 'LL', 'marie.petit@gaveur.fr'),
    (5, 'Luc Blanc', 'LS', 'luc.blanc@gaveur.fr');

-- The current state of each lot: that of its most advanced meal.
CREATE TABLE lots_gavage (
    id                 bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    code_lot           text PRIMARY KEY,
    gaveur_id          integer NOT NULL REFERENCES gaveurs_euralis (id),
    site_code          text NOT NULL REFERENCES sites_euralis (code),
    genetique          text NOT NULL,
    debut_lot          date NOT NULL,
    nb_canards_initial integer,
    nb_canards_actuel  integer,
    jour_actuel        integer NOT NULL,
    moment_actuel      text NOT NULL CHECK (moment_actuel IN ('matin', 'soir')),
    poids_moyen_actuel double precision,
    taux_mortalite     double precision,
    pret_abattage      boolean NOT NULL DEFAULT false,
    statut             text NOT NULL DEFAULT 'en_gavage' CHECK (statut IN (
        'planifie', 'en_preparation', 'en_gavage', 'pret_abattage', 'abattu', 'controle_qualite', 'clos', 'annule')),
    simule             boolean NOT NULL DEFAULT false,
    dernier_releve     timestamptz NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX lots_gavage_gaveur ON lots_gavage (gaveur_id, updated_at DESC);
CREATE INDEX lots_gavage_statut ON lots_gavage (statut, updated_at DESC);
CREATE INDEX lots_gavage_updated ON lots_gavage (updated_at DESC);

-- The natural key of a reading, and the time under which its row is filed: a correction finds the row through it.
CREATE TABLE repas (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    code_lot text NOT NULL,
    jour     integer NOT NULL,
    moment   text NOT NULL CHECK (moment IN ('matin', 'soir')),
    time     timestamptz NOT NULL,
    PRIMARY KEY (code_lot, jour, moment)
);

CREATE TABLE gavage_data (
    time                timestamptz NOT NULL,
    id                  bigint NOT NULL,
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
    pret_abattage       boolean NOT NULL,
    simule              boolean NOT NULL,
    recu_le             timestamptz NOT NULL DEFAULT now(),
    corrected_at        timestamptz,
    PRIMARY KEY (code_lot, jour, moment, time)
);

CREATE INDEX gavage_data_gaveur_time ON gavage_data (gaveur_id, time DESC);
CREATE INDEX gavage_data_time ON gavage_data (time DESC);

-- One row an episode: raised when a condition begins, closed when it ends.
CREATE TABLE alertes (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_lot     text NOT NULL,
    gaveur_id    integer NOT NULL,
    site_code    text NOT NULL,
    type         text NOT NULL,
    severite     text NOT NULL CHECK (severite IN ('info', 'warning', 'critical')),
    mesure       double precision NOT NULL,
    seuil        double precision NOT NULL,
    jour         integer NOT NULL,
    moment       text NOT NULL,
    levee_le     timestamptz NOT NULL,
    fermee_le    timestamptz,
    acquittee_le timestamptz,
    acquittee_par text
);

CREATE UNIQUE INDEX alertes_ouverte ON alertes (code_lot, type) WHERE fermee_le IS NULL;
CREATE INDEX alertes_gaveur ON alertes (gaveur_id, levee_le DESC);
CREATE INDEX alertes_levee ON alertes (levee_le DESC);
