-- $1 gaveur, $2 and $3 the ends of the window, both within. Ducks alive, as last counted, in the lots fed in the window.
SELECT coalesce(sum(nb_canards_actuel), 0)
FROM lots_gavage
WHERE code_lot IN (
    SELECT code_lot
    FROM gavage_lot_jour
    WHERE gaveur_id = $1 AND bucket BETWEEN date_bin('1 day', $2, '2000-01-01T00:00:00Z') AND $3
        AND (time_matin BETWEEN $2 AND $3 OR time_soir BETWEEN $2 AND $3));
