-- $1 instant from which on a station counts as there.
SELECT device_id, site_code, location, firmware_version, ip_address, derniere_activite >= $1 AS en_ligne, derniere_activite,
    dernier_echantillon, echantillons_total, simule
FROM sqal_devices
ORDER BY device_id
