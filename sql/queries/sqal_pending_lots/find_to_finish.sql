-- $1 code. Of the lives in inspection the one claimed first, otherwise the one queued last.
SELECT pending.lot_id
FROM sqal_pending_lots pending
JOIN lots_gavage lot ON lot.id = pending.lot_id
WHERE lot.code_lot = $1
ORDER BY pending.statut = 'inspecting' DESC, CASE WHEN pending.statut = 'inspecting' THEN pending.prise_le END,
    pending.en_attente_depuis DESC, pending.lot_id DESC
LIMIT 1
