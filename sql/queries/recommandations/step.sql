-- $1 id, $2 state, $3 text of a supervisor or null. Its English text is that of the rule, which no longer stands then.
UPDATE recommandations SET etat = $2, texte = coalesce($3, texte), texte_en = CASE WHEN $3::text IS NULL THEN texte_en END,
    envoyee_le = CASE WHEN $2 = 'envoyee' THEN now() ELSE envoyee_le END
WHERE id = $1
