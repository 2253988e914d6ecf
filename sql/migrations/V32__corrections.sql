-- What farmers answered to doses that were proposed for the meal after one that was far off the plan. Open proposals are no rows: they
-- follow from the last meal of a lot and its plan.
CREATE TABLE corrections (
    lot_id bigint NOT NULL REFERENCES lots_gavage (id),
    -- The meal that was off.
    jour integer NOT NULL,
    moment text NOT NULL CHECK (moment IN ('matin', 'soir')),
    -- g per duck, as they were when it was answered.
    prevue_g double precision NOT NULL,
    donnee_g double precision NOT NULL,
    prevue_suivante_g double precision NOT NULL,
    proposee_g double precision NOT NULL,
    acceptee boolean NOT NULL,
    -- Null if it was refused without saying one.
    dose_finale_g double precision CHECK (dose_finale_g > 0),
    par text NOT NULL,
    role text NOT NULL,
    le timestamptz NOT NULL DEFAULT now(),
    -- Number of the request.
    requete bigint NOT NULL,
    PRIMARY KEY (lot_id, jour, moment),
    CHECK (NOT acceptee OR dose_finale_g IS NOT NULL)
);
