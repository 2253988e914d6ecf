-- $1 lots whose control has just ended. Those of the rejected ones are retired.
UPDATE consumer_products product SET retire_le = now(), retire_par = $2, retire_motif = 'lot refusé au contrôle'
FROM sqal_pending_lots control
WHERE product.lot_id = ANY ($1) AND control.lot_id = product.lot_id AND control.statut = 'rejected' AND product.retire_le IS NULL
