//! Clocks that are wrong, and readings that are history.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::TestServer,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// With the default of an operator's server.
async fn server() -> TestServer {
    TestServer::start_with(&["--doubtful-clock-days", "60"]).await
}

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

fn hours_from_now(hours: i64) -> String {
    let time = Timestamp::now() + SignedDuration::from_hours(hours);
    // With the precision of the database and REST.
    Timestamp::from_second(time.as_second())
        .unwrap()
        .to_string()
}

/// A meal that the ducks refused, in a hot stable.
fn refused(number: i32, timestamp: &str) -> Value {
    let fields = json!({"timestamp": timestamp, "dose_reelle": 100.0, "temperature_stabule": 31.0});
    with(meal("LL2611001", 1, number), fields)
}

#[actix_web::test]
async fn a_time_that_cannot_be_is_refused_with_a_sentence_and_the_connection_stays_open() {
    let server = server().await;
    let mut producer = producer(&server).await;
    for (time, why) in [
        ("2000-01-01T00:00:07".to_owned(), "is before the year 2020"),
        (
            "2037-12-31T23:59:59Z".to_owned(),
            "is more than 2 days ahead",
        ),
        (hours_from_now(50), "is more than 2 days ahead"),
    ] {
        let answer = producer.ask(refused(0, &time)).await;
        assert_eq!(answer["type"], "error", "{time}");
        let sentence = answer["error"].as_str().unwrap();
        assert!(
            sentence.starts_with(&format!("field `timestamp` {why}")) && sentence.contains(&time),
            "{sentence}"
        );
    }
    let ack = producer
        .ask(with(
            meal("LL2611001", 1, 0),
            json!({"timestamp": hours_from_now(46)}),
        ))
        .await;
    assert_eq!(ack["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 1);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn an_old_reading_is_stored_and_marked_kept_out_of_the_recent_ones_and_raises_no_alert() {
    let server = server().await;
    let mut producer = producer(&server).await;
    for number in 0..4 {
        let ack = producer.ask(refused(number, "2024-01-05T07:00:00Z")).await;
        assert_eq!(ack["type"], "ack");
    }
    let recent = with(
        meal("MT2611001", 3, 0),
        json!({"timestamp": hours_from_now(-1)}),
    );
    producer.ask(recent).await;
    let marked =
        "SELECT count(*) FROM gavage_data WHERE horloge_douteuse AND code_lot = 'LL2611001'";
    assert_eq!(server.count(marked).await, 4);
    let recent = server.get("/api/euralis/gavages/recent?limit=10").await;
    let codes: Vec<_> = recent
        .as_array()
        .unwrap()
        .iter()
        .map(|meal| &meal["code_lot"])
        .collect();
    assert_eq!(codes, ["MT2611001"]);
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 0);
    let history = server.get("/api/lots/LL2611001/repas").await;
    let history = history.as_array().unwrap();
    assert_eq!(history.len(), 4);
    assert!(history.iter().all(|meal| meal["horloge_douteuse"] == true));
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_age_from_which_on_a_reading_is_history_is_a_setting() {
    let server = TestServer::start_with(&["--doubtful-clock-days", "3"]).await;
    let mut producer = producer(&server).await;
    for (number, hours) in [(0, -73), (1, -71)] {
        let message = with(
            meal("LL2611001", 1, number),
            json!({"timestamp": hours_from_now(hours)}),
        );
        producer.ask(message).await;
    }
    let marks = server
        .rows("SELECT horloge_douteuse FROM gavage_data ORDER BY moment")
        .await;
    assert_eq!(
        marks,
        [
            json!({"horloge_douteuse": true}),
            json!({"horloge_douteuse": false})
        ]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_repeat_with_a_plausible_time_repairs_an_implausible_one_and_not_the_other_way_round() {
    let server = server().await;
    let mut producer = producer(&server).await;
    let said_at = |time: &str| with(meal("LL2611001", 1, 0), json!({"timestamp": time}));
    producer.ask(said_at("2023-05-01T00:10:00Z")).await;
    let before = server.rows("SELECT id FROM gavage_data").await;
    let now = hours_from_now(-2);
    assert_eq!(producer.ask(said_at(&now)).await["type"], "ack");
    let select = "SELECT gavage_data.id, gavage_data.time = repas.time AS found, gavage_data.horloge_douteuse, horodatage
                  FROM gavage_data JOIN repas USING (id)";
    let repaired =
        json!({"id": before[0]["id"], "found": true, "horloge_douteuse": false, "horodatage": now});
    assert_eq!(server.rows(select).await, std::slice::from_ref(&repaired));
    let recent = server.get("/api/euralis/gavages/recent?limit=10").await;
    assert_eq!(recent[0]["timestamp"], now);
    let lot = server.get("/api/lots/LL2611001").await;
    assert_eq!(lot["dernier_releve"], now);

    producer.ask(said_at("2023-05-01T00:10:00Z")).await;
    assert_eq!(server.rows(select).await, [repaired]);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_byte_order_mark_before_json_is_no_fault_on_any_socket() {
    let server = server().await;
    let mut producer = producer(&server).await;
    let message = meal("LL2611001", 1, 0).to_string();
    assert_eq!(
        producer.ask(format!("\u{feff}{message}")).await["type"],
        "ack"
    );
    let mut screen = server.connect("/ws/realtime/").await;
    screen.send("\u{feff}{\"type\":\"heartbeat\"}").await;
    screen.next_of("heartbeat_ack").await;
    let mut station = server.connect("/ws/sensors/").await;
    station.next().await;
    assert_eq!(
        station.ask("\u{feff}{\"type\":\"ping\"}").await["type"],
        "pong"
    );
    for client in [producer, screen, station] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_reading_of_a_doubtful_clock_begins_no_lot_beside_the_one_that_is_fed_and_alarms_nobody()
{
    let server = server().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("site_stats").await;
    let mut producer = producer(&server).await;
    for number in 0..4 {
        let at = hours_from_now(i64::from(12 * number) - 48);
        let fed = with(meal("LL2611001", 1, number), json!({"timestamp": at}));
        assert_eq!(producer.ask(fed).await["type"], "ack");
    }
    let sixty_days = hours_from_now(-24 * 61);
    for time in [&*sixty_days, "2021-03-01T06:00:00Z"] {
        // Other ducks on the first day, and the next meal; both were refused in a hot stable.
        let begins = with(refused(0, time), json!({"nb_canards_vivants": 700}));
        for message in [begins, refused(4, time)] {
            assert_eq!(producer.ask(message).await["type"], "ack", "{time}");
        }
    }
    let lots = server
        .rows("SELECT vie, jour_actuel FROM lots_gavage")
        .await;
    assert_eq!(lots, [json!({"vie": 1, "jour_actuel": 2})]);
    let meals = "SELECT 2 * jour + (moment = 'soir')::integer AS number, horloge_douteuse AS marked, dose_reelle FROM gavage_data
        WHERE dose_reelle < 400 ORDER BY jour";
    // A meal keeps the believed time that it is filed under.
    assert_eq!(
        server.rows(meals).await,
        [
            json!({"number": 0, "marked": false, "dose_reelle": 100}),
            json!({"number": 4, "marked": true, "dose_reelle": 100}),
        ]
    );
    assert_eq!(screen.so_far("alert").await, Vec::<Value>::new());
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 0);
    // The feed goes on in the same lot.
    let next = with(
        meal("LL2611001", 1, 5),
        json!({"timestamp": hours_from_now(0)}),
    );
    assert_eq!(producer.ask(next).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 1);
    for client in [screen, producer] {
        client.close().await;
    }
    server.finish().await;
}
