-- What consumers say of products, and that an address has spoken of one lately.

-- Kept for 30 days. The address is a digest under a secret that is not in the database.
CREATE TABLE consumer_votes (
    product_id text NOT NULL,
    adresse    bytea NOT NULL,
    expire_le  timestamptz NOT NULL,
    PRIMARY KEY (product_id, adresse)
);

CREATE INDEX consumer_votes_expire ON consumer_votes (expire_le);

CREATE SEQUENCE consumer_feedbacks_n;

-- Kept for five years, without anything that tells who rates.
CREATE TABLE consumer_feedbacks (
    time                timestamptz NOT NULL,
    feedback_id         bigint NOT NULL,
    product_id          text NOT NULL,
    lot_id              bigint NOT NULL,
    code_lot            text NOT NULL,
    site_code           text NOT NULL,
    gaveur_id           integer NOT NULL,
    grade               text CHECK (grade IN ('A+', 'A', 'B', 'C', 'REJECT')),
    overall_rating      integer NOT NULL CHECK (overall_rating BETWEEN 1 AND 5),
    texture_rating      integer CHECK (texture_rating BETWEEN 1 AND 5),
    flavor_rating       integer CHECK (flavor_rating BETWEEN 1 AND 5),
    color_rating        integer CHECK (color_rating BETWEEN 1 AND 5),
    aroma_rating        integer CHECK (aroma_rating BETWEEN 1 AND 5),
    freshness_rating    integer CHECK (freshness_rating BETWEEN 1 AND 5),
    comment             text CHECK (char_length(comment) BETWEEN 1 AND 1000),
    consumption_context text CHECK (consumption_context IN ('home', 'restaurant', 'special_event', 'gift')),
    consumption_date    date,
    would_recommend     boolean,
    repurchase_intent   integer CHECK (repurchase_intent BETWEEN 1 AND 5),
    simule              boolean NOT NULL,
    -- SHA-256 of the receipt, with which whoever wrote it can erase it.
    recu                bytea NOT NULL,
    PRIMARY KEY (feedback_id, time)
);

CREATE INDEX consumer_feedbacks_time ON consumer_feedbacks (time DESC, feedback_id DESC);
CREATE INDEX consumer_feedbacks_lot ON consumer_feedbacks (lot_id, time DESC);
CREATE INDEX consumer_feedbacks_produit ON consumer_feedbacks (product_id, time DESC);
CREATE INDEX consumer_feedbacks_recu ON consumer_feedbacks (recu);
