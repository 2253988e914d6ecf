-- $1 ids of lots. A lot is rejected if more than half of its samples are rejected, or if none may be sold.
UPDATE sqal_pending_lots pending SET
    statut = CASE WHEN figures.rejected THEN 'rejected' ELSE 'inspected' END,
    terminee_le = now()
FROM (
    SELECT named.lot_id, 2 * coalesce(foies.reject, 0) > coalesce(foies.echantillons, 0) OR coalesce(foies.vendables, 0) = 0 AS rejected
    FROM unnest($1::bigint[]) AS named (lot_id)
    LEFT JOIN (SELECT * FROM lot_foies WHERE lot_id = ANY ($1)) AS foies USING (lot_id)
) figures
WHERE pending.lot_id = figures.lot_id AND pending.statut = 'inspecting'
RETURNING pending.lot_id
