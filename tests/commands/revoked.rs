//! A key is revoked under many sockets. They are held by this process, and the server has one of its own.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        raw::{closed, connect},
        server::{operator, until},
    },
    process::Process,
};
use futures_util::{StreamExt as _, future::join_all, stream};
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key, site::Site},
    store::keys,
};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// How many connections are opened at a time.
const AT_ONCE: usize = 64;

fn path(key: &Key) -> String {
    format!("/ws/realtime/?key={}", key.reveal())
}

async fn created(database: &TestDatabase) -> Key {
    let key = Key::generate(&mut rand::rng());
    let grant = Grant {
        sites: [Site::Ll].into(),
        ..Grant::new(Role::Superviseur)
    };
    let by = operator();
    let created = keys::create(database.pool(), &key, "essai", &grant, None, &by);
    created.await.unwrap();
    key
}

/// `GAVEURS_REVOKED_SOCKETS` makes them as many as there could ever be.
#[actix_web::test]
async fn all_sockets_of_a_revoked_key_are_closed_with_4403_and_no_others() {
    let variable = std::env::var("GAVEURS_REVOKED_SOCKETS");
    let sockets: usize = variable.as_ref().map_or(100, |text| text.parse().unwrap());
    let most = sockets.to_string();
    let database = TestDatabase::create().await;
    let (revoked, kept) = (created(&database).await, created(&database).await);
    let mut server = Process::start_quiet(&[
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &database.url(),
        "--auth",
        "on",
        "--max-connections-per-person",
        &most,
        "--max-connections-per-user",
        &most,
    ]);
    let address = server.address().await;
    let mut stays = Client::connect(address, &path(&kept)).await;
    stays.next_of("snapshot").await;
    let opening = (0..sockets).map(async |_| connect(address, &path(&revoked)).await);
    let opening = stream::iter(opening).buffer_unordered(AT_ONCE);
    let screens: Vec<_> = opening.collect().await;

    let begun = Instant::now();
    let found = keys::revoke(database.pool(), revoked.id(), &operator()).await;
    assert!(found.unwrap());
    let ended = join_all(screens.into_iter().map(async |mut screen| {
        let code = closed(&mut screen).await;
        (code, begun.elapsed(), screen)
    }))
    .await;
    assert!(ended.iter().all(|(code, ..)| *code == Some(4403)));
    let after = |order: fn(Duration, Duration) -> Duration| {
        ended
            .iter()
            .map(|(_, after, _)| *after)
            .reduce(order)
            .unwrap_or_default()
    };
    let (first, last) = (after(Duration::min), after(Duration::max));
    println!(
        "{sockets} sockets of a revoked key were closed within {last:.2?}, the first after {first:.2?}"
    );
    // On a machine that runs other tests too, everything may take longer.
    if variable.is_ok() {
        assert!(last < Duration::from_secs(2), "{last:?}");
    }
    drop(ended);
    stays.send(json!({"type": "heartbeat"})).await;
    stays.next_of("heartbeat_ack").await;
    stays.close().await;
    until("the key admits nobody", async || {
        Client::try_connect(address, &path(&revoked)).await.is_err()
    })
    .await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}
