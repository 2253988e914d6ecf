-- Returns the samples that are new.
INSERT INTO sensor_sample_ids (sample_id, device_id, time)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS t (sample_id, device_id, time)
ORDER BY sample_id, device_id, time
ON CONFLICT (sample_id, device_id, time) DO NOTHING
RETURNING sample_id, device_id, time
