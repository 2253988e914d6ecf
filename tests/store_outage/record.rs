//! What is recorded of each change that somebody asks for: one row of `audit`, also if its transaction is tried again, and none if it fails.

use crate::{
    common::readings::{meal, with},
    doubtful::{Doubtful, WITNESS},
};
use jiff::Timestamp;
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

fn entry() -> Value {
    let now = Timestamp::now();
    json!({
        "cle": "0123456789abcdef", "jour": 0, "moment": "soir", "dose_g": 250, "heure": now, "morts": 1, "temperature_c": 21.5,
        "saisi_le": now, "horloge": now,
    })
}

/// Every change over REST, in an order in which each is possible.
fn changes(alert: &Value) -> Vec<(String, Value)> {
    let lot = |path: &str| format!("/api/lots/{LOT}/{path}");
    let alerts = |path: &str| format!("/api/alertes/{alert}/{path}");
    let control = |path: &str| format!("/api/sqal/pending-lots/{LOT}/{path}");
    let curve = json!({"total_g": 8852, "nb_repas": 22, "par": "Anne"});
    let by = |name: &str| json!({"par": name});
    let slaughter = json!({"date": "2026-11-29", "accroches": 990, "par": "Anne"});
    vec![
        (alerts("acquitter"), by(WITNESS)),
        (alerts("acquitter/annuler"), by(WITNESS)),
        (lot("repas"), entry()),
        (lot("courbes"), curve.clone()),
        (lot("courbes/1/valider"), by("Paul")),
        (lot("courbes"), curve),
        (
            lot("courbes/2/rejeter"),
            json!({"par": "Paul", "commentaire": "trop"}),
        ),
        (
            lot("statut"),
            json!({"vers": "pret_abattage", "par": "Jeanne"}),
        ),
        (lot("abattage"), slaughter),
        (control("claim"), by("Sophie")),
        (control("finish"), by("Sophie")),
    ]
}

async fn recorded(server: &Doubtful) -> Vec<Value> {
    let rows = "SELECT action, object FROM audit ORDER BY id";
    server.database.rows(rows).await
}

#[actix_web::test]
async fn every_change_is_recorded_once_although_the_answer_to_its_commit_is_lost() {
    let server = Doubtful::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    let refused = with(meal(LOT, 1, 0), json!({"dose_reelle": 100.0}));
    assert_eq!(producer.ask(refused).await["type"], "ack");
    let alert = screen.next_of("alert").await["data"]["id"].take();
    for (number, (path, body)) in changes(&alert).into_iter().enumerate() {
        server.lose_one();
        let status = server.post(&path, body).await;
        assert!(matches!(status, 200 | 201), "{path}: {status}");
        server.assert_lost();
        let rows = recorded(&server).await;
        assert_eq!(rows.len(), number + 1, "{path}: {rows:#?}");
    }
    for client in [producer, screen] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_refused_leaves_no_record() {
    let server = Doubtful::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    assert_eq!(producer.ask(meal(LOT, 1, 0)).await["type"], "ack");
    for (path, body) in changes(&json!(999)) {
        let unknown = path.replace(LOT, "LL2611009");
        assert_eq!(server.post(&unknown, body).await, 404, "{unknown}");
    }
    let lot = |path: &str| format!("/api/lots/{LOT}/{path}");
    for (path, body, status) in [
        (
            lot("repas"),
            with(entry(), json!({"dose_g": "beaucoup"})),
            400,
        ),
        (lot("courbes"), json!({"total_g": 1}), 400),
        (lot("courbes/9/valider"), json!({}), 404),
        (lot("statut"), json!({"vers": "annule"}), 400),
        (
            lot("abattage"),
            json!({"date": "2026-11-29", "accroches": 990}),
            409,
        ),
        (
            format!("/api/sqal/pending-lots/{LOT}/claim"),
            json!({"par": "Sophie"}),
            404,
        ),
        (
            format!("/api/sqal/pending-lots/{LOT}/finish"),
            json!({}),
            404,
        ),
    ] {
        assert_eq!(server.post(&path, body).await, status, "{path}");
    }
    assert_eq!(recorded(&server).await, Vec::<Value>::new());
    producer.close().await;
    server.app.stop().await.unwrap();
}
