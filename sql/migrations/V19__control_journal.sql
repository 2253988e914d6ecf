-- What was asked of the control panel. Only its actor writes it; rows are only added.
CREATE TABLE control_journal (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    le         timestamptz NOT NULL DEFAULT now(),
    par        text NOT NULL,
    action     text NOT NULL,
    parametres jsonb NOT NULL
);

CREATE FUNCTION refuse_change_of_control_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of control_journal are only added';
END
$$;

CREATE TRIGGER control_journal_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON control_journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_control_journal();
