use crate::{
    common::{
        client::Client,
        readings::meal,
        server::{TestServer, until},
    },
    sessions_support::{counter, store},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn path(sid: &str, epoch: &str, last_seq: u64) -> String {
    format!("/ws/gaveur/7?sid={sid}&epoch={epoch}&last_seq={last_seq}")
}

async fn epoch(server: &TestServer) -> String {
    let mut screen = server.connect("/ws/realtime/?sid=curious").await;
    let resume = screen.next().await;
    screen.close().await;
    resume["epoch"].as_str().unwrap().to_owned()
}

fn seqs(frames: &[Value]) -> Vec<u64> {
    frames
        .iter()
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect()
}

async fn store_meals(server: &TestServer, meals: std::ops::Range<i32>) {
    let mut producer = server.connect("/ws/gavage").await;
    for number in meals {
        store(&mut producer, "LL2611001", 7, number).await;
    }
    producer.close().await;
}

#[actix_web::test]
async fn a_tab_with_a_position_gets_exactly_what_it_missed_and_then_what_is_new() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let epoch = epoch(&server).await;
    store_meals(&server, 0..10).await;
    let mut screen = server.connect(&path("a", &epoch, 4)).await;
    let resume = screen.next().await;
    let expected = json!({"type": "resume", "recovered": true, "epoch": epoch, "from": 5, "to": 11, "replayed": 7});
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&resume[key], value, "{key}");
    }
    // The second position of the stream is that the lot begins.
    assert_eq!(
        seqs(&screen.take("gavage", 7).await),
        [5, 6, 7, 8, 9, 10, 11]
    );
    store_meals(&server, 10..12).await;
    assert_eq!(seqs(&screen.take("gavage", 2).await), [12, 13]);
    assert_eq!(counter(&server, "replayed_total").await, 7);
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_first_frame_of_a_tab_is_always_its_resume_and_the_plain_protocol_has_none() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let mut tab = server.connect("/ws/realtime/?sid=a").await;
    let first = tab.next().await;
    assert_eq!(
        (&first["type"], &first["recovered"]),
        (&json!("resume"), &json!(false))
    );
    assert_eq!(first["reason"], "no_position");
    assert_eq!(tab.next().await["type"], "connection_established");
    assert_eq!(tab.next().await["type"], "snapshot");
    let mut plain = server.connect("/ws/realtime/?uid=u&last_seq=3").await;
    assert_eq!(plain.next().await["type"], "connection_established");
    assert_eq!(counter(&server, "resume_refused_total").await, 0);
    tab.close().await;
    plain.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_gap_that_cannot_be_filled_whole_is_refused_with_its_reason_and_nothing_in_part() {
    let server = TestServer::start_with(&["--grace", "50ms", "--ring-frames", "4"]).await;
    let epoch = epoch(&server).await;
    store_meals(&server, 0..10).await;
    for (epoch, last_seq, reason) in [
        (epoch.as_str(), 5, "gap_too_long"),
        (epoch.as_str(), 12, "future_position"),
        ("0000000000000000", 9, "unknown_epoch"),
    ] {
        let mut screen = server.connect(&path("a", epoch, last_seq)).await;
        let resume = screen.next().await;
        assert_eq!(
            (&resume["recovered"], &resume["reason"]),
            (&json!(false), &json!(reason))
        );
        assert_eq!(
            resume["missed_since"].is_string(),
            reason != "unknown_epoch",
            "{resume}"
        );
        assert!(screen.so_far("gavage").await.is_empty());
        screen.close().await;
    }
    let mut screen = server.connect(&path("a", &epoch, 7)).await;
    assert_eq!(screen.next().await["recovered"], true);
    assert_eq!(seqs(&screen.take("gavage", 4).await), [8, 9, 10, 11]);
    assert_eq!(counter(&server, "resume_refused_total").await, 3);
    screen.close().await;
    server.finish().await;
}

/// Reads until the frame with this position arrives; cuts the connection every few frames and resumes.
async fn read_with_cuts(server: &TestServer, sid: &str, epoch: &str, last: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.last() != Some(&last) {
        let mut screen = server
            .connect(&path(sid, epoch, seen.last().copied().unwrap_or(0)))
            .await;
        let resume = screen.next().await;
        assert_eq!(resume["recovered"], true, "{resume}");
        for _ in 0..7 {
            seen.extend(screen.positions(1).await);
            if seen.last() == Some(&last) {
                break;
            }
        }
        screen.vanish();
    }
    seen
}

