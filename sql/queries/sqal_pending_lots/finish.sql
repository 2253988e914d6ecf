-- $1 lots. Rejected when more than half of the samples are, or when none may be sold.
UPDATE sqal_pending_lots pending SET
    statut = CASE WHEN figures.rejected THEN 'rejected' ELSE 'inspected' END,
    terminee_le = now()
FROM (
    SELECT named.code_lot,
        2 * count(*) FILTER (WHERE sample.final_grade = 'REJECT') > count(sample.sample_id)
            OR count(*) FILTER (WHERE sample.sellable) = 0 AS rejected
    FROM unnest($1::text[]) AS named (code_lot)
    LEFT JOIN sensor_samples sample ON sample.code_lot = named.code_lot
    GROUP BY named.code_lot
) figures
WHERE pending.code_lot = figures.code_lot AND pending.statut = 'inspecting'
RETURNING pending.code_lot
