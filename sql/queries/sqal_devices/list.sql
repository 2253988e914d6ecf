-- $1 a station is online if it was last seen at or after this instant; filters, null for no filter: $2 site, $3 online. $4 limit, $5
-- offset.
SELECT device_id, site_code, location, firmware_version, ip_address, derniere_activite >= $1 AS en_ligne, derniere_activite,
    dernier_echantillon, echantillons_total, simule
FROM sqal_devices
WHERE ($2::text IS NULL OR site_code = $2) AND ($3::boolean IS NULL OR (derniere_activite >= $1) = $3)
ORDER BY device_id
LIMIT $4 OFFSET $5
