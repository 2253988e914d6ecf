-- Null values keep what is stored.
INSERT INTO sqal_devices AS known
    (device_id, derniere_activite, site_code, location, firmware_version, ip_address, mac_address, simule, echantillons_total,
     dernier_echantillon)
SELECT device_id, at, site_code, location, firmware_version, ip_address, mac_address, coalesce(simule, false), samples, last_sample
FROM unnest(
    $1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::bigint[],
    $10::timestamptz[])
    AS t (device_id, at, site_code, location, firmware_version, ip_address, mac_address, simule, samples, last_sample)
ORDER BY device_id
ON CONFLICT (device_id) DO UPDATE SET
    derniere_activite = greatest(known.derniere_activite, EXCLUDED.derniere_activite),
    site_code = coalesce(EXCLUDED.site_code, known.site_code),
    location = coalesce(EXCLUDED.location, known.location),
    firmware_version = coalesce(EXCLUDED.firmware_version, known.firmware_version),
    ip_address = coalesce(EXCLUDED.ip_address, known.ip_address),
    mac_address = coalesce(EXCLUDED.mac_address, known.mac_address),
    simule = EXCLUDED.simule OR (known.simule AND EXCLUDED.echantillons_total = 0),
    echantillons_total = known.echantillons_total + EXCLUDED.echantillons_total,
    dernier_echantillon = greatest(known.dernier_echantillon, EXCLUDED.dernier_echantillon)
