-- Gives the samples that are new.
INSERT INTO sensor_sample_ids (sample_id, time)
SELECT * FROM unnest($1::text[], $2::timestamptz[]) AS t (sample_id, time)
ORDER BY sample_id
ON CONFLICT (sample_id) DO NOTHING
RETURNING sample_id
