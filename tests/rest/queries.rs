//! Accepted query parameters: those of the description and of older screens, and no others.

use crate::{
    common::database::TestDatabase,
    feed::{self, Fed, fed, hours_ago, raise_alert},
    support::{ask, json},
};
use serde_json::Value;

const IGNORED: [&str; 7] = [
    "_t",
    "force_refresh",
    "force",
    "mois",
    "n_clusters",
    "cluster_label",
    "token",
];

#[actix_web::test]
async fn every_address_takes_the_parameters_of_its_description_and_no_others() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 0, "matin", hours_ago(5))]).await;
    let described = json(&database, "/api/openapi.json").await;
    let mut asked = 0;
    for (template, operations) in described["paths"].as_object().unwrap() {
        let Some(operation) = operations.get("get") else {
            continue;
        };
        let path = concrete(template);
        let none = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&none);
        let queries = parameters.iter().filter(|one| one["in"] == "query");
        let (needed, queries): (Vec<_>, Vec<_>) = queries.partition(|one| one["required"] == true);
        let name_of = |one: &Value| one["name"].as_str().unwrap().to_owned();
        let mut own: Vec<String> = needed.iter().map(|one| name_of(one)).collect();
        let needed = needed
            .iter()
            .map(|one| format!("{}={}&", name_of(one), one["example"].as_str().unwrap()));
        let path = format!("{path}?{}", needed.collect::<String>());
        for one in queries {
            let name = name_of(one);
            let answer = ask(&database, &format!("{path}{name}=")).await;
            assert_ne!(answer.status, 400, "{path}{name}=");
            if one["deprecated"] != true {
                own.push(name);
            }
        }
        let refused = ask(&database, &format!("{path}inconnu=1")).await;
        assert_eq!(refused.status, 400, "{path}");
        let detail = refused.detail();
        assert!(
            detail.starts_with("unknown parameter \"inconnu\"; "),
            "{detail}"
        );
        assert!(
            own.iter().all(|name| detail.contains(name)),
            "{path}: {detail}"
        );
        for name in IGNORED {
            let answer = ask(&database, &format!("{path}{name}=1&{name}=2")).await;
            assert_ne!(answer.status, 400, "{path}{name}");
        }
        asked += 1;
    }
    assert!(asked > 30, "{asked}");
    for path in ["/api/openapi.json", "/api/lots/LL2601001"] {
        assert_eq!(
            ask(&database, &format!("{path}?limit=5")).await.status,
            400,
            "{path}"
        );
    }
    assert_eq!(ask(&database, "/api/nowhere?x=1").await.status, 404);
}

/// Fills a path template with existing ids.
fn concrete(template: &str) -> String {
    template
        .replace("{gaveur_id}", "1")
        .replace("{jour}", "1")
        .replace("{device_id}", "ESP32_LL_01")
        .replace("{lot}", "LL2601001")
        .replace("{code}", "LL")
        .replace("{qr}", "1")
        .replace("{product_id}", "FG_LL_20261122_000001")
        .replace("{quoi}", "lots")
        .replace("{id}", "1")
        .replace("{simulateur}", "gavage")
}

#[actix_web::test]
async fn pages_and_the_description_of_the_api_ignore_what_they_do_not_know() {
    let database = TestDatabase::create().await;
    for path in ["/?x=1", "/docs/?x=1", "/sqal?x=1", "/alertes/?site=LL&x=1"] {
        assert_eq!(ask(&database, path).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn the_alert_filters_of_older_screens_filter() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 1, "matin", hours_ago(9))]).await;
    for (severite, hours) in [("critical", 1), ("warning", 3), ("info", 5)] {
        raise_alert(&database, 1, severite, hours_ago(hours)).await;
    }
    let client = database.client().await;
    let change = "UPDATE alertes SET fermee_le = NULL WHERE severite = 'critical';
        UPDATE alertes SET acquittee_le = now(), acquittee_par = 'Jean' WHERE severite = 'info';";
    client.batch_execute(change).await.unwrap();
    drop(client);
    let (critical, warning, info) = ("critical", "warning", "info");
    let since = hours_ago(4);
    let until = hours_ago(2);
    for (query, expected) in [
        ("niveau=critique", vec![critical]),
        ("criticite=important", vec![warning]),
        ("severity=info&limit=", vec![info]),
        (
            "niveau=&severite=critique&site_code=LL&acquittee=false",
            vec![critical],
        ),
        ("site_code=ls", vec![]),
        ("is_acknowledged=True", vec![info]),
        ("ouverte=True", vec![critical]),
        ("ouverte=FALSE&acquittee=0", vec![warning]),
        (&format!("start_time={since}"), vec![critical, warning]),
        (
            &format!("end_time={until}&start_time={since}"),
            vec![warning],
        ),
        (&format!("jusqu_a={since}"), vec![info]),
        ("_t=1732&token=abc", vec![critical, warning, info]),
    ] {
        let alerts = json(&database, &format!("/api/alertes?{query}")).await;
        assert_eq!(words(&alerts, "severite"), expected, "{query}");
    }
    let refused = ask(&database, "/api/sqal/alerts?start_time=hier").await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.detail().starts_with("depuis "),
        "{}",
        refused.detail()
    );
}

