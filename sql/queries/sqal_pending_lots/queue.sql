-- $1 ids of lots that are ready. One that is queued already keeps its place.
INSERT INTO sqal_pending_lots (lot_id)
SELECT * FROM unnest($1::bigint[])
ON CONFLICT (lot_id) DO NOTHING
