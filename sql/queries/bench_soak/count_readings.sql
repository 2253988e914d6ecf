SELECT count(*), count(DISTINCT (code_lot, jour, moment)) FROM gavage_data WHERE code_lot LIKE $1;
