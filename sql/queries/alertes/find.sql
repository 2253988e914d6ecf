-- $1 and $2 scope. Whether the alert $3 is visible and of source $4, null for any.
SELECT EXISTS (
    SELECT FROM alertes alerte
    WHERE ($1::text[] IS NULL OR alerte.site_code = ANY ($1)) AND ($2::integer IS NULL OR alerte.gaveur_id = $2)
        AND alerte.id = $3
        AND ($4::text IS NULL OR alerte.source = $4)
) AS is_visible
