//! Who is connected where.

use crate::{
    common::{database::TestDatabase, server::until},
    fleet::Fleet,
};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

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

#[actix_web::test]
async fn the_users_of_a_killed_process_leave_the_registry_within_five_seconds() {
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start_with(&database.url(), 3, &["--grace", "500ms"]).await;
    let of = async |number: usize, user: usize| {
        let path = format!("/ws/realtime/?uid=u{user}&sid=s{user}");
        fleet.connect(number, &path).await
    };
    let users = async || {
        let rows = database
            .rows("SELECT DISTINCT user_id FROM ws_registry ORDER BY 1")
            .await;
        rows.into_iter()
            .map(|row| row["user_id"].clone())
            .collect::<Vec<_>>()
    };
    let clients = [of(0, 1).await, of(0, 2).await, of(1, 3).await];
    until("all are registered", async || users().await.len() == 3).await;
    let killed = Instant::now();
    fleet.kill(0).await;
    until("only the user of a living process is left", async || {
        users().await == [json!("u3")]
    })
    .await;
    assert!(killed.elapsed() <= AT_MOST, "{:?}", killed.elapsed());
    drop(clients);
    fleet.finish().await;
}
