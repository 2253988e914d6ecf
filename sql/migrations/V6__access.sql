-- Keys of programs and wall screens. Only `gaveurs keys` writes them; every server reads them once a second.
CREATE TABLE api_keys (
    id         text PRIMARY KEY,
    -- SHA-256 of the whole key. The key itself is stored nowhere.
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    name       text NOT NULL,
    role       text NOT NULL
               CHECK (role IN ('gaveur', 'superviseur', 'technicien_sqal', 'station', 'simulateur', 'metrics', 'admin')),
    -- Empty for every site.
    site_codes text[] NOT NULL DEFAULT '{}' CHECK (site_codes <@ ARRAY['LL', 'LS', 'MT']),
    gaveur_id  integer,
    device_id  text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

-- Who did what. Rows are only added, in the transaction of what was done.
CREATE TABLE audit (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    -- Of the request: a transaction that is repeated because its end is unknown adds no second row.
    request   bigint NOT NULL UNIQUE,
    -- `key:<id>`, or `anyone` without authentication, or `operator` for the command line.
    principal text NOT NULL,
    name      text NOT NULL,
    role      text NOT NULL,
    address   text,
    action    text NOT NULL,
    object    text NOT NULL
);

CREATE INDEX audit_at ON audit (at);

CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of audit are only added';
END
$$;

CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
