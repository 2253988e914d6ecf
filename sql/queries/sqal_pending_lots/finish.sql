-- $1 lots. Rejected when more than half of the samples are, or when none may be sold.
UPDATE sqal_pending_lots pending SET
    statut = CASE WHEN figures.rejected THEN 'rejected' ELSE 'inspected' END,
    terminee_le = now()
FROM (
    SELECT named.code_lot, 2 * coalesce(foies.reject, 0) > coalesce(foies.echantillons, 0) OR coalesce(foies.vendables, 0) = 0 AS rejected
    FROM unnest($1::text[]) AS named (code_lot)
    LEFT JOIN (SELECT * FROM lot_foies WHERE code_lot = ANY ($1)) AS foies USING (code_lot)
) figures
WHERE pending.code_lot = figures.code_lot AND pending.statut = 'inspecting'
RETURNING pending.code_lot
