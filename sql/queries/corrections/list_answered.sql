-- $1 and $2 scope, $3 gaveur, $4 lot, each null for all, $5 number of rows. What was answered, the newest first.
SELECT answer.lot_id, lot.code_lot, lot.gaveur_id, lot.site_code, lot.simule, answer.jour, answer.moment, answer.prevue_g,
    answer.donnee_g, answer.prevue_suivante_g, answer.proposee_g, answer.acceptee, answer.dose_finale_g, answer.par, answer.le
FROM corrections answer
JOIN lots_gavage lot ON lot.id = answer.lot_id
WHERE ($3::integer IS NULL OR lot.gaveur_id = $3) AND ($4::bigint IS NULL OR answer.lot_id = $4)
    AND ($1::text[] IS NULL OR lot.site_code = ANY ($1)) AND ($2::integer IS NULL OR lot.gaveur_id = $2)
ORDER BY answer.le DESC
LIMIT $5
