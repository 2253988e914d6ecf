//! What the older screens read, by the types that their programs declare, on a fed database; and the figures themselves.

use crate::{
    common::database::TestDatabase,
    feed::{self, Fed, fed, hours_ago, raise_alert},
    scans::{self, Scan},
    support::{ask, json},
};
use actix_web::http::StatusCode;
use serde_json::Value;

const RUNNING: &str = "LL2601001";
const ENDED: &str = "LL2601002";

/// What a field must be.
#[derive(Debug, Clone, Copy)]
enum Type {
    Number,
    Text,
    Flag,
    List,
    Object,
    /// The page copes with null.
    OrNull(&'static Type),
}
use Type::{Flag, List, Number, Object, OrNull, Text};

impl Type {
    fn holds(self, value: &Value) -> bool {
        match self {
            Number => value.is_number(),
            Text => value.is_string(),
            Flag => value.is_boolean(),
            List => value.is_array(),
            Object => value.is_object(),
            OrNull(inner) => value.is_null() || inner.holds(value),
        }
    }
}

/// One lot in its second day, one that has ended and whose livers were weighed, one alert.
async fn world() -> TestDatabase {
    let database = TestDatabase::create().await;
    let mut meals = vec![
        Fed {
            poids_moyen: Some(4100.0),
            ..fed(RUNNING, 0, "matin", hours_ago(30))
        },
        fed(RUNNING, 0, "soir", hours_ago(20)),
        Fed {
            dose_reelle: 480.0,
            nb_canards_vivants: Some(990),
            poids_moyen: Some(5200.0),
            ..fed(RUNNING, 1, "matin", hours_ago(6))
        },
    ];
    for jour in 0..10 {
        for moment in ["matin", "soir"] {
            meals.push(Fed {
                dose_reelle: 365.0,
                pret_abattage: (jour, moment) == (9, "soir"),
                ..fed(
                    ENDED,
                    jour,
                    moment,
                    hours_ago(300 - 24 * i64::from(jour) - i64::from(moment == "soir")),
                )
            });
        }
    }
    feed::store(&database, &meals).await;
    let foies = (0..12).map(|n| Scan {
        sample_id: format!("S-{n}"),
        device_id: "ESP32_LL_01".to_owned(),
        site: Some("LL".to_owned()),
        code_lot: Some(ENDED.to_owned()),
        time: hours_ago(2),
        score: Some(0.8),
        grade: Some(if n < 9 { "A" } else { "REJECT" }),
        masse_g: Some(if n % 2 == 0 { 480.0 } else { 520.0 }),
        simule: false,
    });
    scans::store(&database, &foies.collect::<Vec<_>>()).await;
    scans::queue(&database, &[ENDED.to_owned()]).await;
    raise_alert(&database, 1, "critical", hours_ago(5)).await;
    database
}

/// The fields of the object at `path`, or of each element when it is an array, which must not be empty.
async fn assert_fields(database: &TestDatabase, path: &str, at: &str, fields: &[(&str, Type)]) {
    let answer = json(database, path).await;
    let part = answer
        .pointer(at)
        .unwrap_or_else(|| panic!("{path}: no {at}: {answer:#}"));
    let elements: Vec<&Value> = match part {
        Value::Array(elements) => elements.iter().collect(),
        object => vec![object],
    };
    assert!(!elements.is_empty(), "{path} is empty");
    for element in elements {
        for (name, expected) in fields {
            let value = element.get(name);
            assert!(
                value.is_some_and(|value| expected.holds(value)),
                "{path}{at}: {name} must be {expected:?}, not {value:?}"
            );
        }
    }
}

const LOT: [(&str, Type); 21] = [
    ("id", Number),
    ("code_lot", Text),
    ("site_origine", Text),
    ("souche", Text),
    ("nombre_canards", Number),
    ("genetique", Text),
    ("date_debut_gavage", Text),
    ("date_fin_gavage_prevue", Text),
    ("date_fin_gavage_reelle", OrNull(&Text)),
    ("poids_moyen_initial", Number),
    ("poids_moyen_actuel", Number),
    ("poids_moyen_final", OrNull(&Number)),
    ("objectif_quantite_mais", Number),
    ("objectif_poids_final", Number),
    ("statut", Text),
    ("nombre_jours_gavage_ecoules", Number),
    ("taux_mortalite", Number),
    ("nombre_mortalite", Number),
    ("itm", OrNull(&Number)),
    ("sigma", OrNull(&Number)),
    ("duree_gavage_reelle", OrNull(&Number)),
];

const ALERT: [(&str, Type); 8] = [
    ("id", Number),
    ("time", Text),
    ("type_alerte", Text),
    ("niveau", Text),
    ("criticite", Text),
    ("titre", Text),
    ("message", Text),
    ("acquittee", Flag),
];

#[actix_web::test]
async fn the_farmers_pages_find_the_types_that_they_declare() {
    let database = world().await;
    for path in [
        "/api/lots",
        "/api/lots/gaveur/1",
        "/api/lots/LL2601001",
        "/api/lots/LL2601002",
    ] {
        assert_fields(&database, path, "", &LOT).await;
    }
    let days = [
        ("lot_id", Number),
        ("date_gavage", Text),
        ("jour_gavage", Number),
        ("dose_matin", Number),
        ("dose_soir", Number),
        ("dose_totale_jour", Number),
        ("heure_gavage_matin", Text),
        ("heure_gavage_soir", Text),
        ("nb_canards_peses", Number),
        ("poids_echantillon", List),
        ("poids_moyen_mesure", Number),
        ("suit_courbe_theorique", Flag),
        ("alerte_generee", Flag),
        ("prediction_activee", Flag),
        ("created_at", Text),
    ];
    assert_fields(&database, "/api/lots/LL2601001/historique", "", &days).await;
    for (at, fields) in [
        (
            "",
            vec![
                ("lot_id", Number),
                ("has_sqal_data", Flag),
                ("nb_echantillons", Number),
            ],
        ),
        (
            "/grades",
            vec![
                ("majoritaire", Text),
                ("repartition", Object),
                ("pourcent_a_plus_a", Number),
            ],
        ),
        (
            "/poids_foie",
            vec![
                ("moyen_g", Number),
                ("min_g", Number),
                ("max_g", Number),
                ("ecart_type_g", Number),
            ],
        ),
        (
            "/conformite",
            vec![("nb_conformes", Number), ("pourcent_conformes", Number)],
        ),
        (
            "/dates",
            vec![("premiere_mesure", Text), ("derniere_mesure", Text)],
        ),
    ] {
        assert_fields(&database, "/api/lots/LL2601002/qualite", at, &fields).await;
    }
    let counts = [
        ("critiques_actives", Number),
        ("importantes_actives", Number),
        ("info_actives", Number),
        ("alertes_24h", Number),
        ("sms_envoyes", Number),
    ];
    assert_fields(&database, "/api/alertes/dashboard/1", "", &counts).await;
    let farmers = [
        ("canard_id", Number),
        ("sms_envoye", Flag),
        ("valeur_mesuree", Number),
        ("valeur_seuil", Number),
    ];
    for path in ["/api/alertes/gaveur/1", "/api/alertes/lot/LL2601001"] {
        assert_fields(&database, path, "", &[&ALERT[..], &farmers].concat()).await;
    }
    let card = [("id", Number), ("nom", Text), ("nb_lots_total", Number)];
    assert_fields(&database, "/api/gaveurs/1", "", &card).await;
}

#[actix_web::test]
async fn the_curves_of_the_farmers_home_have_the_types_that_it_declares() {
    let database = world().await;
    let plan = [
        ("id", Number),
        ("lot_id", Number),
        ("gaveur_id", Number),
        ("site_code", Text),
        ("courbe_theorique", List),
        ("courbe_active", List),
        ("duree_gavage_jours", Number),
        ("statut", Text),
        ("created_at", Text),
    ];
    assert_fields(&database, "/api/courbes/theorique/lot/LL2601001", "", &plan).await;
    let days = [
        ("jour_gavage", Number),
        ("date_gavage", Text),
        ("dose_reelle_g", Number),
        ("dose_theorique_g", Number),
        ("ecart_g", Number),
        ("ecart_pct", Number),
        ("alerte_ecart", Flag),
        ("created_at", Text),
    ];
    assert_fields(&database, "/api/courbes/reelle/lot/LL2601001", "", &days).await;
    let overview = "/api/courbes/dashboard/lot/LL2601001";
    assert_fields(&database, overview, "/courbe_reelle", &days).await;
    let statistics = [
        ("nb_jours_saisis", Number),
        ("ecart_moyen_pct", Number),
        ("ecart_max_pct", Number),
        ("nb_alertes", Number),
    ];
    assert_fields(&database, overview, "/statistiques", &statistics).await;
    let ahead = [
        ("courbe_predictive", List),
        ("dernier_jour_reel", Number),
        ("a_des_ecarts", Flag),
        ("algorithme", Text),
    ];
    assert_fields(
        &database,
        "/api/courbes/predictive/lot/LL2601001",
        "",
        &ahead,
    )
    .await;
    let suggested = json(&database, "/api/ml/suggestions/lot/LL2601001/jour/2").await;
    assert_eq!(suggested["data"]["dose_matin"], 400.0);
    assert_eq!(
        suggested["data"]["dose_soir"],
        Value::Null,
        "not planned yet"
    );
    let unplanned = ask(&database, "/api/ml/suggestions/lot/LL2601001/jour/9").await;
    assert_eq!(unplanned.status, StatusCode::NOT_FOUND);
    let advice = json(&database, "/api/ml/recommandations/lot/LL2601001").await;
    assert_eq!(advice["data"]["recommandations"], Value::Array(Vec::new()));
    let corrections = json(
        &database,
        "/api/courbes/corrections/gaveur/1?pending_only=true",
    )
    .await;
    assert_eq!(corrections, Value::Array(Vec::new()));
}

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
async fn what_no_model_knows_is_answered_with_nothing() {
    let database = world().await;
    for path in [
        "/api/euralis/ml/forecasts?days=30&force_refresh=false",
        "/api/euralis/ml/anomalies?site_code=LL",
        "/api/euralis/ml/lots-correlation-data?limit=200",
        "/api/euralis/ml/optimization?days=7",
    ] {
        assert_eq!(
            json(&database, path).await,
            Value::Array(Vec::new()),
            "{path}"
        );
    }
    let clusters = json(
        &database,
        "/api/euralis/ml/gaveurs-by-cluster-ml?n_clusters=5",
    )
    .await;
    assert_eq!(clusters["gaveurs"], Value::Array(Vec::new()));
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

#[actix_web::test]
async fn older_screens_show_the_figures_of_the_database() {
    let database = world().await;
    let running = json(&database, "/api/lots/LL2601001").await;
    assert_eq!(
        running["poids_moyen_initial"], 4100.0,
        "the first weight, not the last"
    );
    assert_eq!(running["poids_moyen_actuel"], 5200.0);
    assert_eq!(running["date_debut_gavage"], "2026-01-02");
    assert_eq!(running["nombre_jours_gavage_ecoules"], 1);
    let days = json(&database, "/api/lots/LL2601001/historique").await;
    let second = &days[1];
    assert_eq!(days.as_array().unwrap().len(), 2);
    assert_eq!(
        (&second["jour_gavage"], &second["date_gavage"]),
        (&2.into(), &"2026-01-03".into())
    );
    assert_eq!(
        (&second["dose_matin"], &second["dose_soir"]),
        (&480.0.into(), &0.0.into())
    );
    assert_eq!(
        (&second["dose_theorique_g"], &second["ecart_poids_pourcent"]),
        (&400.0.into(), &20.0.into())
    );
    assert_eq!(second["alerte_generee"], true);
    let ended = json(&database, "/api/euralis/lots/LL2601002").await;
    // 20 meals of 365 g, livers of 500 g.
    assert_eq!(ended["itm"], 14.6);
    assert_eq!(ended["duree_gavage_reelle"], 10);
    assert_eq!(ended["sigma"], 0.04);
    let stats = json(&database, "/api/euralis/sites/LL/stats").await;
    assert_eq!(stats["itm_moyen"], 0.0685, "g of liver for a g of maize");
    // A thousand ducks of 500 g, of which twelve livers were weighed.
    assert_eq!(
        (&stats["production_foie_kg"], &stats["foie_mesure_kg"]),
        (&500.0.into(), &6.0.into())
    );
    assert_eq!(
        (&stats["nb_lots_actifs"], &stats["nb_lots_termines"]),
        (&1.into(), &1.into())
    );
    let quality = json(&database, "/api/lots/LL2601002/qualite").await;
    assert_eq!(quality["grades"]["majoritaire"], "A");
    assert_eq!(quality["grades"]["repartition"]["REJECT"], 3);
    assert_eq!(quality["grades"]["A"], 9, "ours stand beside");
    assert_eq!(quality["conformite"]["pourcent_conformes"], 75.0);
    assert_eq!(
        (
            &quality["poids_foie"]["min_g"],
            &quality["poids_foie"]["max_g"]
        ),
        (&480.0.into(), &520.0.into())
    );
    let alert = &json(&database, "/api/euralis/alertes").await[0];
    assert_eq!(
        (&alert["severite"], &alert["type_alerte"]),
        (&"critique".into(), &"ecart_dose".into())
    );
    assert_eq!(
        json(&database, "/api/alertes").await[0]["severite"],
        "critical"
    );
    let counts = json(&database, "/api/alertes/dashboard/1").await;
    assert_eq!(counts["alertes_24h"], 1);
}
