-- $1 and $2 scope, $3 gaveur. Live ducks, as last counted, in the lots being fed.
SELECT coalesce(sum(nb_canards_actuel), 0) FROM lots_gavage
WHERE gaveur_id = $3 AND statut = 'en_gavage'
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2);
