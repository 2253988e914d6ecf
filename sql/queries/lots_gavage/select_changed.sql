-- $1 seconds, $2 limit. The states of the lots that changed within that time, the last changed first; what they were before is not known.
SELECT id AS lot_id, code_lot, site_code, gaveur_id, NULL::text AS de, statut AS vers, NULL::text AS par, simule
FROM lots_gavage
WHERE updated_at >= now() - make_interval(secs => $1)
ORDER BY updated_at DESC
LIMIT $2
