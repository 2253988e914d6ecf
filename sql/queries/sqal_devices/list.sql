-- $1 and $2 scope; stations have no gaveur. $3 a station is online if it was last seen at or after this instant; filters, null for no
-- filter: $4 site, $5 online, $8 station. $6 limit, $7 offset.
SELECT device_id, site_code, location, firmware_version, ip_address, derniere_activite >= $3 AS en_ligne, derniere_activite,
    dernier_echantillon, echantillons_total, simule
FROM sqal_devices
WHERE ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR false)
    AND ($4::text IS NULL OR site_code = $4) AND ($5::boolean IS NULL OR (derniere_activite >= $3) = $5)
    AND ($8::text IS NULL OR device_id = $8)
ORDER BY device_id
LIMIT $6 OFFSET $7
