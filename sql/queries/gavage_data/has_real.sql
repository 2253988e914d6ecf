-- Whether meals or samples that are not simulated came within the last 24 hours.
SELECT EXISTS (SELECT FROM gavage_data WHERE time >= now() - interval '24 hours' AND NOT simule)
    OR EXISTS (SELECT FROM sensor_samples WHERE time >= now() - interval '24 hours' AND NOT simule)
