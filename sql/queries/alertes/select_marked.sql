-- $1 marks of transactions whose outcome was unknown.
SELECT alerte.*, gaveur.nom AS gaveur_nom, gaveur.telephone AS gaveur_telephone
FROM alertes alerte
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = alerte.gaveur_id
WHERE alerte.ecriture = ANY ($1)
ORDER BY alerte.id
