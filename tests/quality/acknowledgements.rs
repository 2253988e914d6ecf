//! Who takes an alert is told to every screen, older ones too; what he writes, and how he takes it back.

use super::{
    alerts::hot,
    support::{post, supervision, welcomed},
};
use crate::common::{
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

#[actix_web::test]
async fn an_alert_is_acknowledged_once_and_every_screen_learns_who_and_when() {
    let server = TestServer::start().await;
    let (mut first, mut second) = (supervision(&server).await, supervision(&server).await);
    let mut producer = welcomed(&server, "/ws/gavage").await;
    producer.ask(hot(0, 29.5)).await;
    let id = first.next_of("alert").await["data"]["id"].clone();
    second.next_of("alert").await;

    let (status, noted) = post(
        &server,
        &format!("/api/alertes/{id}/acquitter"),
        json!({"par": " Jean "}),
    )
    .await;
    assert_eq!((status, &noted["acquittee_par"]), (200, &json!("Jean")));
    for screen in [&mut first, &mut second] {
        let event = screen.next_of("alert").await;
        assert_eq!(
            (&event["event"], &event["data"]),
            (&json!("acknowledged"), &noted)
        );
    }

    // On every path, in every form: the first acknowledgement is kept.
    for (path, body) in [
        (
            format!("/api/euralis/alertes/{id}/acquitter"),
            json!({"who": "Sophie"}),
        ),
        (
            format!("/api/sqal/alerts/{id}/acknowledge/"),
            json!({"user": "Sophie"}),
        ),
        (
            format!("/api/alertes/{id}/acquitter?acquittee_par=Sophie"),
            Value::Null,
        ),
    ] {
        assert_eq!(
            post(&server, &path, body).await,
            (200, noted.clone()),
            "{path}"
        );
    }
    producer.ask(hot(1, 29.5)).await;
    first.next_of("gavage_realtime").await;
    assert!(first.so_far("alert").await.is_empty(), "told again");
    for client in [first, second, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn nobody_acknowledges_an_unknown_alert_or_with_a_name_that_is_none() {
    let server = TestServer::start().await;
    let path = "/api/alertes/7/acquitter";
    assert_eq!(post(&server, path, json!({"par": "Jean"})).await.0, 404);
    for body in [json!({"par": ["Jean"]}), json!("Jean")] {
        let (status, said) = post(&server, path, body.clone()).await;
        assert_eq!(status, 422, "{body}");
        assert!(said["detail"].is_string(), "{said}");
    }
    assert_eq!(
        post(
            &server,
            "/api/alertes/sept/acquitter",
            json!({"par": "Jean"})
        )
        .await
        .0,
        400
    );
    assert_eq!(server.status(path).await, 405);
    // Nothing was done, so nothing is on record.
    assert_eq!(server.count("SELECT count(*) FROM audit").await, 0);
    server.finish().await;
}

#[actix_web::test]
async fn an_older_screen_acknowledges_without_a_name_or_by_the_number_of_a_gaveur() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for (number, path, body, par) in [
        (
            1,
            "/api/euralis/alertes/{id}/acquitter",
            Value::Null,
            "supervision",
        ),
        (
            2,
            "/api/euralis/alertes/{id}/acquitter",
            json!({"par": "  "}),
            "supervision",
        ),
        (
            3,
            "/api/alertes/{id}/acquitter",
            json!({"gaveur_id": 1}),
            "Jean Martin",
        ),
        (
            4,
            "/api/alertes/{id}/acquitter?gaveur_id=4711",
            Value::Null,
            "gaveur 4711",
        ),
        (
            5,
            "/api/sqal/alerts/{id}/acknowledge",
            json!({"acknowledged_by": "Anne"}),
            "Anne",
        ),
    ] {
        let lot = format!("LL261107{number}");
        let hot = with(meal(&lot, 1, 0), json!({"temperature_stabule": 29.5}));
        producer.ask(hot).await;
        let id = screen.next_of("alert").await["data"]["id"].clone();
        let path = path.replace("{id}", &id.to_string());
        let (status, noted) = post(&server, &path, body).await;
        assert_eq!(
            (status, &noted["acquittee_par"]),
            (200, &json!(par)),
            "{path}"
        );
        assert_eq!(screen.next_of("alert").await["data"], noted);
    }
    screen.close().await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn old_screens_do_not_take_the_end_or_the_acknowledgement_of_an_alert_for_a_new_one() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut gaveur = server.connect("/ws/gaveur/1/").await;
    gaveur.settled().await;
    let mut notified = server.connect("/ws/notifications/").await;
    notified.settled().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    producer.ask(hot(0, 26.0)).await;
    producer.ask(hot(1, 29.0)).await;
    let id = screen.next_of("alert").await["data"]["id"].clone();
    let path = format!("/api/alertes/{id}/acquitter");
    post(&server, &path, json!({"par": "Sophie"})).await;
    producer.ask(hot(2, 21.0)).await;
    // Sent after the first, so that everything about the first has arrived.
    let other = with(hot(3, 21.0), json!({"humidite_stabule": 90.0}));
    producer.ask(other).await;

    let said = [
        ("worse", false, "Lot LL2611001 : température"),
        (
            "acknowledged",
            true,
            "Lot LL2611001 : alerte acquittée par Sophie, température",
        ),
        ("closed", true, "Lot LL2611001 : fin d'alerte, température"),
    ];
    for (event, acknowledged, begin) in said {
        let frame = screen.next_of("alert").await;
        let payload = &frame["payload"];
        assert_eq!(
            (&frame["event"], &payload["acknowledged"], &payload["id"]),
            (&json!(event), &json!(acknowledged), &json!(id.to_string()))
        );
        assert_eq!(payload["message"], frame["message"]);
        assert!(
            payload["message"].as_str().unwrap().starts_with(begin),
            "{payload}"
        );
        assert_eq!(frame["data"]["fermee_le"].is_null(), event != "closed");
    }
    gaveur.next_of("alerte").await;
    for ((event, _, begin), priority) in said.into_iter().zip(["critical", "low", "low"]) {
        let frame = gaveur.next_of("alerte").await;
        let message = frame["data"]["message"].as_str().unwrap();
        assert_eq!(
            (&frame["event"], &frame["priority"]),
            (&json!(event), &json!(priority))
        );
        assert!(message.starts_with(begin), "{message}");
        let description = frame["data"]["description"].as_str().unwrap();
        assert!(
            description.starts_with("Lot LL2611001 : température"),
            "{description}"
        );
    }
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(notified.next().await["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        ids[..2],
        [format!("{id}-warning"), format!("{id}-critical")]
    );
    assert!(!ids[2].starts_with(&format!("{id}-")), "{ids:?}");
    for client in [screen, gaveur, notified, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn an_acknowledgement_has_a_comment_and_only_who_made_it_takes_it_back_within_a_minute() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    let hot = with(
        meal("LL2611001", 1, 0),
        json!({"temperature_stabule": 29.5}),
    );
    producer.ask(hot).await;
    let id = screen.next_of("alert").await["data"]["id"].clone();
    let path = format!("/api/alertes/{id}/acquitter");
    let back = format!("{path}/annuler");
    let said = json!({"par": "Jean", "commentaire": " ventilateur 2\u{202e} en panne "});
    let (status, noted) = post(&server, &path, said).await;
    assert_eq!(
        (status, &noted["commentaire"]),
        (200, &json!("ventilateur 2 en panne"))
    );
    assert_eq!(screen.next_of("alert").await["data"], noted);

    let (status, refused) = post(&server, &back, json!({"par": "Sophie"})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("conflict")));
    for _ in 0..2 {
        let (status, now) = post(&server, &back, json!({"par": "Jean"})).await;
        assert_eq!((status, &now["acquittee"]), (200, &json!(false)));
        assert_eq!(now["commentaire"], json!(null));
    }
    let told = screen.next_of("alert").await;
    assert_eq!(told["event"], "withdrawn");
    assert_eq!(told["data"]["acquittee"], false);
    // Older screens show it as unacknowledged again.
    assert_eq!(told["payload"]["acknowledged"], false);

    post(&server, &path, json!({"par": "Jean"})).await;
    assert_eq!(screen.next_of("alert").await["event"], "acknowledged");
    let earlier = "UPDATE alertes SET acquittee_le = acquittee_le - interval '61 s'";
    let client = server.database.client().await;
    client.batch_execute(earlier).await.unwrap();
    assert_eq!(post(&server, &back, json!({"par": "Jean"})).await.0, 409);

    let audit = "SELECT action, object, note FROM audit WHERE action IN ('acknowledge', 'withdraw') ORDER BY id";
    let recorded = server.rows(audit).await;
    assert_eq!(
        recorded[0],
        json!({"action": "acknowledge", "object": id.to_string(), "note": "ventilateur 2 en panne"})
    );
    assert_eq!(recorded[1]["action"], "withdraw");
    let long = "é".repeat(501);
    let (status, said) = post(&server, &path, json!({"par": "Jean", "commentaire": long})).await;
    assert_eq!(status, 422);
    assert!(said["detail"].as_str().unwrap().starts_with("commentaire "));
    for client in [screen, producer] {
        client.close().await;
    }
    server.finish().await;
}
