-- Logins of people at the identity provider. Each is a key of its own, which the browser holds in a cookie; every server reads those that are
-- valid once a second, with the keys of programs.
CREATE TABLE auth_sessions (
    id         text PRIMARY KEY,
    -- SHA-256 of the whole key. The key itself is stored nowhere.
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- `oidc:<sub>`.
    principal  text NOT NULL,
    name       text NOT NULL,
    role       text NOT NULL CHECK (role IN ('gaveur', 'superviseur', 'technicien_sqal', 'admin')),
    site_codes text[] NOT NULL DEFAULT '{}' CHECK (site_codes <@ ARRAY['LL', 'LS', 'MT']),
    gaveur_id  integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    -- When the person logged out.
    ended_at   timestamptz
);

CREATE INDEX auth_sessions_expires_at ON auth_sessions (expires_at);
