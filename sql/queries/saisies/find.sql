-- $1 lot, $2 key of the entry.
SELECT corps, requete, reponse FROM saisies WHERE lot_id = $1 AND cle = $2
