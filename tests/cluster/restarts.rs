//! Processes that end, are killed and begin, while the others go on.

use crate::{
    checker::{MEAL, key},
    common::{client::Client, database::TestDatabase, readings::meal, server::DEADLINE},
    fleet::Fleet,
    tab::{Tab, Turn},
};
use futures_util::future::{join, join_all};
use serde_json::Value;
use std::{cell::Cell, collections::BTreeSet, net::SocketAddr, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

const PROCESSES: usize = 3;
/// Processes begin and end one after the other.
const LONG: Duration = Duration::from_secs(60);

/// Sends the meals of a lot, each until it is acked, over as many connections as it takes.
async fn feed(balancer: SocketAddr, lot: &str, meals: i32) {
    let mut number = 0;
    while number < meals {
        let Ok(mut producer) = Client::try_connect(balancer, "/ws/gavage").await else {
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        while number < meals && is_acked(&mut producer, meal(lot, 7, number)).await {
            number += 1;
            sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn is_acked(producer: &mut Client, meal: Value) -> bool {
    if producer
        .try_send(Message::text(meal.to_string()))
        .await
        .is_err()
    {
        return false;
    }
    while let Some(message) = producer.next_message().await {
        match message.to_text() {
            Ok(text) if text.starts_with(r#"{"type":"ack""#) => return true,
            _ if message.is_close() => return false,
            _ => {}
        }
    }
    false
}

/// Reconnects the tab through the balancer whenever its connection ends.
async fn watch(mut tab: Tab, balancer: SocketAddr, is_over: impl Fn(&Tab) -> bool) -> Tab {
    let watching = async {
        while !is_over(&tab) {
            if !tab.is_connected() && !tab.try_connect(balancer, DEADLINE).await {
                sleep(Duration::from_millis(20)).await;
            }
            tab.hear(Duration::from_millis(100)).await;
        }
        tab.leave().await;
    };
    if timeout(LONG, watching).await.is_err() {
        panic!(
            "a tab has seen {} meals, {:?}",
            tab.count(MEAL),
            tab.lost_place
        );
    }
    tab
}

fn meals_of(tab: &Tab) -> Vec<String> {
    let shown = tab.seen.iter().filter(|seen| seen.is(MEAL));
    shown.map(|seen| key(&seen.value()["data"])).collect()
}

async fn stored(database: &TestDatabase) -> BTreeSet<String> {
    let rows = database
        .rows("SELECT code_lot, jour, moment FROM gavage_data")
        .await;
    rows.iter().map(key).collect()
}

#[actix_web::test]
async fn a_restart_of_every_process_in_turn_costs_no_tab_its_position_and_no_screen_a_reading() {
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start(&database.url(), PROCESSES).await;
    let balancer = fleet.balancer.address;
    let is_over = Cell::new(false);
    let meals = 50;
    let lots = ["LL2611001", "LS2611002", "MT2611003"];
    let expected = meals as usize * lots.len();
    let opening = (0..PROCESSES).map(async |number| {
        let path = format!("/ws/realtime/?sid=ecran{number}");
        Tab::open(&path, fleet.address(number)).await
    });
    let tabs = join_all(opening).await;
    let watching = tabs.into_iter().map(|tab| {
        let is_over = |tab: &Tab| is_over.get() && tab.count(MEAL) >= expected;
        watch(tab, balancer, is_over)
    });
    let restarting = async {
        for _ in 0..PROCESSES {
            fleet.begin(PROCESSES).await;
            fleet.end(0).await;
        }
        is_over.set(true);
    };
    let feeding = lots.map(|lot| feed(balancer, lot, meals));
    let (tabs, _) = join(join_all(watching), join(restarting, join_all(feeding))).await;
    for tab in &tabs {
        // It never had to be told anew where it is, but at the beginning.
        assert_eq!(tab.lost_place, [(0, "no_position".to_owned())]);
        tab.assert_without_gap();
        let shown = meals_of(tab);
        assert_eq!(
            shown.iter().cloned().collect::<BTreeSet<_>>(),
            stored(&database).await
        );
    }
    fleet.finish().await;
}

#[actix_web::test]
async fn what_a_killed_process_has_committed_is_shown_by_the_others_and_everything_acked_is_stored()
{
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start(&database.url(), PROCESSES).await;
    let opening = (1..PROCESSES).map(async |number| {
        let path = format!("/ws/realtime/?sid=ecran{number}");
        Tab::open(&path, fleet.address(number)).await
    });
    let mut tabs = join_all(opening).await;
    let mut producer = fleet.connect(0, "/ws/gavage").await;
    let (some, sent) = (40, 200);
    let nth = |number: i32| meal(&format!("LL26110{:02}", number / 28), 7, number % 28);
    for number in 0..some {
        producer.send(nth(number)).await;
    }
    let mut acked = 0;
    let mut count = |message: Option<Message>| {
        let text = message.as_ref().and_then(|message| message.to_text().ok());
        acked += i32::from(text.is_some_and(|text| text.starts_with(r#"{"type":"ack""#)));
        message.is_some().then_some(acked)
    };
    while count(producer.next_message().await).unwrap() < 20 {}
    // It cannot have acked all of these before it is killed.
    for number in some..sent {
        producer.send(nth(number)).await;
    }
    fleet.kill(0).await;
    while count(producer.next_message().await).is_some() {}

    let stored = stored(&database).await;
    assert!(
        stored.len() as i32 >= acked && acked < sent,
        "{acked} acked"
    );
    for number in 0..acked {
        let (jour, moment) = (number % 28 / 2, ["matin", "soir"][number as usize % 2]);
        let key = format!("\"LL26110{:02}\" {jour} \"{moment}\"", number / 28);
        assert!(stored.contains(&key), "{key} was acked");
    }
    for tab in &mut tabs {
        tab.until(MEAL, stored.len()).await;
        tab.assert_without_gap();
        let shown: BTreeSet<_> = meals_of(tab).into_iter().collect();
        assert_eq!(shown, stored);
    }
    // Nothing comes twice behind it.
    fleet.finish().await;
    for tab in &mut tabs {
        while tab.hear(DEADLINE).await == Turn::Heard {}
        assert_eq!(tab.count(MEAL), stored.len());
    }
}
