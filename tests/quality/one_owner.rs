//! Concurrent changes of the same lots and alerts: each request is answered, and the last published state is the stored one.

use super::support::{post, scored, station, supervision, welcomed};
use crate::common::{
    readings::{meal, with},
    server::{TestServer, until},
};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use std::{cell::Cell, collections::HashMap, time::Duration};
use tokio::time::Instant;

/// Less than any outage or time limit takes.
const BYSTANDERS_WAIT: Duration = Duration::from_secs(8);

pub fn lot(number: i32) -> String {
    format!("LL26110{number:02}")
}

fn last_meal(number: i32) -> Value {
    let last = json!({"pret_abattage": true});
    with(meal(&lot(number), number, 3), last)
}

pub async fn fed(server: &TestServer, lots: i32) {
    let mut producer = welcomed(server, "/ws/gavage").await;
    for number in 1..=lots {
        producer.ask(meal(&lot(number), number, 0)).await;
        assert_eq!(producer.ask(last_meal(number)).await["type"], "ack");
    }
    producer.close().await;
}

pub async fn deadlocks(server: &TestServer) -> i64 {
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    server.count(query).await
}

#[actix_web::test]
async fn forty_claims_while_producers_repeat_the_last_meal_are_answered_and_nothing_stops_for_them()
{
    let server = TestServer::start().await;
    fed(&server, 10).await;
    let mut screen = supervision(&server).await;
    let is_over = Cell::new(false);
    let longest = Cell::new(Duration::ZERO);
    let repeat = async |number: i32| {
        let mut producer = welcomed(&server, "/ws/gavage").await;
        while !is_over.get() {
            let asked = Instant::now();
            assert_eq!(producer.ask(last_meal(number)).await["type"], "ack");
            longest.set(longest.get().max(asked.elapsed()));
        }
        producer.close().await;
    };
    let claim = async |number: i32| {
        let path = format!("/api/sqal/pending-lots/{}/claim", lot(number % 10 + 1));
        let station = json!({"station": format!("ESP32_LL_{number:02}")});
        post(&server, &path, station).await.0
    };
    let claims = async {
        let answers = join_all((0..40).map(claim)).await;
        is_over.set(true);
        answers
    };
    let (answers, _) = join(claims, join_all((1..=10).map(repeat))).await;
    let granted = answers.iter().filter(|status| **status == 200).count();
    let refused = answers.iter().filter(|status| **status == 409).count();
    assert_eq!((granted, refused), (10, 30), "{answers:?}");
    assert!(longest.get() < BYSTANDERS_WAIT, "{:?}", longest.get());
    assert_eq!(screen.so_far("stale").await, Vec::<Value>::new());
    assert_eq!(deadlocks(&server).await, 0);
    assert_eq!(server.app().metrics().write_retries.get(), 0);
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn of_alerts_acknowledged_while_the_next_meal_ends_them_the_last_frame_says_what_the_row_says()
 {
    const LOTS: i32 = 300;
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    let mut screen = supervision(&server).await;
    for number in 1..=LOTS {
        let refused = with(meal(&lot(number), number, 0), json!({"dose_reelle": 100.0}));
        assert_eq!(producer.ask(refused).await["type"], "ack");
    }
    let raised = screen.take("alert", LOTS as usize).await;
    let acknowledge = async |frame: &Value| {
        let path = format!("/api/euralis/alertes/{}/acquitter", frame["data"]["id"]);
        post(&server, &path, json!({"par": "Jean"})).await.0
    };
    let meals = async {
        for number in 1..=LOTS {
            producer.send(meal(&lot(number), number, 1)).await;
        }
        for _ in 1..=LOTS {
            assert_eq!(producer.next().await["type"], "ack");
        }
    };
    let (answers, ()) = join(join_all(raised.iter().map(acknowledge)), meals).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    let mut last: HashMap<i64, (bool, bool)> = HashMap::new();
    for frame in screen.published("alert").await {
        let is = |field: &str| !frame["data"][field].is_null();
        let id = frame["data"]["id"].as_i64().unwrap();
        last.insert(id, (is("fermee_le"), is("acquittee_le")));
    }
    let rows = "SELECT id, fermee_le IS NOT NULL AS closed, acquittee_le IS NOT NULL AS noted FROM alertes";
    let rows = server.rows(rows).await;
    assert_eq!(rows.len(), LOTS as usize);
    for row in rows {
        let stored = (row["closed"] == true, row["noted"] == true);
        assert_eq!(stored, (true, true), "{row}");
        assert_eq!(last[&row["id"].as_i64().unwrap()], stored, "{row}");
    }
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn no_alert_is_open_on_a_lot_whose_control_ended_while_its_samples_came() {
    const LOTS: i32 = 20;
    let server = TestServer::start().await;
    fed(&server, LOTS).await;
    let run = async |number: i32| {
        let device = format!("ESP32_LL_{number:02}");
        let lot = lot(number);
        let path = |verb: &str| format!("/api/sqal/pending-lots/{lot}/{verb}");
        let claim = json!({"station": device});
        assert_eq!(post(&server, &path("claim"), claim).await.0, 200);
        let mut client = station(&server).await;
        let bad = |name: &str, score| {
            let sample = scored(&format!("S-{number}-{name}"), &device, score);
            with(sample, json!({"code_lot": lot}))
        };
        assert_eq!(client.ask(bad("first", 0.45)).await["type"], "ack");
        let finish_path = path("finish");
        let finish = post(&server, &finish_path, json!({"par": "Jean"}));
        let worse = client.ask(bad("worse", 0.1));
        let ((status, _), ack) = join(finish, worse).await;
        assert_eq!((status, &ack["type"]), (200, &json!("ack")));
        client.close().await;
    };
    join_all((1..=LOTS).map(run)).await;
    let on_closed_lots =
        "FROM alertes JOIN lots_gavage lot ON lot.id = alertes.lot_id WHERE lot.statut = 'clos'";
    let raised = format!("SELECT count(*) {on_closed_lots}");
    let open = format!("SELECT count(*) {on_closed_lots} AND fermee_le IS NULL");
    assert!(server.count(&raised).await >= i64::from(LOTS));
    assert_eq!(server.count(&open).await, 0);
    assert_eq!(
        server.count("SELECT count(*) FROM sensor_samples").await,
        2 * i64::from(LOTS)
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_transaction_that_another_was_in_the_way_of_is_written_at_once_and_no_screen_hears_of_it()
{
    let server = TestServer::start().await;
    fed(&server, 1).await;
    // Sequences are not rolled back: the first three attempts at either table fail.
    let hinder = "CREATE SEQUENCE hindered;
        CREATE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('hindered') % 4 <> 0 THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '40P01'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER hinder BEFORE INSERT ON gavage_data FOR EACH ROW EXECUTE FUNCTION hinder();
        CREATE TRIGGER hinder BEFORE UPDATE ON sqal_pending_lots FOR EACH ROW EXECUTE FUNCTION hinder();";
    let admin = server.database.client().await;
    admin.batch_execute(hinder).await.unwrap();
    let (mut screen, mut producer) = (
        supervision(&server).await,
        welcomed(&server, "/ws/gavage").await,
    );
    assert_eq!(producer.ask(meal("LL2611077", 7, 0)).await["type"], "ack");
    let path = format!("/api/sqal/pending-lots/{}/claim", lot(1));
    assert_eq!(post(&server, &path, json!({"par": "Jean"})).await.0, 200);
    assert_eq!(server.app().metrics().write_retries.get(), 6);
    assert_eq!(screen.so_far("stale").await, Vec::<Value>::new());
    drop(admin);
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_request_that_the_database_cannot_answer_is_told_to_come_back_and_stops_nobody() {
    let server = TestServer::start().await;
    fed(&server, 2).await;
    let admin = server.database.client().await;
    let lock = format!(
        "BEGIN; SELECT FROM lots_gavage WHERE code_lot = '{}' FOR UPDATE",
        lot(1)
    );
    admin.batch_execute(&lock).await.unwrap();
    let path = |number| format!("/api/sqal/pending-lots/{}/claim", lot(number));
    let claim = json!({"par": "Jean"});
    assert_eq!(post(&server, &path(1), claim.clone()).await.0, 503);
    admin.batch_execute("ROLLBACK").await.unwrap();
    until("others are served again", async || {
        post(&server, &path(2), claim.clone()).await.0 == 200
    })
    .await;
    drop(admin);
    server.finish().await;
}
