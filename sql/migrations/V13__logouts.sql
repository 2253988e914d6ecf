-- Logout tokens of the identity provider that were obeyed, so that none is obeyed twice. Older ones are refused by their age.
CREATE TABLE auth_logouts (
    jti         text PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);

-- A logout names a person or a session at the provider.
CREATE INDEX auth_sessions_principal ON auth_sessions (principal);
CREATE INDEX auth_sessions_sid ON auth_sessions (sid) WHERE sid IS NOT NULL;
