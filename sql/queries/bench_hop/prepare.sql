-- What the server asks that connects as this role is counted apart from what the others ask.
CREATE EXTENSION pg_stat_statements;
CREATE ROLE newcomer LOGIN IN ROLE gaveurs
