-- Which users are connected to which server process. A process holds the advisory lock `process_key` while it lives: rows
-- whose lock nobody holds were left by a process that died.
CREATE TABLE ws_registry (
    user_id      text NOT NULL,
    process      text NOT NULL,
    process_key  bigint NOT NULL,
    pid          integer NOT NULL,
    address      text NOT NULL,
    generation   bigint NOT NULL,
    connected_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, process)
);

CREATE INDEX ws_registry_process ON ws_registry (process_key);
