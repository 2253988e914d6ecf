-- What consumers hold: one product is one label.
CREATE SEQUENCE consumer_products_n;

CREATE TABLE consumer_products (
    product_id     text PRIMARY KEY,
    -- Whoever knows it may read and rate the product; nothing is in it.
    qr_code        text NOT NULL UNIQUE,
    origine        text NOT NULL CHECK (origine IN ('echantillon', 'lot')),
    lot_id         bigint NOT NULL REFERENCES lots_gavage (id),
    code_lot       text NOT NULL,
    site_code      text NOT NULL REFERENCES sites_euralis (code),
    gaveur_id      integer NOT NULL,
    -- The foie that was scanned; null for a label of the lot, which says nothing of one foie.
    sample_id      text,
    device_id      text,
    sample_time    timestamptz,
    grade          text CHECK (grade IN ('A+', 'A', 'B', 'C', 'REJECT')),
    score          double precision,
    tof_score      double precision,
    spectral_score double precision,
    masse_g        double precision,
    -- Day of the slaughter, or of the last meal where nobody has reported it.
    produit_le     date NOT NULL,
    controle_le    timestamptz,
    date_limite    date,
    conditionnement text,
    simule         boolean NOT NULL,
    cree_le        timestamptz NOT NULL DEFAULT now(),
    -- Null for a station.
    cree_par       text,
    -- For good: a product that was recalled, or whose lot was rejected, never comes back.
    retire_le      timestamptz,
    retire_par     text,
    retire_motif   text,
    UNIQUE (sample_id, device_id, sample_time),
    CHECK ((origine = 'echantillon') = (sample_id IS NOT NULL)),
    CHECK ((retire_le IS NULL) = (retire_motif IS NULL))
);

CREATE INDEX consumer_products_lot ON consumer_products (lot_id, cree_le DESC);
CREATE INDEX consumer_products_code_lot ON consumer_products (code_lot, cree_le DESC);
CREATE INDEX consumer_products_cree ON consumer_products (cree_le DESC);
