-- $1 marks of transactions of which it was not known whether they were committed.
SELECT alerte.*, gaveur.nom AS gaveur_nom
FROM alertes alerte
LEFT JOIN gaveurs_euralis gaveur ON gaveur.id = alerte.gaveur_id
WHERE alerte.ecriture = ANY ($1)
ORDER BY alerte.id
