-- On plain PostgreSQL an aggregate is a view. On TimescaleDB sql/timescale/ puts a continuous aggregate in its place. A name in double
-- braces stands for the columns in the file of that name in sql/aggregates/.
CREATE OR REPLACE VIEW gavage_lot_jour AS
SELECT date_bin('1 day', time, '2000-01-01T00:00:00Z') AS bucket, {{gavage_lot_jour}}
FROM gavage_data
GROUP BY date_bin('1 day', time, '2000-01-01T00:00:00Z'), lot_id, code_lot, gaveur_id, site_code, jour;

CREATE OR REPLACE VIEW gavage_site_heure AS
SELECT date_bin('1 hour', time, '2000-01-01T00:00:00Z') AS bucket, {{gavage_site_heure}}
FROM gavage_data
GROUP BY date_bin('1 hour', time, '2000-01-01T00:00:00Z'), site_code;

CREATE OR REPLACE VIEW sqal_station_heure AS
SELECT date_bin('1 hour', time, '2000-01-01T00:00:00Z') AS bucket, {{sqal_station_heure}}
FROM sensor_samples
GROUP BY date_bin('1 hour', time, '2000-01-01T00:00:00Z'), device_id, site_code, lot_id, code_lot;

CREATE OR REPLACE VIEW consumer_lot_jour AS
SELECT date_bin('1 day', time, '2000-01-01T00:00:00Z') AS bucket, {{consumer_lot_jour}}
FROM consumer_feedbacks
GROUP BY date_bin('1 day', time, '2000-01-01T00:00:00Z'), lot_id, code_lot, site_code, gaveur_id, grade, simule;
