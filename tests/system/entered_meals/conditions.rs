//! Clocks, refusals, rights, simulated lots, and many hands at once.

use super::*;
use crate::common::server::until;
use futures_util::future::join_all;
use gaveurs::domain::{access::Role, grant::Grant, key::Key, site::Site};
use jiff::SignedDuration;
use ureq::http::{Request, Response};

#[actix_web::test]
async fn the_time_of_a_meal_is_corrected_by_the_error_of_the_clock_of_the_telephone() {
    let (server, producer) = fed(1).await;
    let (now, wrong) = (Timestamp::now(), SignedDuration::from_hours(5));
    let fast = json!({"horloge": now + wrong, "saisi_le": now + wrong, "heure": now + wrong - SignedDuration::from_mins(10)});
    let (status, answer) = enter(&server, &entry("fast", 1, fast)).await;
    assert_eq!(status, 201, "{answer}");
    let stored: Timestamp = answer["repas"][0]["heure"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let off = stored.duration_since(now) + SignedDuration::from_mins(10);
    assert!(off.abs() < SignedDuration::from_secs(20), "{stored}");
    let warned = answer["avertissements"].as_array().unwrap().iter();
    assert!(
        warned.clone().any(|warning| warning["champ"] == "horloge"),
        "{answer}"
    );
    let error = answer["ecart_horloge_s"].as_f64().unwrap();
    assert!((error + 18_000.0).abs() < 20.0, "{error}");
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn what_cannot_be_entered_is_a_400_that_names_the_field_and_stores_nothing() {
    let (server, producer) = fed(1).await;
    for (fields, field) in [
        (json!({"dose_g": 700}), "dose_g"),
        (json!({"dose_g": 0}), "raison_ecart"),
        (json!({"morts": 1001}), "morts"),
        (json!({"jour": 17}), "jour"),
        (json!({"heure": "demain"}), "heure"),
        (json!({"poids": {"moyenne_g": 100}}), "poids.moyenne_g"),
        (json!({"cle": null}), "cle"),
    ] {
        let (status, answer) = enter(&server, &entry("refused", 1, fields)).await;
        assert_eq!((status, &answer["champ"]), (400, &json!(field)), "{answer}");
        assert!(
            answer["detail"].as_str().unwrap().contains(field),
            "{answer}"
        );
    }
    assert_eq!(
        server
            .count("SELECT (SELECT count(*) FROM saisies) + (SELECT count(*) FROM audit)")
            .await,
        0
    );
    producer.close().await;
    server.finish().await;
}

async fn post_as(server: &TestServer, key: &Key, path: &str, body: &Value) -> Response<String> {
    let request = Request::post(server.url(path));
    let request = request.header("authorization", format!("Bearer {}", key.reveal()));
    http::send(request.body(body.to_string()).unwrap())
        .await
        .unwrap()
}

async fn enter_as(server: &TestServer, key: &Key, lot: &str, entry: &Value) -> Response<String> {
    post_as(server, key, &format!("/api/lots/{lot}/repas"), entry).await
}

#[actix_web::test]
async fn a_farmer_writes_for_his_own_lots_under_his_name_and_a_foreign_lot_is_not_there_for_him() {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let feeder = server.key(&Grant::new(Role::Simulateur), None).await;
    let path = format!("/ws/gavage?key={}", feeder.reveal());
    let mut producer = server.connect(&path).await;
    producer.next().await;
    producer.ask(meal(LOT, 1, 0)).await;
    producer.ask(meal("LL2611002", 4, 0)).await;
    let farmer = Grant {
        gaveur_id: Some(1),
        ..Grant::new(Role::Gaveur)
    };
    let farmer = server.key(&farmer, None).await;
    let supervisor = Grant {
        sites: [Site::Mt].into(),
        ..Grant::new(Role::Superviseur)
    };
    let supervisor = server.key(&supervisor, None).await;
    let own = enter_as(&server, &farmer, LOT, &entry("own", 1, json!({}))).await;
    assert_eq!(own.status(), 201);
    let foreign = enter_as(
        &server,
        &farmer,
        "LL2611002",
        &entry("foreign", 1, json!({})),
    )
    .await;
    let missing = enter_as(
        &server,
        &farmer,
        "LL2611003",
        &entry("missing", 1, json!({})),
    )
    .await;
    assert_eq!(
        (foreign.status().as_u16(), missing.status().as_u16()),
        (404, 404)
    );
    assert_eq!(foreign.body().replace("002", "003"), *missing.body());
    let elsewhere = enter_as(&server, &supervisor, LOT, &entry("elsewhere", 1, json!({}))).await;
    assert_eq!(elsewhere.status(), 404);
    let stream = enter_as(&server, &feeder, LOT, &entry("stream", 1, json!({}))).await;
    assert_eq!(stream.status(), 403);
    let foreign = "SELECT id FROM lots_gavage WHERE code_lot = 'LL2611002'";
    let foreign = server.count(foreign).await;
    let answer = async |key: &Key, lot: i64| {
        // A proposed dose is named by the lot and the place of a meal.
        let path = format!("/api/courbes/corrections/{lot}02/repondre");
        post_as(&server, key, &path, &json!({"acceptee": true})).await
    };
    let (foreign, missing) = (
        answer(&farmer, foreign).await,
        answer(&farmer, foreign + 100).await,
    );
    assert_eq!(foreign.status(), 404);
    assert_eq!(foreign.body(), missing.body());
    assert_eq!(answer(&supervisor, 1).await.status(), 403);
    // The name in the body counts only where nobody proves who he is.
    let auteur = "SELECT auteur FROM repas_saisis";
    assert_eq!(server.rows(auteur).await, [json!({"auteur": "essai"})]);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_meal_entered_for_a_simulated_lot_is_marked_as_simulated() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    producer.ask(streamed(0, json!({"simule": true}))).await;
    let (_, answer) = enter(&server, &entry("hand", 1, json!({}))).await;
    assert_eq!(answer["simule"], true);
    let simulated = "SELECT count(*) FROM gavage_data WHERE simule";
    assert_eq!(server.count(simulated).await, 2);
    producer.close().await;
    server.finish().await;
}

/// Many hands at once: twenty attempts to send one entry, a correction by another hand, and a stream that tells of the same meal.
#[actix_web::test]
async fn of_equal_entries_at_once_one_is_stored_and_the_last_word_of_all_stands() {
    let (server, mut producer) = fed(1).await;
    let first = entry("first", 1, json!({"morts": 1}));
    let attempts = join_all((0..20).map(|_| enter(&server, &first)));
    let second = entry("second", 1, json!({"dose_g": 399, "morts": 2}));
    let streamed = producer.ask(streamed(1, json!({"dose_reelle": 398.0})));
    let (attempts, corrected, ack) =
        futures_util::join!(attempts, enter(&server, &second), streamed);
    assert_eq!(ack["type"], "ack");
    assert!([200, 201].contains(&corrected.0), "{corrected:?}");
    let fresh: Vec<_> = attempts
        .iter()
        .filter(|(_, answer)| answer["rejoue"] == false)
        .collect();
    assert_eq!(fresh.len(), 1);
    let replayed = attempts
        .iter()
        .filter(|(status, answer)| *status == 200 && answer["rejoue"] == true);
    assert_eq!(replayed.count(), 19);
    // Three words on the meal: one row, and the two earlier ones are kept.
    let rows = "SELECT (SELECT count(*) FROM gavage_data WHERE moment = 'soir') AS meals, (SELECT count(*) FROM repas_versions) AS versions";
    assert_eq!(
        server.rows(rows).await,
        [json!({"meals": 1, "versions": 2})]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn an_entry_for_which_the_queue_of_meals_has_no_room_is_a_503_that_says_when_to_return() {
    let flags = ["--ingest-queue", "2000", "--max-gavage-message", "2000"];
    let server = TestServer::start_with(&flags).await;
    let mut producer = producer(&server).await;
    producer.ask(streamed(0, json!({}))).await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    for number in 1..3 {
        producer.send(streamed(number, json!({}))).await;
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the writer is busy", async || {
        server.count(waiting).await == 1
    })
    .await;
    // The second meal has its share of the queue, too.
    until("both meals wait", async || {
        server.metric("gaveurs_waiting_readings").await == 2.0
    })
    .await;
    let path = format!("/api/lots/{LOT}/repas");
    let full = entry("full", 3, json!({"remarque": "x".repeat(1_200)}));
    let answer = http::post(&server.url(&path), full.clone()).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    held.commit().await.unwrap();
    for _ in 1..3 {
        assert_eq!(producer.next().await["type"], "ack");
    }
    assert_eq!(enter(&server, &later(full, json!({}))).await.0, 201);
    producer.close().await;
    server.finish().await;
}
