-- What the person who acknowledged wrote, and an acknowledgement that was taken back.
ALTER TABLE alertes
    ADD COLUMN commentaire text CHECK (char_length(commentaire) BETWEEN 1 AND 500),
    ADD CONSTRAINT alertes_commentaire_par CHECK (commentaire IS NULL OR acquittee_par IS NOT NULL),
    DROP CONSTRAINT alertes_changement_check,
    ADD CONSTRAINT alertes_changement_check CHECK (changement IN ('raised', 'worse', 'closed', 'acknowledged', 'withdrawn'));

-- What was written with the action.
ALTER TABLE audit ADD COLUMN note text;
