-- The lots whose quality control has ended within the last day.
SELECT lot.id AS lot_id, lot.site_code, pending.terminee_le
FROM sqal_pending_lots pending
JOIN lots_gavage lot ON lot.id = pending.lot_id
WHERE pending.terminee_le >= now() - interval '25 hours' AND lot.statut = 'clos'
