-- $1 gaveur. Live ducks, as last counted, in the lots being fed.
SELECT coalesce(sum(nb_canards_actuel), 0) FROM lots_gavage WHERE gaveur_id = $1 AND statut = 'en_gavage';
