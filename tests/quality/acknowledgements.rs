//! What is written with an acknowledgement, and taking it back.

use super::support::{post, supervision, welcomed};
use crate::common::{
    readings::{meal, with},
    server::TestServer,
};
use serde_json::json;

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
