//! The pages of supervision and of quality control.

use super::*;

#[actix_web::test]
async fn the_supervision_pages_find_the_types_that_they_declare() {
    let database = world().await;
    for path in [
        "/api/euralis/lots",
        "/api/euralis/lots/LL2601002",
        "/api/euralis/sites/LL/lots",
    ] {
        assert_fields(&database, path, "", &LOT).await;
    }
    let site = [
        ("id", Number),
        ("code", Text),
        ("nom", Text),
        ("nb_gaveurs_actifs", Number),
    ];
    for path in ["/api/euralis/sites", "/api/euralis/sites/LL"] {
        assert_fields(&database, path, "", &site).await;
    }
    let stats = [
        ("site_code", Text),
        ("site_nom", Text),
        ("nb_lots", Number),
        ("nb_gaveurs", Number),
        ("nb_lots_actifs", Number),
        ("nb_lots_termines", Number),
        ("itm_moyen", Number),
        ("itm_min", Number),
        ("itm_max", Number),
        ("sigma_moyen", Number),
        ("mortalite_moyenne", Number),
        ("production_foie_kg", Number),
        ("production_totale_kg", Number),
        ("conso_moyenne_mais", Number),
        ("duree_moyenne", Number),
    ];
    // A site without a lot makes no page blank.
    for path in [
        "/api/euralis/sites/LL/stats",
        "/api/euralis/sites/MT/stats?mois=2026-01",
    ] {
        assert_fields(&database, path, "", &stats).await;
    }
    let compared = [
        ("site_code", Text),
        ("site_nom", Text),
        ("itm_moyen", Number),
        ("mortalite", Number),
        ("production_kg", Number),
        ("nb_lots", Number),
        ("rank", Number),
    ];
    for metric in ["itm", "mortalite", "production"] {
        let path = format!("/api/euralis/sites/compare?metrique={metric}");
        assert_fields(&database, &path, "", &compared).await;
    }
    let kpis = [
        ("production_totale_kg", Number),
        ("nb_lots_actifs", Number),
        ("nb_lots_termines", Number),
        ("nb_gaveurs_actifs", Number),
        ("itm_moyen_global", Number),
        ("mortalite_moyenne_globale", Number),
        ("nb_alertes_critiques", Number),
    ];
    assert_fields(&database, "/api/euralis/dashboard/kpis", "", &kpis).await;
    let empty = TestDatabase::create().await;
    assert_fields(&empty, "/api/euralis/dashboard/kpis", "", &kpis).await;
    for path in [
        "/api/euralis/dashboard/charts/production",
        "/api/euralis/dashboard/charts/itm",
    ] {
        assert_fields(&database, path, "", &[("date", Text), ("site_code", Text)]).await;
    }
    let performance = [
        ("gaveur_id", Number),
        ("gaveur_nom", Text),
        ("site_code", Text),
        ("nb_lots_total", Number),
        ("itm_moyen", Number),
        ("sigma_moyen", Number),
        ("mortalite_moyenne", Number),
        ("production_totale_kg", Number),
    ];
    assert_fields(
        &database,
        "/api/euralis/gaveurs/performances",
        "",
        &performance,
    )
    .await;
    let analytics = [
        &performance[..],
        &[
            ("itm_site_moyen", Number),
            ("itm_euralis_moyen", Number),
            ("rang_site", OrNull(&Number)),
            ("total_gaveurs_site", Number),
            ("rang_euralis", OrNull(&Number)),
            ("total_gaveurs_euralis", Number),
            ("evolution_itm_7j", List),
        ],
    ]
    .concat();
    assert_fields(
        &database,
        "/api/euralis/gaveurs/1/analytics",
        "",
        &analytics,
    )
    .await;
    let card = [
        ("id", Number),
        ("nom", Text),
        ("site_origine", Text),
        ("nb_lots", Number),
    ];
    assert_fields(&database, "/api/euralis/sites/LL/gaveurs", "", &card).await;
    assert_fields(&database, "/api/euralis/gaveurs/1", "", &card).await;
    let alerts = [
        ("valeur_observee", Number),
        ("valeur_attendue", Number),
        ("severite", Text),
    ];
    assert_fields(
        &database,
        "/api/euralis/alertes",
        "",
        &[&ALERT[..], &alerts].concat(),
    )
    .await;
    let doses = [
        ("jour_gavage", Number),
        ("feed_target", Number),
        ("feed_real", Number),
    ];
    assert_fields(&database, "/api/euralis/lots/LL2601001/doses", "", &doses).await;
}

#[actix_web::test]
async fn the_quality_pages_find_the_types_that_they_declare() {
    let database = world().await;
    let overview = [
        ("stats_24h", Object),
        ("grade_distribution_7d", Object),
        ("active_alerts", Number),
        ("critical_alerts", Number),
        ("total_devices", Number),
        ("active_devices", Number),
        ("timestamp", Text),
        ("totalSamples", Number),
        ("samplesToday", Number),
        ("averageQuality", Number),
        ("activeAlerts", Number),
        ("successRate", Number),
        ("activeDevices", Number),
    ];
    assert_fields(&database, "/api/sqal/dashboard/overview", "", &overview).await;
    let devices = [
        ("devices", List),
        ("total", Number),
        ("online", Number),
        ("offline", Number),
    ];
    assert_fields(&database, "/api/sqal/devices", "", &devices).await;
    let device = [
        ("device_id", Text),
        ("device_name", Text),
        ("status", Text),
        ("site_code", Text),
    ];
    assert_fields(&database, "/api/sqal/devices", "/devices", &device).await;
    assert_fields(&database, "/api/sqal/devices/ESP32_LL_01", "", &device).await;
    let lots = [
        ("lot_id", Number),
        ("nb_echantillons", Number),
        ("score_qualite_moyen", Number),
        ("grade_majoritaire", Text),
    ];
    assert_fields(
        &database,
        "/api/sqal/integration/lots-aggregated",
        "/lots",
        &lots,
    )
    .await;
    assert_fields(&database, "/api/sqal/integration/lot/LL2601002", "", &lots).await;
    assert_eq!(
        json(&database, "/api/sqal/samples/count").await["count"],
        12
    );
}
