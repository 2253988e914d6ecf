CREATE TABLE IF NOT EXISTS bench_commits (at timestamptz NOT NULL DEFAULT now());
