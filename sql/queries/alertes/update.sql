UPDATE alertes SET
    severite = changed.severite,
    mesure = changed.mesure,
    seuil = changed.seuil,
    fermee_le = changed.fermee_le
FROM unnest($1::bigint[], $2::text[], $3::double precision[], $4::double precision[], $5::timestamptz[])
    AS changed (id, severite, mesure, seuil, fermee_le)
WHERE alertes.id = changed.id
