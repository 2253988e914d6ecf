-- True if the extension is installed or can be. CREATE EXTENSION ends the session unless the library was preloaded at server start. A
-- role that may not read the preload list (pg_settings then lacks the row) tries it.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
    OR (EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
        AND NOT EXISTS (
            SELECT FROM pg_settings
            WHERE name = 'shared_preload_libraries' AND setting NOT LIKE '%timescaledb%'));
