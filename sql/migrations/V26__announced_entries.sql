-- Whoever listens hears also of the entries that the writer has not placed, which have no number.
CREATE OR REPLACE FUNCTION journal_append(of_process bigint, entry text) RETURNS bigint LANGUAGE sql AS $$
    SELECT journal_append(of_process, 0, 0, NULL, true, entry)
$$;
