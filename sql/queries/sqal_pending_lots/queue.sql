-- $1 ids of lots that are ready. A lot that is already queued keeps its position.
INSERT INTO sqal_pending_lots (lot_id)
SELECT * FROM unnest($1::bigint[])
ON CONFLICT (lot_id) DO NOTHING
