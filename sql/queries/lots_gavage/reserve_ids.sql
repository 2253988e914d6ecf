-- $1 how many. Ids that the writer gives to new lives; those that a process leaves unused are lost, as with any sequence.
SELECT nextval('lots_gavage_id_seq') AS id FROM generate_series(1, $1::integer)
