//! Codes and names are treated the same on every path, and no invisible characters reach a screen.

use super::support::{post, sample, station, supervision, welcomed};
use crate::common::{
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_code_with_space_around_it_is_the_same_lot_on_every_road() {
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for (number, code) in ["LL9645488", "LL9645488 ", "\tLL9645488\n"]
        .iter()
        .enumerate()
    {
        let meal = with(
            meal("LL9645488", 1, number as i32),
            json!({"code_lot": code}),
        );
        assert_eq!(producer.ask(meal).await["code_lot"], "LL9645488");
    }
    let mut client = station(&server).await;
    let named = with(
        sample("S-1", " ESP32_LL_01 "),
        json!({"code_lot": "LL9645488 "}),
    );
    assert_eq!(client.ask(named).await["type"], "ack");
    let lots = server.rows("SELECT code_lot FROM lots_gavage").await;
    assert_eq!(lots, [json!({"code_lot": "LL9645488"})]);
    for path in [
        "/api/lots/%20LL9645488%20/repas",
        "/api/euralis/lots/LL9645488%09/doses/",
    ] {
        assert_eq!(
            server.get(path).await.as_array().unwrap().len(),
            3,
            "{path}"
        );
    }
    for path in [
        "/api/sqal/samples?code_lot=LL9645488+&device_id=%20ESP32_LL_01",
        "/api/sqal/samples?device_id=ESP32_LL_01%0A",
    ] {
        assert_eq!(server.get(path).await[0]["code_lot"], "LL9645488", "{path}");
    }
    producer.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_key_with_something_invisible_is_refused_with_a_sentence_that_names_it() {
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    let mut client = station(&server).await;
    for hidden in ["a\0b", "a\u{ad}b", "\u{202e}ab", "a\nb", "ab\u{200b}"] {
        let meal = with(meal("LL2611001", 1, 0), json!({"code_lot": hidden}));
        let said = producer.ask(meal).await;
        let sentence = "field `code_lot` must not hold control or format characters (U+";
        assert!(
            said["error"].as_str().unwrap().starts_with(sentence),
            "{said}"
        );
        for field in ["sample_id", "device_id", "code_lot", "lot_id"] {
            let said = client
                .ask(with(sample("S-1", "ESP32_LL_01"), json!({field: hidden})))
                .await;
            let sentence =
                format!("field `{field}` must not hold control or format characters (U+");
            assert!(
                said["error"]
                    .as_str()
                    .is_some_and(|text| text.starts_with(&sentence)),
                "{said}"
            );
        }
    }
    for (path, name) in [
        ("/api/lots/LL%00", "lot"),
        ("/api/alertes/lot/LL%C2%AD1", "lot"),
        ("/api/sqal/samples?code_lot=LL%00", "code_lot"),
        ("/api/sqal/samples/latest?device_id=%E2%80%AEx", "device_id"),
        ("/api/alertes?code_lot=a%0Ab", "code_lot"),
    ] {
        let (status, said) = server.ask(path).await;
        assert_eq!(status, 400, "{path}");
        let sentence = format!("{name} must not hold control or format characters");
        assert!(
            said["detail"].as_str().unwrap().starts_with(&sentence),
            "{said}"
        );
    }
    let (status, _) = post(
        &server,
        "/api/sqal/pending-lots/LL%00/claim",
        json!({"par": "x"}),
    )
    .await;
    assert_eq!(status, 400);
    producer.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_name_is_kept_without_what_nobody_can_see_in_it() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    let hidden =
        json!({"gaveur_nom": "Jean\u{ad}\u{202e} Mar\0tin\n", "genetique": "\u{feff}Mulard"});
    let ack = producer.ask(with(meal("LL2611001", 1, 0), hidden)).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let shown = screen.next_of("gavage_realtime").await;
    assert_eq!(shown["data"]["gaveur_nom"], "Jean Martin");
    assert_eq!(shown["data"]["genetique"], "Mulard");
    let nobody = with(meal("LL2611001", 1, 1), json!({"gaveur_nom": "\u{200b}"}));
    assert_eq!(
        producer.ask(nobody).await["error"],
        "field `gaveur_nom` must not be empty"
    );
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_foie_is_not_lost_over_what_nobody_can_see_in_its_defects_and_no_screen_gets_it() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut client = station(&server).await;
    let mut frame = sample("S-1", "esp32_ll_01");
    frame["location"] = json!("Ligne\u{202e} B\0");
    frame["fusion"]["combined_defects"] =
        json!([{"type": "hema\u{ad}tome\0", "description": "tache\nbrune"}, "p\u{2066}li"]);
    frame["vl53l8ch"]["stats"] = json!({"zo\u{200b}ne": "a\u{0}b"});
    let ack = client.ask(frame).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let shown = screen.next_of("sensor_update").await;
    assert_eq!(shown["sample"]["site_code"], "LL");
    let defects = json!([{"type": "hematome", "description": "tache brune"}, "pli"]);
    assert_eq!(shown["fusion"]["combined_defects"], defects);
    assert_eq!(
        shown["vl53l8ch"]["analysis"]["stats"],
        json!({"zone": "ab"})
    );
    let stored = server.rows("SELECT location FROM sqal_devices").await;
    assert_eq!(stored, [json!({"location": "Ligne B"})]);
    let listed = server.get("/api/sqal/samples").await;
    assert_eq!(listed[0]["defauts"][0]["type"], "hematome");
    assert_eq!(listed[0]["defauts"][1]["description"], Value::from("pli"));
    client.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn whoever_takes_notice_is_named_without_what_nobody_can_see() {
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    let hot = with(
        meal("LL2611001", 1, 0),
        json!({"temperature_stabule": 35.0}),
    );
    assert_eq!(producer.ask(hot).await["type"], "ack");
    let id = server.get("/api/alertes").await[0]["id"].clone();
    let path = format!("/api/alertes/{id}/acquitter");
    let (status, alert) = post(&server, &path, json!({"par": " So\u{202e}phie\0 "})).await;
    assert_eq!((status, &alert["acquittee_par"]), (200, &json!("Sophie")));
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn health_and_metrics_ignore_parameters_that_they_do_not_know() {
    let server = TestServer::start().await;
    for path in [
        "/health?x=1",
        "/health/live?_t=1",
        "/health/ready/?x",
        "/ws-metrics?x=1",
        "/metrics?x=1",
    ] {
        assert_eq!(server.status(path).await, 200, "{path}");
    }
    server.finish().await;
}
