-- The meals of a site, hour by hour: sums and counts, because means cannot be added up. The maize is that of the meals whose ducks were
-- counted.
site_code,
count(*) AS releves,
count(nb_canards_vivants) AS releves_comptes,
sum(nb_canards_vivants) AS canards_nourris,
sum(dose_reelle * nb_canards_vivants) AS mais_g,
sum(dose_theorique * nb_canards_vivants) AS mais_prevu_g,
sum(dose_reelle * nb_canards_vivants) FILTER (WHERE dose_theorique IS NOT NULL) AS mais_compare_g,
sum(poids_moyen * nb_canards_vivants) AS poids_g,
sum(nb_canards_vivants) FILTER (WHERE poids_moyen IS NOT NULL) AS canards_peses,
count(temperature_stabule) AS temperatures,
sum(temperature_stabule) AS temperature_somme,
count(humidite_stabule) AS humidites,
sum(humidite_stabule) AS humidite_somme,
bool_or(simule) AS simule
