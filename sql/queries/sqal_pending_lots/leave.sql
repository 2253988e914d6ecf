-- $1 lot that is fed again. Takes it out of the queue, unless it has been claimed.
DELETE FROM sqal_pending_lots WHERE lot_id = $1 AND statut = 'pending' RETURNING lot_id
