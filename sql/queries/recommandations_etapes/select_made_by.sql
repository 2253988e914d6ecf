-- $1 number of a request. The steps that it made, each as the advice was then.
SELECT etape.etat, advice.id, advice.regle, advice.version, advice.gaveur_id, gaveur.nom AS gaveur_nom, advice.site_code, advice.code_lot_source,
    cible.code_lot AS code_lot_cible, advice.texte, advice.texte_en, advice.preuve, advice.action, advice.courbe_version, advice.cree_le,
    advice.expire_le, advice.envoyee_le, advice.simule,
    etape.par, etape.le AS maj_le, etape.commentaire
FROM recommandations_etapes etape
JOIN recommandations advice ON advice.id = etape.recommandation_id
JOIN gaveurs_euralis gaveur ON gaveur.id = advice.gaveur_id
LEFT JOIN lots_gavage cible ON cible.id = advice.lot_cible_id
WHERE etape.requete = $1
ORDER BY etape.id
