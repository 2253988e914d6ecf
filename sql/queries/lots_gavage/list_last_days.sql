-- The jour of the last meal of each lot that was fed to the end within eight weeks, latest last.
SELECT site_code, jour_actuel, simule
FROM lots_gavage
WHERE statut IN ('pret_abattage', 'abattu', 'controle_qualite', 'clos') AND dernier_releve > now() - interval '56 days'
ORDER BY dernier_releve
