-- $1 and $2 scope, $3 start and $4 end of a period, $5 site, null for all. Alerts raised in the period by type and severity, real and simulated
-- apart, and how long it took to acknowledge and to close them, in minutes.
SELECT type, severite, simule,
    count(*) AS levees,
    count(acquittee_le) AS acquittees,
    count(fermee_le) AS fermees,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acquittee_le - levee_le)::double precision / 60) AS acquittement_median,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM acquittee_le - levee_le)::double precision / 60) AS acquittement_p90,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM fermee_le - levee_le)::double precision / 60) AS duree_mediane
FROM alertes
WHERE levee_le >= $3 AND levee_le < $4
    AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
    AND ($5::text IS NULL OR site_code = $5)
GROUP BY type, severite, simule
ORDER BY count(*) DESC, type, severite, simule
