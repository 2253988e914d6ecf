-- $1 lot, $2 key, $3 what was written, $4 what is answered, $5 number of the request. Entries older than 90 days are forgotten meanwhile.
WITH forgotten AS (
    DELETE FROM saisies WHERE recu_le < now() - interval '90 days'
)
INSERT INTO saisies (lot_id, cle, corps, reponse, requete) VALUES ($1, $2, $3, $4, $5)
