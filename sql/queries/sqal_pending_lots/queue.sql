-- $1 lots that are ready. One that is queued already keeps its place.
INSERT INTO sqal_pending_lots (code_lot)
SELECT * FROM unnest($1::text[])
ON CONFLICT (code_lot) DO NOTHING
