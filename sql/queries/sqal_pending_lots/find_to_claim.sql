-- $1 code, $2 claimer. The life that he has claimed already, otherwise the one that has waited longest, otherwise the latest of the ended
-- ones.
SELECT pending.lot_id
FROM sqal_pending_lots pending
JOIN lots_gavage lot ON lot.id = pending.lot_id
WHERE lot.code_lot = $1
ORDER BY pending.statut = 'inspecting' AND pending.prise_par = $2 DESC, pending.statut = 'pending' DESC,
    CASE WHEN pending.statut = 'pending' THEN pending.en_attente_depuis END, pending.en_attente_depuis DESC, pending.lot_id DESC
LIMIT 1
