-- Gives the current database, and what a build before the first release created in it as superuser, to the server's role.
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER TABLE %s OWNER TO gaveurs', oid::regclass)
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO gaveurs', oid::regprocedure)
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT format('ALTER DATABASE %I OWNER TO gaveurs', current_database())
    LOOP
        EXECUTE statement;
    END LOOP;
END $$
