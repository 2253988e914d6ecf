-- What is kept of a lot when it is closed: what its labels tell, which rows that change or go later do not change, and what the sensors saw of its
-- livers, whose samples are compressed after a week.
CREATE TABLE lots_histoires (
    lot_id             bigint PRIMARY KEY REFERENCES lots_gavage (id),
    premier_releve     timestamptz,
    dernier_releve     timestamptz,
    nb_canards_initial integer,
    repas              bigint NOT NULL,
    jours              integer,
    temperature_c      double precision,
    -- Livers that were controlled, and those with A+, A or B.
    foies              bigint NOT NULL,
    foies_a_b          bigint NOT NULL,
    masse_moyenne_g    double precision,
    g_par_canard       double precision,
    abattu_le          date,
    controle           text,
    terminee_le        timestamptz,
    -- Means of the indices of the samples, 0–1.
    fraicheur          double precision,
    oxydation          double precision,
    figee_le           timestamptz NOT NULL DEFAULT now()
);