#[actix_web::test]
async fn nothing_is_missed_or_seen_twice_by_tabs_that_return_again_and_again_while_readings_flow() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let epoch = epoch(&server).await;
    // Each of 200 meals, and that each of four lots begins.
    let readers = ["a", "b", "c"].map(|sid| read_with_cuts(&server, sid, &epoch, 204));
    let (seen, ()) = futures_util::future::join(
        futures_util::future::join_all(readers),
        store_meals(&server, 0..200),
    )
    .await;
    for seen in seen {
        assert_eq!(seen, (1..=204).collect::<Vec<_>>());
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_tab_that_returns_in_time_listens_with_the_filter_it_had() {
    let server = TestServer::start_with(&["--grace", "1s"]).await;
    let mut screen = server.connect("/ws/realtime/?uid=u&sid=a").await;
    let epoch = screen.next().await["epoch"].as_str().unwrap().to_owned();
    screen
        .send(json!({"type": "subscribe", "filters": {"code_lot": "LL2611001", "gaveur_id": 7}}))
        .await;
    screen.next_of("subscribe_ack").await;
    screen.vanish();
    until("it is away", async || server.census().await.listeners == 0).await;
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LS2611002", 8, 0).await;
    store(&mut producer, "LL2611001", 7, 0).await;
    producer.close().await;
    let mut screen = server
        .connect(&format!(
            "/ws/realtime/?uid=u&sid=a&epoch={epoch}&last_seq=0"
        ))
        .await;
    let resume = screen.next().await;
    assert_eq!(resume["recovered"], true);
    let lots = lots_of(&screen.so_far("gavage_realtime").await);
    assert_eq!(
        lots,
        BTreeMap::from([("LL2611001".to_owned(), 1)]),
        "{resume}"
    );
    screen.close().await;
    server.finish().await;
}

fn lots_of(frames: &[Value]) -> BTreeMap<String, usize> {
    let mut lots = BTreeMap::new();
    for frame in frames {
        *lots
            .entry(frame["data"]["code_lot"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    lots
}

#[actix_web::test]
async fn a_producer_that_disconnects_in_the_middle_leaves_the_screen_with_what_was_stored() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let mut screen: Client = server.connect("/ws/gaveur/7").await;
    let mut producer = server.connect("/ws/gavage").await;
    for number in 0..100 {
        producer.send(meal("LL2611001", 7, number)).await;
    }
    producer.vanish();
    until("the producer is gone", async || {
        server.census().await.sessions == 1
    })
    .await;
    // What it has left behind is written before what comes now.
    let mut next = server.connect("/ws/gavage").await;
    next.send(meal("LL2611002", 8, 0)).await;
    next.next_of("ack").await;
    next.close().await;
    let of_gaveur = "SELECT count(*) FROM gavage_data JOIN lots_gavage lot ON lot.id = lot_id WHERE lot.gaveur_id = 7";
    let stored = server.count(of_gaveur).await as usize;
    let positions = screen.positions(stored).await;
    let without_gap: Vec<_> = (1..=positions.len() as u64).collect();
    assert_eq!(positions, without_gap);
    assert!(screen.published("gavage").await.is_empty());
    screen.close().await;
    server.finish().await;
}

/// The meals of gaveur 7 in the history since this time, as a client queries them.
async fn history_since(server: &TestServer, since: &str) -> BTreeSet<(i64, String)> {
    let since: Timestamp = since.parse().unwrap();
    let mut meals = BTreeSet::new();
    for lot in server.get("/api/lots/gaveur/7").await.as_array().unwrap() {
        let code = lot["code_lot"].as_str().unwrap();
        let history = server.get(&format!("/api/lots/{code}/repas")).await;
        let stored_since = |meal: &&Value| {
            let stored: Timestamp = meal["recu_le"].as_str().unwrap().parse().unwrap();
            stored >= since
        };
        meals.extend(
            history
                .as_array()
                .unwrap()
                .iter()
                .filter(stored_since)
                .map(place),
        );
    }
    meals
}

fn place(meal: &Value) -> (i64, String) {
    let moment = meal["moment"].as_str().unwrap();
    (meal["jour"].as_i64().unwrap(), moment.to_owned())
}

#[actix_web::test]
async fn a_gap_too_long_is_filled_from_history_from_the_moment_that_the_resume_frame_names() {
    let server = TestServer::start_with(&["--ring-frames", "4"]).await;
    let epoch = epoch(&server).await;
    let mut producer = server.connect("/ws/gavage").await;
    let mut missed = BTreeSet::new();
    // One transaction, so that all are stored at one time, and a gap that begins in its middle.
    let meals: Vec<_> = (0..60).map(|number| meal("LL2611001", 7, number)).collect();
    missed.extend(meals[40..].iter().map(place));
    producer.send(Value::from(meals)).await;
    producer.next_of("ack").await;
    producer.close().await;
    let long_ago = "UPDATE gavage_data SET recu_le = recu_le - interval '1 day' WHERE jour < 10";
    server
        .database
        .client()
        .await
        .batch_execute(long_ago)
        .await
        .unwrap();

    let mut screen = server.connect(&path("a", &epoch, 40)).await;
    let resume = screen.next().await;
    assert_eq!(resume["reason"], "gap_too_long");
    let fetched = history_since(&server, resume["missed_since"].as_str().unwrap()).await;
    assert!(fetched.is_superset(&missed), "{resume} {fetched:?}");
    assert!(
        fetched.iter().all(|(jour, _)| *jour >= 10),
        "what is older is not asked for"
    );
    screen.close().await;
    server.finish().await;
}
