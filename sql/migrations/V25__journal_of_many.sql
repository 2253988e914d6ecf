-- Several servers on one database: an entry has a number among those of its process, so that a commit in doubt can be looked up, and tells how
-- many readings it holds.
ALTER TABLE journal
    ADD COLUMN nr bigint NOT NULL DEFAULT 0,
    ADD COLUMN releves integer NOT NULL DEFAULT 0;

-- As journal_append(bigint, text), which a server of the version before may still call while this one starts. With `since`, only if the process has
-- no entry with this number behind that position: the transaction in doubt would be told twice. With `is_announced`, who listens hears of the entry
-- when it is committed.
CREATE FUNCTION journal_append(
    of_process bigint, of_nr bigint, of_releves integer, since bigint, is_announced boolean, entry text
) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    place bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('gaveurs journal', 0));
    IF EXISTS (SELECT 1 FROM journal told WHERE told.position > since AND told.process = of_process AND told.nr = of_nr) THEN
        RAISE EXCEPTION 'entry % of this process is in the journal', of_nr USING ERRCODE = 'serialization_failure';
    END IF;
    SELECT 1 + greatest(
        coalesce((SELECT max(entries.position) FROM journal entries), 0),
        coalesce((SELECT max(reperes.position) FROM journal_reperes reperes), 0)
    ) INTO place;
    INSERT INTO journal (position, process, nr, releves, fait_le, corps)
    VALUES (place, of_process, of_nr, of_releves, clock_timestamp(), entry);
    IF is_announced THEN
        PERFORM pg_notify('gaveurs_journal', of_process || ' ' || place);
    END IF;
    RETURN place;
END $$;
