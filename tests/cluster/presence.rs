//! Who is connected where.

use crate::{
    common::{
        database::TestDatabase,
        readings::meal,
        server::{ask, ask_text, until},
    },
    fleet::Fleet,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A user who was connected to a process that died is known to be gone after this time.
const AT_MOST: Duration = Duration::from_secs(5);

#[actix_web::test]
async fn a_tab_that_connects_to_another_process_ends_its_connection_to_the_first_with_4409() {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), 3).await;
    let path = "/ws/gaveur/7?sid=onglet";
    let mut here = fleet.connect(0, path).await;
    here.settled().await;
    for number in [1, 2, 0] {
        let mut there = fleet.connect(number, path).await;
        let code = here.ended().await.map(|frame| u16::from(frame.code));
        assert_eq!(code, Some(4409));
        there.settled().await;
        here = there;
    }
    here.close().await;
    fleet.finish().await;
}

/// The users of whom the registry has rows.
async fn registered(database: &TestDatabase) -> Vec<Value> {
    let rows = database
        .rows("SELECT DISTINCT user_id FROM ws_registry ORDER BY 1")
        .await;
    rows.into_iter().map(|row| row["user_id"].clone()).collect()
}

/// How many users were cleaned up by all processes.
async fn cleaned_up(fleet: &Fleet) -> u64 {
    let mut sum = 0;
    for member in &fleet.members {
        let (_, metrics) = ask(member.address, "/ws-metrics").await;
        let total = &metrics["server"]["detach_executed_total"];
        sum += total.as_u64().unwrap_or_else(|| panic!("{metrics}"));
    }
    sum
}

#[actix_web::test]
async fn a_user_who_moves_to_another_process_is_not_cleaned_up_and_his_tab_has_its_filter_there() {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start_with(&database.url(), 2, &["--grace", "500ms"]).await;
    let path = "/ws/realtime/?uid=anne&sid=ecran";
    let mut here = fleet.connect(0, path).await;
    let filters = json!({"code_lot": "LS2611002"});
    here.send(json!({"type": "subscribe", "filters": filters}))
        .await;
    here.next_of("subscribe_ack").await;
    until("he is registered", async || {
        registered(&database).await == [json!("anne")]
    })
    .await;
    let place = "SELECT position FROM journal WHERE corps LIKE '%Filtered%'";
    until("the other process knows his filter", async || {
        let rows = database.rows(place).await;
        let metrics = ask_text(fleet.address(1), "/metrics").await.1;
        let read = metrics
            .lines()
            .find_map(|line| line.strip_prefix("gaveurs_journal_position "));
        let read: i64 = read.unwrap().parse().unwrap();
        rows.iter()
            .any(|row| row["position"].as_i64() <= Some(read))
    })
    .await;
    here.close().await;
    let mut there = fleet.connect(1, path).await;
    let mut producer = fleet.connect(0, "/ws/gavage").await;
    for (lot, number) in [("LL2611001", 0), ("LS2611002", 1)] {
        producer.send(meal(lot, 7, number)).await;
        producer.next_of("ack").await;
    }
    let shown = there.next_of("gavage_realtime").await;
    assert_eq!(shown["data"]["code_lot"], "LS2611002");
    // Longer than his grace at the first process.
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(cleaned_up(&fleet).await, 0);
    assert_eq!(registered(&database).await, [json!("anne")]);
    there.close().await;
    until("he is cleaned up once", async || {
        registered(&database).await.is_empty() && cleaned_up(&fleet).await == 1
    })
    .await;
    fleet.finish().await;
}

#[actix_web::test]
async fn the_users_of_a_killed_process_leave_the_registry_within_five_seconds() {
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start_with(&database.url(), 3, &["--grace", "500ms"]).await;
    let of = async |number: usize, user: usize| {
        let path = format!("/ws/realtime/?uid=u{user}&sid=s{user}");
        fleet.connect(number, &path).await
    };
    let clients = [of(0, 1).await, of(0, 2).await, of(1, 3).await];
    until("all are registered", async || {
        registered(&database).await.len() == 3
    })
    .await;
    let killed = Instant::now();
    fleet.kill(0).await;
    until("only the user of a living process is left", async || {
        registered(&database).await == [json!("u3")]
    })
    .await;
    assert!(killed.elapsed() <= AT_MOST, "{:?}", killed.elapsed());
    drop(clients);
    fleet.finish().await;
}
