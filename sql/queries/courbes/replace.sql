-- $1 lot, $2 version. The curve in force gives way to this version.
UPDATE courbes SET etat = 'remplacee' WHERE lot_id = $1 AND version <> $2 AND etat = 'validee'
