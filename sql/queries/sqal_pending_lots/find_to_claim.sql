-- $1 code, $2 who, $3 id or null. The life of the code that is his already, else the one that has waited longest, else the latest of those
-- that are over. Where no lot has the code, the lot with the id.
SELECT pending.lot_id
FROM sqal_pending_lots pending
JOIN lots_gavage lot ON lot.id = pending.lot_id
WHERE lot.code_lot = $1 OR (lot.id = $3 AND NOT EXISTS (SELECT FROM lots_gavage named WHERE named.code_lot = $1))
ORDER BY pending.statut = 'inspecting' AND pending.prise_par = $2 DESC, pending.statut = 'pending' DESC,
    CASE WHEN pending.statut = 'pending' THEN pending.en_attente_depuis END, pending.en_attente_depuis DESC, pending.lot_id DESC
LIMIT 1
