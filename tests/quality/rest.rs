//! `/api/sqal`: its figures, compared with the samples sent.

use super::support::{scored, station};
use crate::common::server::TestServer;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

#[actix_web::test]
async fn without_any_sample_there_are_no_figures_rather_than_zeros() {
    let server = TestServer::start().await;
    assert_eq!(server.status("/api/sqal/samples/latest").await, 404);
    let overview = server.get("/api/sqal/dashboard/overview").await;
    for field in ["cadence_par_minute", "score_moyen", "masse_moyenne_g"] {
        assert_eq!(overview[field], Value::Null, "{field}");
    }
    assert_eq!(
        (&overview["echantillons"], &overview["stations"]),
        (&json!(0), &json!(0))
    );
    for path in [
        "stations",
        "samples",
        "stats/hourly",
        "lots",
        "pending-lots",
        "alerts",
    ] {
        assert_eq!(
            server.get(&format!("/api/sqal/{path}")).await,
            json!([]),
            "{path}"
        );
    }
    let grades = server.get("/api/sqal/stats/grade-distribution").await;
    assert_eq!(grades.as_array().unwrap().len(), 5);
    assert_eq!(grades[0], json!({"grade": "A+", "nombre": 0, "part": null}));
    let sites = server.get("/api/sqal/stats/sites").await;
    assert_eq!(
        sites[0],
        json!({"site_code": "LL", "echantillons": 0, "score_moyen": null, "part_rejets": null})
    );
    server.finish().await;
}

#[actix_web::test]
async fn lists_and_figures_are_those_of_the_samples() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let now = Timestamp::now();
    for (id, device, score, minutes) in [
        ("S-1", "ESP32_LL_01", 0.9, 1),
        ("S-2", "ESP32_LL_01", 0.5, 2),
        ("S-3", "ESP32_MT_01", 0.2, 3),
        ("S-4", "ESP32_MT_01", 0.8, 90),
        ("S-5", "ESP32_MT_01", 0.8, 26 * 60),
    ] {
        let mut frame = scored(id, device, score);
        frame["timestamp"] = json!((now - SignedDuration::from_mins(minutes)).to_string());
        assert_eq!(client.ask(frame).await["type"], "ack");
    }
    let ids = async |query: &str| -> Vec<String> {
        let listed = server.get(&format!("/api/sqal/samples?{query}")).await;
        let id = |sample: &Value| sample["sample_id"].as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(ids("").await, ["S-1", "S-2", "S-3", "S-4", "S-5"]);
    assert_eq!(ids("limit=2").await, ["S-1", "S-2"]);
    assert_eq!(ids("device_id=ESP32_MT_01").await, ["S-3", "S-4", "S-5"]);
    assert_eq!(ids("grade=A%2B").await, ["S-1"]);
    assert_eq!(ids("grade=A+").await, ["S-1"]);
    assert_eq!(ids("grade=REJECT&device_id=ESP32_MT_01").await, ["S-3"]);
    assert_eq!(ids("code_lot=LL2611001").await, Vec::<String>::new());
    let latest = server
        .get("/api/sqal/samples/latest?device_id=ESP32_MT_01")
        .await;
    assert_eq!(
        (&latest["type"], &latest["sample"]["sample_id"]),
        (&json!("sensor_update"), &json!("S-3"))
    );

    let overview = server.get("/api/sqal/dashboard/overview").await;
    for (field, value) in [
        ("echantillons", json!(4)),
        ("echantillons_derniere_heure", json!(3)),
        ("cadence_par_minute", json!(0.05)),
        ("score_moyen", json!(0.6)),
        ("masse_moyenne_g", json!(532.5)),
        (
            "grades",
            json!({"A+": 1, "A": 1, "B": 0, "C": 1, "REJECT": 1}),
        ),
        ("stations", json!(2)),
        ("stations_en_ligne", json!(2)),
    ] {
        assert_eq!(overview[field], value, "{field}");
    }
    let grades = server
        .get("/api/sqal/stats/grade-distribution?device_id=ESP32_LL_01")
        .await;
    assert_eq!(
        (&grades[0]["part"], &grades[3]["nombre"]),
        (&json!(0.5), &json!(1))
    );
    let sites = server.get("/api/sqal/stats/sites").await;
    assert_eq!(
        sites[2],
        json!({"site_code": "MT", "echantillons": 2, "score_moyen": 0.5, "part_rejets": 0.5})
    );
    let hours = server
        .get("/api/sqal/stats/hourly?heures=48&device_id=ESP32_MT_01")
        .await;
    let counted: i64 = hours
        .as_array()
        .unwrap()
        .iter()
        .map(|hour| hour["echantillons"].as_i64().unwrap())
        .sum();
    assert_eq!(counted, 3);
    let device = &server.get("/api/sqal/stations").await[0];
    assert_eq!(
        (
            &device["device_id"],
            &device["site_code"],
            &device["en_ligne"],
            &device["echantillons_total"]
        ),
        (&json!("ESP32_LL_01"), &json!("LL"), &json!(true), &json!(2))
    );
    server
        .database
        .client()
        .await
        .batch_execute("UPDATE sqal_devices SET derniere_activite = now() - interval '91 s'")
        .await
        .unwrap();
    assert_eq!(server.get("/api/sqal/stations").await[0]["en_ligne"], false);
    for wrong in [
        "samples?grade=D",
        "samples?limit=0",
        "stats/hourly?heures=0",
        "stats/grade-distribution?heures=x",
    ] {
        assert_eq!(
            server.status(&format!("/api/sqal/{wrong}")).await,
            400,
            "{wrong}"
        );
    }
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn every_route_is_in_the_description_of_the_api() {
    let server = TestServer::start().await;
    let description = server.get("/api/openapi.json").await;
    for path in [
        "/api/alertes",
        "/api/alertes/{id}/acquitter",
        "/api/alertes/dashboard/{gaveur_id}",
        "/api/sqal/dashboard/overview",
        "/api/sqal/samples/latest",
        "/api/sqal/stats/hourly",
        "/api/sqal/pending-lots",
        "/api/sqal/pending-lots/{code}/claim",
        "/api/sqal/pending-lots/{code}/finish",
        "/api/sqal/lots",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    server.finish().await;
}
