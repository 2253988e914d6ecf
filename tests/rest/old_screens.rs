//! What the older screens read, by the types that their programs declare, on a fed database; and the figures themselves.

mod farmers;
mod supervision;

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
