-- $1 and $2 scope, $3 states, $4 gaveur, $5 site, $6 lot it follows from, $7 id, all null for any, $8 limit. The newest first, each with its
-- last step. A farmer sees what was sent to him.
SELECT advice.etat, advice.id, advice.regle, advice.version, advice.gaveur_id, gaveur.nom AS gaveur_nom, advice.site_code, advice.code_lot_source,
    cible.code_lot AS code_lot_cible, advice.texte, advice.texte_en, advice.preuve, advice.action, advice.courbe_version, advice.cree_le,
    advice.expire_le, advice.envoyee_le, advice.simule,
    etape.par, etape.le AS maj_le, etape.commentaire
FROM recommandations advice
JOIN gaveurs_euralis gaveur ON gaveur.id = advice.gaveur_id
LEFT JOIN lots_gavage cible ON cible.id = advice.lot_cible_id
JOIN recommandations_etapes etape ON etape.recommandation_id = advice.id AND etape.etat = advice.etat
WHERE ($1::text[] IS NULL OR advice.site_code = ANY ($1))
    AND ($2::integer IS NULL OR advice.gaveur_id = $2) AND ($2::integer IS NULL OR advice.envoyee_le IS NOT NULL)
    AND ($3::text[] IS NULL OR advice.etat = ANY ($3))
    AND ($4::integer IS NULL OR advice.gaveur_id = $4)
    AND ($5::text IS NULL OR advice.site_code = $5)
    AND ($6::bigint IS NULL OR advice.lot_source_id = $6)
    AND ($7::bigint IS NULL OR advice.id = $7)
ORDER BY advice.id DESC
LIMIT $8
