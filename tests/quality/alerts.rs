//! Alerts from the meal that raises one to the one that ends it.

use super::support::{post, supervision, welcomed};
use crate::common::{
    readings::{meal, reading, with},
    server::TestServer,
};
use serde_json::{Value, json};

pub fn hot(number: i32, celsius: f64) -> Value {
    with(
        meal("LL2611001", 1, number),
        json!({"temperature_stabule": celsius, "poids_moyen": 4600.0 + 130.0 * f64::from(number)}),
    )
}

#[actix_web::test]
async fn the_telephone_that_the_cooperative_entered_is_told_with_the_alert_and_survives_meals() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    producer.ask(hot(0, 21.0)).await;
    let entered = "UPDATE gaveurs_euralis SET telephone = '+33 2 97 00 00 01' WHERE id = 1";
    let client = server.database.client().await;
    client.batch_execute(entered).await.unwrap();
    producer.ask(hot(1, 29.5)).await;

    let told = screen.next_of("alert").await["data"].take();
    assert_eq!(told["gaveur_telephone"], "+33 2 97 00 00 01");
    let listed = server.get("/api/alertes").await;
    assert_eq!(listed[0]["gaveur_telephone"], told["gaveur_telephone"]);
    for client in [screen, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn an_alert_reaches_supervision_its_gaveur_and_the_notifications_and_nobody_else() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut gaveur = server.connect("/ws/gaveur/1").await;
    let mut other = server.connect("/ws/gaveur/2").await;
    let mut notified = server.connect("/ws/notifications/").await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    producer.ask(hot(0, 29.5)).await;

    let alert = screen.next_of("alert").await;
    assert_eq!(alert["event"], "raised");
    let data = &alert["data"];
    for (field, value) in [
        ("code_lot", json!("LL2611001")),
        ("gaveur_id", json!(1)),
        ("gaveur_nom", json!("Jean Martin")),
        ("site_code", json!("LL")),
        ("type", json!("temperature")),
        ("severite", json!("critical")),
        ("niveau", json!("critique")),
        ("criticite", json!("critique")),
        ("titre", json!("Température trop haute")),
        ("mesure", json!(29.5)),
        ("seuil", json!(28.0)),
        ("unite", json!("°C")),
        ("source", json!("gavage")),
        ("jour", json!(0)),
        ("moment", json!("matin")),
        ("ouverte", json!(true)),
        ("acquittee", json!(false)),
        ("fermee_le", json!(null)),
        ("code", json!("temperature_haute")),
        ("decimales", json!(1)),
        ("gaveur_telephone", json!(null)),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
    assert!(data["que_faire"].as_str().unwrap().contains("ventilation"));
    assert_eq!(data["en"]["titre"], "Temperature too high");
    let english =
        "Lot LL2611001: temperature 29.5\u{202f}°C (threshold 28\u{202f}°C), day 0 morning";
    assert_eq!(data["en"]["message"], english);
    assert!(
        data["en"]["que_faire"]
            .as_str()
            .unwrap()
            .starts_with("Increase")
    );
    assert_eq!(data["description"], data["message"]);
    let payload = &alert["payload"];
    assert_eq!(
        (&payload["severity"], &payload["acknowledged"]),
        (&json!("critical"), &json!(false))
    );

    let told = gaveur.next_of("alerte").await;
    assert_eq!(
        (&told["priority"], &told["data"]["alerte_id"]),
        (&json!("critical"), &data["id"])
    );
    let note = notified.next().await;
    assert_eq!(
        (&note["type"], &note["id"], &note["message"]),
        (
            &json!("error"),
            &json!(format!("{}-critical", data["id"])),
            &data["message"]
        )
    );
    assert_eq!(payload["id"], json!(data["id"].to_string()));
    producer.ask(reading("LS2611001", 2, 0, "matin")).await;
    assert_eq!(other.next().await["type"], "gavage");

    for client in [screen, gaveur, other, notified, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn screens_are_told_when_an_alert_gets_worse_and_when_it_ends() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for (number, celsius) in (0..).zip([26.0, 26.5, 29.0, 27.0, 21.0]) {
        producer.ask(hot(number, celsius)).await;
    }
    let events = screen.take("alert", 3).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event["event"].clone(),
                event["data"]["severite"].clone(),
                event["data"]["ouverte"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!("raised"), json!("warning"), json!(true)),
            (json!("worse"), json!("critical"), json!(true)),
            (json!("closed"), json!("critical"), json!(false)),
        ]
    );
    assert!(
        events
            .iter()
            .all(|event| event["data"]["id"] == events[0]["data"]["id"])
    );
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 1);
    screen.close().await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn lists_are_the_newest_first_and_filtered_by_every_parameter() {
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for (lot, gaveur, jour, fields) in [
        (
            "LL2611001",
            1,
            0,
            json!({"temperature_stabule": 26.0, "timestamp": "2026-11-01T08:00:00Z"}),
        ),
        (
            "LL2611001",
            1,
            1,
            json!({"temperature_stabule": 21.0, "timestamp": "2026-11-02T08:00:00Z"}),
        ),
        (
            "MT2611001",
            3,
            0,
            json!({"dose_reelle": 100.0, "timestamp": "2026-11-03T08:00:00Z"}),
        ),
        (
            "MT2611001",
            3,
            1,
            json!({"taux_mortalite": 3.5, "timestamp": "2026-11-04T08:00:00Z"}),
        ),
    ] {
        let ack = producer
            .ask(with(reading(lot, gaveur, jour, "matin"), fields))
            .await;
        assert_eq!(ack["type"], "ack");
    }
    let mortality = server.get("/api/alertes?limit=1").await[0]["id"].clone();
    post(
        &server,
        &format!("/api/alertes/{mortality}/acquitter"),
        json!({"par": "Jean"}),
    )
    .await;
    let lot_id = server.get("/api/lots/MT2611001").await["id"].clone();
    for (query, expected) in [
        (
            "/api/alertes",
            vec!["mortalite", "ecart_dose", "temperature"],
        ),
        ("/api/alertes?site=LL", vec!["temperature"]),
        (
            "/api/alertes?severite=warning",
            vec!["mortalite", "temperature"],
        ),
        ("/api/alertes?severite=critique", vec!["ecart_dose"]),
        (
            "/api/alertes?code_lot=MT2611001&ouverte=true",
            vec!["mortalite"],
        ),
        (
            "/api/alertes?ouverte=false",
            vec!["ecart_dose", "temperature"],
        ),
        ("/api/alertes?acquittee=true", vec!["mortalite"]),
        ("/api/alertes?limit=2", vec!["mortalite", "ecart_dose"]),
        ("/api/alertes/gaveur/1", vec!["temperature"]),
        ("/api/alertes/gaveur/9", vec![]),
        (
            "/api/alertes/lot/MT2611001",
            vec!["mortalite", "ecart_dose"],
        ),
        (
            &format!("/api/alertes/lot/{lot_id}"),
            vec!["mortalite", "ecart_dose"],
        ),
        ("/api/sqal/alerts", vec![]),
    ] {
        let listed = server.get(query).await;
        let kinds: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|alert| alert["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, expected, "{query}");
    }
    let dashboard = server.get("/api/alertes/dashboard/3").await;
    assert_eq!(
        (
            &dashboard["ouvertes"],
            &dashboard["importantes"],
            &dashboard["critiques"],
            &dashboard["non_acquittees"]
        ),
        (&json!(1), &json!(1), &json!(0), &json!(1))
    );
    assert_eq!(dashboard["dernieres"].as_array().unwrap().len(), 2);
    for wrong in ["site=XX", "severite=grave", "ouverte=oui", "limit=0"] {
        assert_eq!(
            server.status(&format!("/api/alertes?{wrong}")).await,
            400,
            "{wrong}"
        );
    }
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_feed_that_falls_silent_alerts_once_and_the_next_meal_ends_it() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    // Four meals at once give the lot its own rhythm, with the minimum deadline of ten seconds.
    for number in 0..4 {
        producer.ask(hot(number, 21.0)).await;
    }
    let raised = screen.next_of("alert").await;
    let data = &raised["data"];
    assert_eq!(
        (
            &raised["event"],
            &data["type"],
            &data["source"],
            &data["severite"],
            &data["code_lot"],
            &data["jour"],
            &data["moment"]
        ),
        (
            &json!("raised"),
            &json!("flux_muet"),
            &json!("feed"),
            &json!("warning"),
            &json!("LL2611001"),
            &json!(1),
            &json!("soir")
        )
    );
    assert_eq!(
        (&data["mesure"], &data["seuil"], &data["unite"]),
        (&json!(2.0), &json!(2.0), &json!("repas"))
    );
    producer.ask(hot(4, 21.0)).await;
    let closed = screen.next_of("alert").await;
    assert_eq!(
        (&closed["event"], &closed["data"]["id"]),
        (&json!("closed"), &data["id"])
    );
    screen.close().await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_notification_screen_is_told_nothing_but_notifications() {
    let flags = [
        "--screen-ping-after",
        "100ms",
        "--heartbeat-interval",
        "100ms",
    ];
    let server = TestServer::start_with(&flags).await;
    let mut notified = server.connect("/ws/notifications").await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    notified.send(r#"{"type":"heartbeat"}"#).await;
    notified.send(r#"{"type":"subscribe","filters":{}}"#).await;
    producer.ask(reading("LL2611001", 1, 0, "matin")).await;
    // Other clients would have been pinged several times by then.
    for _ in 0..3 {
        screen.next_of("ping").await;
    }
    producer.ask(hot(2, 29.5)).await;
    let first = notified.next().await;
    let keys: Vec<_> = first.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["id", "message", "seq", "timestamp", "title", "type"]);
    assert_eq!(first["type"], "error");
    for client in [notified, screen, producer] {
        client.close().await;
    }
    server.finish().await;
}
