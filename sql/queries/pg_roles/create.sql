-- The server's role, which owns its database and is no superuser. It reads all settings, because has_timescaledb.sql asks for one.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gaveurs') THEN
        CREATE ROLE gaveurs LOGIN;
        GRANT pg_read_all_settings TO gaveurs;
    END IF;
END $$
