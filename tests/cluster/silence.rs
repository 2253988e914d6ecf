//! A lot whose meals stop is noticed, whichever processes its meals went through.

use crate::{
    common::{database::TestDatabase, readings::meal, server::DEADLINE},
    fleet::Fleet,
    tab::{Tab, Turn},
};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Longer than the shortest time after which a lot counts as silent.
const PATIENCE: Duration = Duration::from_secs(30);

#[actix_web::test]
async fn the_silence_of_a_lot_that_has_moved_from_one_process_to_another_is_noticed_and_told_once()
{
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), 3).await;
    let mut tab = Tab::open("/ws/realtime/?sid=ecran", fleet.address(2)).await;
    // No process alone has heard enough of its meals to know its rhythm.
    let mut producers = fleet.connect_each("/ws/gavage").await;
    for number in 0..6 {
        let producer = &mut producers[number as usize % 3];
        producer.send(meal("LL2611001", 7, number)).await;
        producer.next_of("ack").await;
        sleep(Duration::from_millis(100)).await;
    }
    let noticed = async {
        while tab.count("alert") == 0 {
            assert_ne!(tab.hear(DEADLINE).await, Turn::Ended);
        }
    };
    timeout(PATIENCE, noticed)
        .await
        .expect("its silence is noticed");
    let alert = tab.seen.iter().find(|seen| seen.is("alert")).unwrap();
    assert_eq!(alert.value()["data"]["code_lot"], "LL2611001");
    // Every process has noticed it.
    sleep(Duration::from_secs(2)).await;
    fleet.finish().await;
    while tab.hear(DEADLINE).await == Turn::Heard {}
    assert_eq!(tab.count("alert"), 1);
    let raised = database.rows("SELECT id FROM alertes").await;
    assert_eq!(raised.len(), 1, "{raised:?}");
}
