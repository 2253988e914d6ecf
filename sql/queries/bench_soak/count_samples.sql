SELECT count(*), count(DISTINCT sample_id) FROM sensor_samples WHERE sample_id LIKE $1;
