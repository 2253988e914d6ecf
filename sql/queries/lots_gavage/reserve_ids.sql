-- $1 number of ids to reserve for new lives. Unused ids are lost when the process ends, as with any sequence.
SELECT nextval('lots_gavage_id_seq') AS id FROM generate_series(1, $1::integer)
