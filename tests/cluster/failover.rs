//! A database that takes over from another one may give positions again, so nobody may go on from his.

use crate::{
    checker::MEAL,
    common::readings::meal,
    common::server::{DEADLINE, until},
    database::Database,
    fleet::Fleet,
    process::{data_dir, reachable_directory},
    tab::{Tab, Turn},
};
use futures_util::future::join_all;
use tokio_tungstenite::tungstenite::Message;

const PROCESSES: usize = 2;

#[actix_web::test]
async fn after_a_fail_over_of_the_database_every_tab_is_told_that_its_position_is_unknown_and_goes_on()
 {
    let directory = reachable_directory();
    let database = Database::start(data_dir(&directory)).await;
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    let opening = (0..PROCESSES).map(async |number| {
        let path = format!("/ws/realtime/?sid=ecran{number}");
        Tab::open(&path, fleet.address(number)).await
    });
    let mut tabs = join_all(opening).await;
    let mut producer = fleet.connect(0, "/ws/gavage").await;
    for number in 0..10 {
        producer.send(meal("LL2611001", 7, number)).await;
        producer.next_of("ack").await;
    }
    join_all(tabs.iter_mut().map(|tab| tab.until(MEAL, 10))).await;
    database.fail_over().await;

    // Each process begins anew at its address.
    for (number, tab) in tabs.iter_mut().enumerate() {
        while tab.hear(DEADLINE).await == Turn::Heard {}
        until("the tab is told where it is", async || {
            if !tab.is_connected() && !tab.try_connect(fleet.address(number), DEADLINE).await {
                return false;
            }
            tab.hear(DEADLINE).await;
            tab.lost_place.len() > 1
        })
        .await;
        assert_eq!(tab.lost_place[1].1, "unknown_epoch");
    }
    // Nothing that was acked is gone, and what comes is seen by all.
    until("a meal is acked", async || {
        let mut producer = fleet.connect(1, "/ws/gavage").await;
        let sent = producer.try_send(Message::text(meal("LL2611001", 7, 10).to_string()));
        sent.await.is_ok() && producer.next_of_either("ack", "error").await["type"] == "ack"
    })
    .await;
    join_all(tabs.iter_mut().map(|tab| tab.until(MEAL, 11))).await;
    let stored = database.rows("SELECT jour FROM gavage_data").await;
    assert_eq!(stored.len(), 11);
    for tab in &tabs {
        tab.assert_without_gap();
        assert_eq!(tab.lost_place.len(), 2, "{:?}", tab.lost_place);
    }
    fleet.finish().await;
    database.stop().await;
}
