-- $1: name. The role that owns this database.
SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1
