-- The processes of a cluster. Each holds the advisory lock `process_key` while it lives, as in ws_registry. Who finds the lock free deletes the row,
-- and tells the others of the dead process in the same transaction: so it is told once.
CREATE TABLE ws_processes (
    process_key bigint PRIMARY KEY,
    address     text NOT NULL,
    -- Of what the process has written last into the journal of arrivals and departures: what was written, though the answer was lost, is not
    -- written again.
    nr          bigint NOT NULL
);

-- Where the tabs and users of a cluster were at this position.
ALTER TABLE journal_reperes ADD COLUMN presence text;
