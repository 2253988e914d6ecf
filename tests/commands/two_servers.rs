//! A second server on one database: each warns of the other for as long as it lives.

use crate::{
    common::{
        address::Reserved,
        database::TestDatabase,
        server::{ask, ask_text, until},
    },
    process::Process,
};
use serde_json::{Value, json};
use std::net::SocketAddr;

async fn others(address: SocketAddr) -> Value {
    let (status, health) = ask(address, "/health").await;
    assert_eq!((status, &health["status"]), (200, &json!("healthy")));
    assert_eq!(
        health["warning"].is_string(),
        health["other_servers"].is_number()
    );
    health["other_servers"].clone()
}

#[actix_web::test]
async fn two_servers_of_one_database_warn_of_each_other_until_one_has_gone() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = |bind: SocketAddr| {
        let bind = bind.to_string();
        Process::start(&["serve", "--bind", &bind, "--database-url", &url])
    };
    let mut first = serve("127.0.0.1:0".parse().unwrap());
    let at_first = first.address().await;
    assert_eq!(others(at_first).await, Value::Null);

    // It may warn before it says where it listens.
    let reserved = Reserved::new();
    let at_second = reserved.address();
    let mut second = serve(at_second);
    for (server, other) in [(&mut second, at_first), (&mut first, at_second)] {
        let warning = server.says(&format!("another server, {other}")).await;
        assert!(warning.contains("Stop one of the two"), "{warning}");
    }
    until("the second answers", async || {
        ask(at_second, "/health").await.0 == 200
    })
    .await;
    for address in [at_first, at_second] {
        assert_eq!(others(address).await, json!(1));
        let metrics = ask_text(address, "/metrics").await.1;
        assert!(metrics.contains("gaveurs_other_servers 1\n"), "{metrics}");
    }

    // Whoever is killed cannot say so.
    second.kill();
    first.says(&format!("the other server, {at_second}")).await;
    until("nobody else is there", async || {
        others(at_first).await == Value::Null
    })
    .await;
    first.terminate();
    let ended = first.ended().await;
    assert_eq!(ended.code, Some(0));
    let warnings = ended
        .said
        .iter()
        .filter(|line| line.contains("another server"));
    assert_eq!(warnings.count(), 1, "{:#?}", ended.said);
}