fn words(list: &Value, field: &str) -> Vec<String> {
    let all = list.as_array().unwrap().iter();
    all.map(|one| one[field].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn lots_are_listed_by_the_words_of_older_screens_and_page_by_page() {
    let database = TestDatabase::create().await;
    let meals = ["LL2601001", "LS2601002", "MT2601003", "LL2601004"].map(|code| Fed {
        pret_abattage: code == "LS2601002",
        ..fed(code, 1, "matin", hours_ago(5))
    });
    feed::store(&database, &meals).await;
    let client = database.client().await;
    let ended = "UPDATE lots_gavage SET statut = 'clos' WHERE code_lot = 'MT2601003';
        UPDATE lots_gavage SET statut = 'annule' WHERE code_lot = 'LL2601001'";
    client.batch_execute(ended).await.unwrap();
    drop(client);
    for (path, expected) in [
        ("/api/lots?statut=termine", vec!["MT2601003", "LS2601002"]),
        (
            "/api/lots/gaveur/1?status=termine",
            vec!["MT2601003", "LS2601002"],
        ),
        (
            "/api/euralis/lots?statut=termine&site_code=LS",
            vec!["LS2601002"],
        ),
        (
            "/api/euralis/sites/mt/lots?statut=termine&limit=",
            vec!["MT2601003"],
        ),
        (
            "/api/euralis/lots?limit=2&offset=1",
            vec!["MT2601003", "LS2601002"],
        ),
        ("/api/lots/?offset=3&limit=100", vec!["LL2601001"]),
        ("/api/lots?offset=4", vec![]),
        ("/api/lots?statut=clos", vec!["MT2601003"]),
    ] {
        let lots = json(&database, path).await;
        assert_eq!(words(&lots, "code_lot"), expected, "{path}");
    }
    for path in ["/api/lots?offset=-1", "/api/euralis/lots?offset=x"] {
        assert_eq!(ask(&database, path).await.status, 400, "{path}");
    }
}

#[actix_web::test]
async fn stations_and_gaveurs_are_listed_with_a_limit() {
    let database = TestDatabase::create().await;
    let client = database.client().await;
    let stations = "INSERT INTO sqal_devices (device_id, site_code, derniere_activite, echantillons_total, simule)
        SELECT 'ESP32_' || lpad(n::text, 4, '0'), CASE WHEN n % 2 = 0 THEN 'LL' ELSE 'MT' END,
            CASE WHEN n <= 3 THEN now() ELSE now() - interval '1 hour' END, 0, false
        FROM generate_series(1, 600) n;
        INSERT INTO gaveurs_euralis (id, nom, site_code)
        SELECT n, 'Gaveur ' || n, CASE WHEN n % 2 = 0 THEN 'LL' ELSE 'MT' END FROM generate_series(1, 130) n
        ON CONFLICT (id) DO NOTHING";
    client.batch_execute(stations).await.unwrap();
    drop(client);
    let count = async |path: &str| json(&database, path).await.as_array().unwrap().len();
    for (path, expected) in [
        ("/api/sqal/stations", 500),
        ("/api/sqal/stations?limit=1000", 600),
        ("/api/sqal/stations?limit=7&site_code=LL", 7),
        ("/api/sqal/stations?offset=590", 10),
        ("/api/sqal/stations?status=online", 3),
        ("/api/sqal/stations?status=active&site_code=LL", 1),
        ("/api/sqal/stations?status=offline&limit=1000", 597),
        ("/api/euralis/gaveurs/performances", 100),
        (
            "/api/euralis/gaveurs/performances?limit=500&cluster_label=",
            130,
        ),
        ("/api/euralis/gaveurs/performances?site_code=LL", 65),
        ("/api/euralis/gaveurs/performances?offset=125", 5),
        ("/api/sqal/stats/sites?site_code=ls", 1),
    ] {
        assert_eq!(count(path).await, expected, "{path}");
    }
    for path in [
        "/api/sqal/stations?limit=1001",
        "/api/sqal/stations?status=perdue",
        "/api/euralis/gaveurs/performances?limit=0",
    ] {
        assert_eq!(ask(&database, path).await.status, 400, "{path}");
    }
}
