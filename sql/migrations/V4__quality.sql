-- Quality stations, their samples, and the lots that wait for them.

CREATE TABLE sqal_devices (
    device_id           text PRIMARY KEY,
    site_code           text REFERENCES sites_euralis (code),
    location            text,
    firmware_version    text,
    ip_address          text,
    mac_address         text,
    derniere_activite   timestamptz NOT NULL,
    dernier_echantillon timestamptz,
    echantillons_total  bigint NOT NULL DEFAULT 0,
    simule              boolean NOT NULL DEFAULT false,
    created_at          timestamptz NOT NULL DEFAULT now()
);

-- A finished lot waits, is claimed by a station or a person, and ends with its samples' figures.
CREATE TABLE sqal_pending_lots (
    lot_id            bigint PRIMARY KEY REFERENCES lots_gavage (id),
    statut            text NOT NULL DEFAULT 'pending' CHECK (statut IN ('pending', 'inspecting', 'inspected', 'rejected')),
    en_attente_depuis timestamptz NOT NULL DEFAULT now(),
    prise_par         text,
    -- Claimed by a station, whose samples then belong to the lot; not by a person.
    par_station       boolean NOT NULL DEFAULT false,
    prise_le          timestamptz,
    terminee_le       timestamptz,
    CHECK ((statut = 'pending') = (prise_par IS NULL)),
    CHECK ((statut IN ('inspected', 'rejected')) = (terminee_le IS NOT NULL))
);

CREATE INDEX sqal_pending_lots_statut ON sqal_pending_lots (statut, en_attente_depuis);
CREATE INDEX sqal_pending_lots_attente ON sqal_pending_lots (en_attente_depuis);

-- A sample is known by its id, its station and its time: stations draw their ids at random, or count from one again.
CREATE TABLE sensor_sample_ids (
    sample_id text NOT NULL,
    device_id text NOT NULL,
    time      timestamptz NOT NULL,
    PRIMARY KEY (sample_id, device_id, time)
);

CREATE TABLE sensor_samples (
    time              timestamptz NOT NULL,
    sample_id         text NOT NULL,
    device_id         text NOT NULL,
    site_code         text,
    -- The lot that the sample was said to be of, or that its station was inspecting; null when neither is known. A code that no lot
    -- has stands alone.
    lot_id            bigint,
    code_lot          text,
    -- By our rule.
    final_score       double precision,
    final_grade       text CHECK (final_grade IN ('A+', 'A', 'B', 'C', 'REJECT')),
    -- That of the score alone; another one than the final grade only under the strict rule.
    score_grade       text CHECK (score_grade IN ('A+', 'A', 'B', 'C', 'REJECT')),
    -- As the station claimed it.
    station_score     double precision,
    station_grade     text CHECK (station_grade IN ('A+', 'A', 'B', 'C', 'REJECT')),
    -- Why somebody should look at the foie himself, beside the grade.
    a_verifier        text[] NOT NULL DEFAULT '{}',
    tof_score         double precision,
    spectral_score    double precision,
    volume_mm3        double precision,
    masse_foie_g      double precision,
    nb_defauts        integer NOT NULL,
    defauts           jsonb NOT NULL,
    freshness_index   double precision,
    oxidation_index   double precision,
    fat_quality_index double precision,
    sellable          boolean NOT NULL,
    qr_allowed        boolean NOT NULL,
    simule            boolean NOT NULL,
    -- So old when it came that the station's clock must be doubted, or that it is history.
    horloge_douteuse  boolean NOT NULL DEFAULT false,
    recu_le           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sample_id, device_id, time),
    CHECK (lot_id IS NULL OR code_lot IS NOT NULL)
);

CREATE INDEX sensor_samples_time ON sensor_samples (time DESC);
CREATE INDEX sensor_samples_lot ON sensor_samples (lot_id, time DESC) WHERE lot_id IS NOT NULL;
CREATE INDEX sensor_samples_code ON sensor_samples (code_lot, time DESC) WHERE code_lot IS NOT NULL;
CREATE INDEX sensor_samples_device ON sensor_samples (device_id, time DESC);
-- The samples of an hour are found through this; chunks do it on TimescaleDB, which drops it.
CREATE INDEX sensor_samples_bucket ON sensor_samples (date_bin('1 hour', time, '2000-01-01T00:00:00Z'));

-- What the sensors saw, apart from the scores, because it is large and kept for a shorter time. A matrix is 64 big-endian
-- two-byte numbers, row by row; the analyses are JSON as it goes to the screens.
CREATE TABLE sensor_matrices (
    time        timestamptz NOT NULL,
    sample_id   text NOT NULL,
    device_id   text NOT NULL,
    distance    bytea,
    reflectance bytea,
    amplitude   bytea,
    status      bytea,
    ambient     bytea,
    tof_meta    text,
    tof         text,
    spectral    text,
    fusion      text NOT NULL,
    PRIMARY KEY (sample_id, device_id, time)
);
