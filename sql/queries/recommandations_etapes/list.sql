-- $1 and $2 scope, $3 advice. Its steps, the first first.
SELECT etape.etat, etape.par, etape.role, etape.le, etape.commentaire
FROM recommandations_etapes etape
JOIN recommandations advice ON advice.id = etape.recommandation_id
WHERE advice.id = $3 AND ($1::text[] IS NULL OR advice.site_code = ANY ($1))
    AND ($2::integer IS NULL OR advice.gaveur_id = $2) AND ($2::integer IS NULL OR advice.envoyee_le IS NOT NULL)
ORDER BY etape.id
