-- $1 number of a request. Whether what it asked for was done.
SELECT EXISTS (SELECT FROM audit WHERE request = $1) AS is_recorded
