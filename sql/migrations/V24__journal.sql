-- What screens are told of transactions, in the order of their commits; only with --journal. Positions have no gaps.
CREATE TABLE journal (
    position bigint PRIMARY KEY,
    -- The process that wrote it.
    process  bigint NOT NULL,
    fait_le  timestamptz NOT NULL,
    corps    text NOT NULL
);

-- The positions that the streams of the topics had reached when they had published the journal up to this position: streams go on from
-- here where the entries before are deleted.
CREATE TABLE journal_reperes (
    position bigint PRIMARY KEY,
    fait_le  timestamptz NOT NULL,
    atteint  text NOT NULL
);

-- The epoch of the streams that the journal holds. Without a row there is none, and what the journal holds is void.
CREATE TABLE journal_epoque (
    seule  boolean PRIMARY KEY DEFAULT true CHECK (seule),
    epoque text NOT NULL,
    depuis timestamptz NOT NULL
);

-- The last statement of a transaction before its COMMIT. Who appends holds the lock until his commit is visible, so that positions are seen
-- in their order and none is left out; a sequence would give positions to transactions that are not visible yet.
CREATE FUNCTION journal_append(of_process bigint, entry text) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    place bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('gaveurs journal', 0));
    SELECT 1 + greatest(
        coalesce((SELECT max(entries.position) FROM journal entries), 0),
        coalesce((SELECT max(reperes.position) FROM journal_reperes reperes), 0)
    ) INTO place;
    INSERT INTO journal (position, process, fait_le, corps) VALUES (place, of_process, clock_timestamp(), entry);
    RETURN place;
END $$;
