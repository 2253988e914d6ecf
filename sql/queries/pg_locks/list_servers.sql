-- $1 class of the locks of servers, $2 number of this one, $3 whether it is one of a cluster. The others that live, and where they listen; without
-- those of its cluster.
SELECT held.objid::bigint::integer AS number,
    concat_ws(' of ', substring(activity.application_name FROM '^gaveurs (.+)$'), host(activity.client_addr)) AS address
FROM pg_locks held
JOIN pg_stat_activity activity USING (pid)
WHERE held.locktype = 'advisory'
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND held.objsubid = 2
    AND held.classid::bigint = $1::integer
    AND held.objid::bigint <> $2::integer
    AND held.granted
    AND NOT ($3 AND EXISTS (SELECT FROM ws_processes WHERE process_key & 2147483647 = held.objid::bigint))
