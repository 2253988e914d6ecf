-- A login lives as long as the provider confirms it.
ALTER TABLE auth_sessions
    -- The provider's name for the session there.
    ADD COLUMN sid      text,
    -- Refresh token and ID token, sealed with a key that the database does not have. Null if the login is not renewed.
    ADD COLUMN tokens   bytea,
    -- When the provider is asked next. Whoever asks moves it first, so that no other server asks at the same time.
    ADD COLUMN renew_at timestamptz,
    -- Attempts in a row without an answer.
    ADD COLUMN failures integer NOT NULL DEFAULT 0;

CREATE INDEX auth_sessions_renew_at ON auth_sessions (renew_at) WHERE renew_at IS NOT NULL;
