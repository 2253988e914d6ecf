-- $1 code. The life of the code that is being inspected, claimed first, else the latest that was queued.
SELECT pending.lot_id
FROM sqal_pending_lots pending
JOIN lots_gavage lot ON lot.id = pending.lot_id
WHERE lot.code_lot = $1
ORDER BY pending.statut = 'inspecting' DESC, CASE WHEN pending.statut = 'inspecting' THEN pending.prise_le END,
    pending.en_attente_depuis DESC, pending.lot_id DESC
LIMIT 1
