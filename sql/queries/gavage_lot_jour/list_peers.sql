-- $1 and $2 scope, $3 id of a lot, $4 most peers. The doses of its peers by day: lots of the same genetics, simulated or not as it is, with
-- every meal known, that ended within the year before its last meal; those of its site before the others.
WITH mine AS MATERIALIZED (
    SELECT id, site_code, genetique, simule, dernier_releve
    FROM lots_gavage
    WHERE id = $3 AND ($1::text[] IS NULL OR site_code = ANY ($1)) AND ($2::integer IS NULL OR gaveur_id = $2)
),
peers AS MATERIALIZED (
    SELECT peer.id, peer.site_code = mine.site_code AS du_site
    FROM mine
    JOIN lots_gavage peer USING (genetique, simule)
    WHERE peer.id <> mine.id AND peer.bilan_releve < mine.dernier_releve AND peer.bilan_releve >= mine.dernier_releve - INTERVAL '365 days'
        AND peer.mais_g_par_canard IS NOT NULL
        AND ($1::text[] IS NULL OR peer.site_code = ANY ($1)) AND ($2::integer IS NULL OR peer.gaveur_id = $2)
    ORDER BY du_site DESC, peer.bilan_releve DESC, peer.id DESC
    LIMIT $4
)
SELECT day.lot_id, peers.du_site, day.jour, day.dose_matin, day.dose_soir
FROM gavage_lot_jour day
JOIN peers ON peers.id = day.lot_id
WHERE day.lot_id = ANY (ARRAY(SELECT id FROM peers))
    AND ($1::text[] IS NULL OR day.site_code = ANY ($1)) AND ($2::integer IS NULL OR day.gaveur_id = $2)
ORDER BY day.lot_id, day.jour, day.bucket
