-- $1 gaveur. Ducks alive in the lots that are being fed, as last counted.
SELECT coalesce(sum(nb_canards_actuel), 0) FROM lots_gavage WHERE gaveur_id = $1 AND statut = 'en_gavage';
