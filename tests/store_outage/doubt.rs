//! The connection is lost after the commit and before its answer, so the server cannot know the outcome.

use super::doubtful::{Doubtful, WITNESS};
use crate::common::{
    client::Client,
    readings::{meal, with},
};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_commit_whose_answer_is_lost_is_written_again_and_changes_nothing() {
    let server = Doubtful::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");

    // A refused meal opens an alert, which the second write must not open again. The last meal corrects an earlier one.
    let refused = with(meal("LL2611001", 1, 1), json!({"dose_reelle": 100.0}));
    let corrected = with(meal("LL2611001", 1, 0), json!({"dose_reelle": 401.0}));
    for message in [refused, meal("LL2611001", 1, 2), corrected] {
        server.lose_one();
        assert_eq!(producer.ask(message).await["type"], "ack");
        server.assert_lost();
    }
    assert!(server.app.metrics().write_retries.get() >= 3);
    let stored = "SELECT count(*) AS n, count(corrected_at) AS corrected, (SELECT count(*) FROM alertes) AS alertes,
        (SELECT count(*) FROM repas) AS repas FROM gavage_data";
    assert_eq!(
        server.database.rows(stored).await,
        [json!({"n": 3, "corrected": 1, "alertes": 1, "repas": 3})]
    );
    producer.close().await;
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_a_commit_did_whose_answer_is_lost_reaches_every_screen_once() {
    let server = Doubtful::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.ask(meal("LL2611002", 2, 0)).await;
    let last = json!({"dose_reelle": 100.0, "pret_abattage": true});
    server.lose_one();
    let refused = with(meal("LL2611001", 1, 0), last);
    assert_eq!(producer.ask(refused).await["type"], "ack");
    server.assert_lost();
    let raised = screen.next_of("alert").await;
    assert_eq!(
        (&raised["event"], &raised["data"]["code_lot"]),
        (&json!("raised"), &json!("LL2611001"))
    );

    // The same for a sample: all screens must get it.
    let claim = json!({"station": "ESP32_LL_01"});
    assert_eq!(
        server
            .post("/api/sqal/pending-lots/LL2611001/claim", claim)
            .await,
        200
    );
    let mut station = server.connect("/ws/sensors/").await;
    let mut sample: Value =
        serde_json::from_str(include_str!("../frames/sensor_data.json")).unwrap();
    sample["device_id"] = json!("ESP32_LL_01");
    for name in ["final_score", "tof_score", "spectral_score"] {
        sample["fusion"][name] = json!(0.1);
    }
    sample["fusion"]["final_grade"] = Value::Null;
    server.lose_one();
    assert_eq!(station.ask(&sample).await["type"], "ack");
    server.assert_lost();
    let shown = screen.next_of("sensor_update").await;
    assert_eq!(shown["sample"]["code_lot"], "LL2611001");
    let judged = screen.next_of("alert").await;
    assert_eq!(
        (&judged["event"], &judged["data"]["device_id"]),
        (&json!("raised"), &json!("ESP32_LL_01"))
    );

    server.lose_one();
    let finish = json!({"par": "Jean"});
    assert_eq!(
        server
            .post("/api/sqal/pending-lots/LL2611001/finish", finish)
            .await,
        200
    );
    server.assert_lost();
    let closed = screen.take("alert", 2).await;
    let mut ids: Vec<_> = closed
        .iter()
        .map(|frame| frame["data"]["id"].as_i64())
        .collect();
    ids.sort_unstable();
    assert!(closed.iter().all(|frame| frame["event"] == "closed"));
    assert_eq!(
        ids,
        [raised["data"]["id"].as_i64(), judged["data"]["id"].as_i64()]
    );

    // Nothing was written twice, and none of it counted as an outage.
    producer.ask(meal("LL2611002", 2, 1)).await;
    assert_eq!(screen.so_far("alert").await, Vec::<Value>::new());
    assert_eq!(screen.so_far("stale").await, Vec::<Value>::new());
    for client in [producer, station, screen] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

/// Feeds a lot to its end, refusing its last meal, and gives the alert that this raises on the screen.
async fn ended_with_an_alert(producer: &mut Client, screen: &mut Client, lot: &str) -> Value {
    let last = json!({"dose_reelle": 100.0, "pret_abattage": true});
    let ack = producer.ask(with(meal(lot, 1, 0), last)).await;
    assert_eq!(ack["type"], "ack");
    let raised = screen.next_of("alert").await;
    assert_eq!(
        (&raised["event"], &raised["data"]["code_lot"]),
        (&json!("raised"), &json!(lot))
    );
    raised["data"]["id"].clone()
}

/// What the screen was told of alerts since it was asked last: which, and what.
async fn told(screen: &mut Client) -> Vec<(Value, Value)> {
    let frames = screen.published("alert").await;
    let told = |frame: &Value| (frame["data"]["id"].clone(), frame["event"].clone());
    frames.iter().map(told).collect()
}

#[actix_web::test]
async fn an_acknowledgement_whose_answer_is_lost_is_told_to_whoever_asked_and_to_every_screen_once()
{
    let server = Doubtful::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut gaveur = Client::connect(server.app.address(), "/ws/gaveur/1").await;
    let mut producer = server.connect("/ws/gavage").await;
    let id = ended_with_an_alert(&mut producer, &mut screen, "LL2611001").await;
    gaveur.next_of("alerte").await;
    let path = format!("/api/euralis/alertes/{id}/acquitter");
    server.lose_one();
    assert_eq!(server.post(&path, json!({"par": WITNESS})).await, 200);
    server.assert_lost();
    // Whoever comes second changes nothing, and nobody is told.
    assert_eq!(server.post(&path, json!({"par": "Jean"})).await, 200);
    assert_eq!(told(&mut screen).await, [(id, json!("acknowledged"))]);
    assert_eq!(gaveur.published("alerte").await.len(), 1);
    let by = "SELECT acquittee_par FROM alertes";
    assert_eq!(
        server.database.rows(by).await,
        [json!({"acquittee_par": WITNESS})]
    );
    // Each request is recorded once, however often its transaction was tried.
    let recorded = "SELECT request FROM audit WHERE action = 'acknowledge'";
    assert_eq!(server.database.rows(recorded).await.len(), 2);
    for client in [producer, screen, gaveur] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_claim_whose_answer_is_lost_is_granted_once_and_what_it_ended_is_told_once() {
    let server = Doubtful::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    let first = ended_with_an_alert(&mut producer, &mut screen, "LL2611001").await;
    ended_with_an_alert(&mut producer, &mut screen, "LL2611002").await;
    let claim = |lot: &str| format!("/api/sqal/pending-lots/{lot}/claim");
    let station = json!({"station": "ESP32_LL_01"});
    for (lot, told_of) in [
        ("LL2611001", vec![]),
        ("LL2611002", vec![(first, json!("closed"))]),
    ] {
        server.lose_one();
        assert_eq!(server.post(&claim(lot), station.clone()).await, 200);
        server.assert_lost();
        let other = json!({"station": "ESP32_LL_02"});
        assert_eq!(server.post(&claim(lot), other).await, 409);
        // The station goes on with the next lot, which ends the one before.
        assert_eq!(told(&mut screen).await, told_of, "{lot}");
    }
    let lots = "SELECT lot.statut, pending.prise_par FROM lots_gavage lot JOIN sqal_pending_lots pending ON pending.lot_id = lot.id ORDER BY lot.id";
    assert_eq!(
        server.database.rows(lots).await,
        [
            json!({"statut": "clos", "prise_par": "ESP32_LL_01"}),
            json!({"statut": "controle_qualite", "prise_par": "ESP32_LL_01"}),
        ]
    );
    for client in [producer, screen] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_lot_whose_end_was_in_doubt_has_ended_for_whoever_looks_and_for_whoever_looks_next() {
    let server = Doubtful::start().await;
    let mut looks = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    server.lose_one();
    let last = with(meal("LL2611001", 1, 1), json!({"pret_abattage": true}));
    assert_eq!(producer.ask(last).await["type"], "ack");
    server.assert_lost();
    let told = looks.published("lot").await.pop().unwrap();
    let step = (&told["data"]["de"], &told["data"]["vers"]);
    assert_eq!(step, (&Value::Null, &json!("pret_abattage")));
    let mut screen = Client::connect(server.app.address(), "/ws/realtime/").await;
    let snapshot = screen.next_of("snapshot").await;
    let lot = &snapshot["lots"][0];
    let last = (&lot["moment"], &lot["pret_abattage"]);
    assert_eq!(last, (&json!("soir"), &json!(true)), "{lot}");
    for client in [producer, screen, looks] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_an_acknowledgement_did_is_told_although_its_answer_never_came_and_nobody_waits_for_it()
 {
    // A request waits 5 s.
    let server = Doubtful::start_with(&["--statement-timeout", "6s"]).await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    let id = ended_with_an_alert(&mut producer, &mut screen, "LL2611001").await;
    producer.close().await;
    server.fall_silent();
    server.lose_one();
    let path = format!("/api/euralis/alertes/{id}/acquitter");
    assert_eq!(server.post(&path, json!({"par": WITNESS})).await, 503);
    server.assert_lost();
    let noted = screen.next_of("alert").await;
    assert_eq!(
        (&noted["data"]["id"], &noted["event"]),
        (&id, &json!("acknowledged"))
    );
    assert_eq!(told(&mut screen).await, []);
    screen.close().await;
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn with_a_journal_what_a_commit_did_whose_answer_is_lost_is_told_by_its_entry() {
    let server = Doubtful::start_with(&["--journal"]).await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    let entries = "SELECT count(*)::int AS n FROM journal WHERE corps LIKE '%\"gavage_realtime\"%'";
    for number in 0..5 {
        server.lose_one();
        let refused = with(meal("LL2611001", 1, number), json!({"dose_reelle": 100.0}));
        assert_eq!(producer.ask(refused).await["type"], "ack");
        server.assert_lost();
    }
    let frames = screen.published("gavage_realtime").await;
    let told = server.database.rows(entries).await;
    assert_eq!(told, [json!({"n": 5})]);
    let meals: std::collections::BTreeSet<_> = frames
        .iter()
        .map(|frame| format!("{} {}", frame["data"]["jour"], frame["data"]["moment"]))
        .collect();
    assert_eq!((frames.len(), meals.len()), (5, 5));
    // Whatever was written again, an alert is raised once.
    let rows = server.database.rows("SELECT id FROM alertes").await;
    let raised = "SELECT (SELECT count(*) FROM regexp_matches(string_agg(corps, ' '), '\"event\":\"raised\"', 'g'))::int AS n FROM journal";
    let raised = server.database.rows(raised).await;
    // One frame for supervision, one for the gaveur, perhaps one for notifications.
    let frames = raised[0]["n"].as_u64().unwrap();
    assert!(
        frames <= 3 * rows.len() as u64,
        "{frames} of {}",
        rows.len()
    );
    for client in [producer, screen] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn with_a_journal_each_reading_of_a_batch_in_doubt_is_shown_and_acked_once_whatever_has_joined_it()
 {
    const MEALS: i32 = 12;
    let server = Doubtful::start_with(&["--journal"]).await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producers = Vec::new();
    for _ in 0..3 {
        producers.push(server.connect("/ws/gavage").await);
    }
    for number in 0..MEALS {
        if number % 3 == 0 {
            server.lose_one();
        }
        // None waits for its answer, so the next ones join the batch that is written again.
        for (producer, lot) in producers
            .iter_mut()
            .zip(["LL2611001", "LS2611002", "MT2611003"])
        {
            producer.send(meal(lot, 7, number)).await;
        }
        if number % 3 == 2 {
            for producer in &mut producers {
                for _ in 0..3 {
                    assert_eq!(producer.next().await["type"], "ack");
                }
            }
            server.assert_lost();
        }
    }
    let mut shown: Vec<_> = screen
        .published("gavage_realtime")
        .await
        .iter()
        .map(|frame| {
            let data = &frame["data"];
            format!("{} {} {}", data["code_lot"], data["jour"], data["moment"])
        })
        .collect();
    assert_eq!(shown.len(), 3 * MEALS as usize);
    shown.sort();
    shown.dedup();
    assert_eq!(shown.len(), 3 * MEALS as usize);
    for client in producers.into_iter().chain([screen]) {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}
