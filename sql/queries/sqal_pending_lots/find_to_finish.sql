-- $1 code, $2 id or null. The life of the code that is being inspected, claimed first, else the latest that was queued. Where no lot has the
-- code, the lot with the id.
SELECT pending.lot_id
FROM sqal_pending_lots pending
JOIN lots_gavage lot ON lot.id = pending.lot_id
WHERE lot.code_lot = $1 OR (lot.id = $2 AND NOT EXISTS (SELECT FROM lots_gavage named WHERE named.code_lot = $1))
ORDER BY pending.statut = 'inspecting' DESC, CASE WHEN pending.statut = 'inspecting' THEN pending.prise_le END,
    pending.en_attente_depuis DESC, pending.lot_id DESC
LIMIT 1
