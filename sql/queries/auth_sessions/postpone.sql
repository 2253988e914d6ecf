-- The provider did not answer: login $1 is tried again after $2 seconds.
UPDATE auth_sessions SET failures = failures + 1, renew_at = now() + make_interval(secs => $2::float8) WHERE id = $1
