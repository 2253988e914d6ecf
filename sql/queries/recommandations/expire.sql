-- $1 number of the request. What nobody has answered in time, or whose lot has begun.
WITH expired AS (
    UPDATE recommandations advice SET etat = 'expiree'
    WHERE etat IN ('proposee', 'envoyee', 'lue') AND (expire_le <= now() OR EXISTS (
        SELECT FROM lots_gavage lot
        WHERE lot.id = advice.lot_cible_id AND lot.statut NOT IN ('planifie', 'en_preparation')))
    RETURNING id
)
INSERT INTO recommandations_etapes (recommandation_id, etat, requete)
SELECT id, 'expiree', $1 FROM expired
