//! A server without `--cluster` on the database of a cluster.

use crate::{
    common::{
        database::TestDatabase,
        server::{DEADLINE, ask, until},
    },
    fleet::Fleet,
    process::Process,
    tab::{Tab, Turn},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

async fn others(address: SocketAddr) -> Value {
    let (_, health) = ask(address, "/health").await;
    assert_eq!(
        health["warning"].is_string(),
        health["other_servers"].is_number()
    );
    health["other_servers"].clone()
}

#[actix_web::test]
async fn a_server_outside_of_the_cluster_is_warned_of_and_warns_and_ends_the_epoch_of_its_tabs() {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), 2).await;
    let of_cluster = [fleet.address(0), fleet.address(1)];
    let mut tab = Tab::open("/ws/realtime/?sid=ecran", of_cluster[0]).await;
    for address in of_cluster {
        assert_eq!(
            others(address).await,
            Value::Null,
            "each other's company is no warning"
        );
    }
    let url = database.url();
    let mut outsider = Process::start(&["serve", "--bind", "127.0.0.1:0", "--database-url", &url]);
    outsider.says("another server, 127.0.0.1:").await;
    let at_outsider = outsider.address().await;
    until("it warns of the servers of the cluster", async || {
        others(at_outsider).await == json!(2)
    })
    .await;
    for address in of_cluster {
        until("each server of the cluster warns of it", async || {
            others(address).await == json!(1)
        })
        .await;
    }
    // It tells its screens what the journal does not hold, so nobody's position counts any more.
    until("the tab is told so", async || {
        if !tab.is_connected() && !tab.try_connect(of_cluster[0], DEADLINE).await {
            return false;
        }
        assert_ne!(tab.hear(DEADLINE).await, Turn::Silent);
        tab.lost_place.len() > 1
    })
    .await;
    assert_eq!(tab.lost_place[1].1, "unknown_epoch");
    outsider.terminate();
    assert_eq!(outsider.ended().await.code, Some(0));
    for address in of_cluster {
        until("nobody is warned of any more", async || {
            others(address).await == Value::Null
        })
        .await;
    }
    tab.leave().await;
    fleet.finish().await;
}
