-- A lot changes with every meal. Where no index holds what changes, the new state takes a free place on the page of the old one (HOT),
-- and no index is written: lists go by the number of the lot instead of by its latest change.
DROP INDEX lots_gavage_gaveur, lots_gavage_statut, lots_gavage_updated, lots_gavage_site, lots_gavage_releve;
CREATE INDEX lots_gavage_gaveur ON lots_gavage (gaveur_id, id);
CREATE INDEX lots_gavage_statut ON lots_gavage (statut, id);
CREATE INDEX lots_gavage_site ON lots_gavage (site_code, id);
ALTER TABLE lots_gavage SET (fillfactor = 60);

-- Readings come nearly in the order of their time, so the hours of the sites are found by ranges of pages, at next to no cost when
-- a reading is written; the days of a gaveur through the index that his readings have anyway. TimescaleDB finds both by chunk.
DROP INDEX IF EXISTS gavage_data_gaveur_bucket, gavage_data_site_bucket;
CREATE INDEX gavage_data_bucket ON gavage_data USING brin (date_bin('1 hour', time, '2000-01-01T00:00:00Z')) WITH (pages_per_range = 16, autosummarize = on);
