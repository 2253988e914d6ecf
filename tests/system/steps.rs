//! Steps of a lot's life cycle that people make.

use crate::common::{
    http,
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/api/lots/{LOT}/{path}");
    let answer = http::post(&server.url(&path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

#[actix_web::test]
async fn each_step_is_kept_with_who_made_it_and_told_to_the_screens() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
        .ask(with(meal(LOT, 1, 0), json!({"taux_mortalite": 0.0})))
        .await;
    let mut farmer = server.connect("/ws/gaveur/1").await;
    let report =
        json!({"date": "2026-11-29", "accroches": 990, "poids_foie_moyen_g": 525, "par": "Anne"});
    let (status, early) = post(&server, "abattage", report.clone()).await;
    assert_eq!(status, 409, "{early}");
    let (status, _) = post(
        &server,
        "statut",
        json!({"vers": "pret_abattage", "par": "Jeanne"}),
    )
    .await;
    assert_eq!(status, 200);
    let frame = farmer.next_of("lot").await;
    assert_eq!(
        [
            &frame["data"]["de"],
            &frame["data"]["vers"],
            &frame["data"]["par"]
        ],
        [
            &json!("en_gavage"),
            &json!("pret_abattage"),
            &json!("Jeanne")
        ]
    );
    assert_eq!(
        server
            .get("/api/sqal/pending-lots")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let too_many = with(report.clone(), json!({"accroches": 1_001}));
    let (status, refused) = post(&server, "abattage", too_many).await;
    assert_eq!((status, &refused["champ"]), (400, &json!("accroches")));
    let (status, events) = post(&server, "abattage", report.clone()).await;
    assert_eq!(status, 200, "{events}");
    let steps: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| json!([event["de"], event["vers"], event["par"]]))
        .collect();
    assert_eq!(
        steps,
        [
            json!([null, "en_gavage", null]),
            json!(["en_gavage", "pret_abattage", "Jeanne"]),
            json!(["pret_abattage", "abattu", "Anne"]),
        ]
    );
    assert_eq!(post(&server, "abattage", report).await.0, 409, "once");
    assert_eq!(
        server.get(&format!("/api/lots/{LOT}/evenements")).await,
        events
    );
    let figures = "SELECT accroches, poids_foie_moyen_g FROM abattages";
    assert_eq!(
        server.rows(figures).await,
        [json!({"accroches": 990, "poids_foie_moyen_g": 525})]
    );
    assert_eq!(
        server
            .count("SELECT count(*) FROM audit WHERE action = 'step_lot'")
            .await,
        2
    );
    for client in [producer, farmer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_lot_is_cancelled_for_a_reason_and_takes_no_meal_any_more() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    // Its refused meal has raised an alert.
    producer
        .ask(with(meal(LOT, 1, 0), json!({"dose_reelle": 100.0})))
        .await;
    let (status, refused) = post(&server, "statut", json!({"vers": "annule"})).await;
    assert_eq!((status, &refused["champ"]), (400, &json!("motif")));
    let cancelled = json!({"vers": "annule", "motif": "lot saisi deux fois"});
    assert_eq!(post(&server, "statut", cancelled).await.0, 200);
    assert_eq!(
        server
            .count("SELECT count(*) FROM alertes WHERE fermee_le IS NULL")
            .await,
        0
    );
    assert_eq!(producer.ask(meal(LOT, 1, 1)).await["type"], "error");
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_lot_that_was_ended_by_mistake_is_fed_again_until_quality_control_claims_it() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let last = with(meal(LOT, 1, 0), json!({"pret_abattage": true}));
    assert_eq!(producer.ask(last.clone()).await["type"], "ack");
    let waiting = "SELECT count(*) FROM sqal_pending_lots";
    assert_eq!(server.count(waiting).await, 1);
    let back = json!({"vers": "en_gavage", "motif": "fini par erreur", "par": "Claire"});
    let without = json!({"vers": "en_gavage", "par": "Claire"});
    let (status, refused) = post(&server, "statut", without).await;
    assert_eq!((status, &refused["champ"]), (400, &json!("motif")));
    assert_eq!(post(&server, "statut", back.clone()).await.0, 200);
    assert_eq!(server.count(waiting).await, 0);
    // Neither the same meal once more nor a correction of it ends the lot again.
    assert_eq!(producer.ask(last.clone()).await["type"], "ack");
    let corrected = with(last, json!({"dose_reelle": 399.0}));
    assert_eq!(producer.ask(corrected).await["type"], "ack");
    let lot = server.get(&format!("/api/lots/{LOT}")).await;
    assert_eq!(
        [&lot["statut"], &lot["pret_abattage"]],
        [&json!("en_gavage"), &json!(false)]
    );
    let end = with(meal(LOT, 1, 1), json!({"pret_abattage": true}));
    assert_eq!(producer.ask(end).await["type"], "ack");
    assert_eq!(server.count(waiting).await, 1);
    let claim = format!("/api/sqal/pending-lots/{LOT}/claim");
    let claimed = http::post(&server.url(&claim), json!({"par": "Marc"})).await;
    assert_eq!(claimed.status().as_u16(), 200);
    assert_eq!(post(&server, "statut", back).await.0, 409);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_ducks_that_were_received_are_those_that_a_planned_lot_begins_with() {
    let server = TestServer::start().await;
    let plan = json!({
        "code_lot": LOT, "site_code": "LL", "gaveur_id": 1, "genetique": "Mulard", "nombre_canards": 1000,
        "date_debut_gavage": "2026-11-22", "duree_gavage_prevue": 10,
    });
    let planned = http::post(&server.url("/api/lots"), plan).await;
    assert_eq!(planned.status().as_u16(), 201);
    let (status, refused) = post(&server, "statut", json!({"vers": "en_preparation"})).await;
    assert_eq!((status, &refused["champ"]), (400, &json!("nombre_canards")));
    let received = json!({"vers": "en_preparation", "nombre_canards": 987, "par": "Jean"});
    assert_eq!(post(&server, "statut", received.clone()).await.0, 200);
    let lot = server.get(&format!("/api/lots/{LOT}")).await;
    assert_eq!(
        [
            &lot["statut"],
            &lot["nb_canards_initial"],
            &lot["nb_canards_actuel"]
        ],
        [&json!("en_preparation"), &json!(987), &json!(987)]
    );
    assert_eq!(post(&server, "statut", received).await.0, 409, "once");
    let cancelled = json!({"vers": "annule", "motif": "canards malades"});
    assert_eq!(post(&server, "statut", cancelled).await.0, 200);
    // Who feeds them all the same feeds another lot.
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    assert_eq!(producer.ask(meal(LOT, 1, 0)).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 2);
    assert_eq!(
        server.get(&format!("/api/lots/{LOT}")).await["statut"],
        "en_gavage"
    );
    producer.close().await;
    server.finish().await;
}
