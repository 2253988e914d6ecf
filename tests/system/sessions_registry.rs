//! The registry of connected users while its database is away.

use crate::{
    common::{
        client::Client,
        proxy::Line,
        server::{ask, until},
    },
    outage::Distant,
    sessions_support::{keep_log, logged},
};

#[actix_web::test]
async fn a_clean_up_that_finds_no_database_is_an_error_in_the_log_and_is_made_up_for_later() {
    keep_log();
    let distant = Distant::start(&[
        "--acquire-timeout",
        "300ms",
        "--connect-timeout",
        "300ms",
        "--statement-timeout",
        "500ms",
    ])
    .await;
    let address = distant.app.address();
    let rows = async || {
        distant
            .database
            .rows("SELECT user_id FROM ws_registry")
            .await
            .len()
    };
    let screen = Client::connect(address, "/ws/realtime/?uid=outage").await;
    until("it is registered", async || rows().await == 1).await;
    distant.proxy.set(Line::Cut);
    screen.vanish();
    let count = async |name: &str| {
        ask(address, "/ws-metrics").await.1["server"][name]
            .as_u64()
            .unwrap()
    };
    until("the clean-up has failed", async || {
        count("cleanup_err_total").await == 1
    })
    .await;
    assert_eq!(
        (count("cleaning").await, count("cleanup_ok_total").await),
        (0, 0)
    );
    until("it is logged", async || {
        logged("REGISTRY_CLEANUP_ERROR uid=outage ").len() == 1
    })
    .await;
    assert_eq!(rows().await, 1);
    distant.proxy.set(Line::To(distant.target));
    until("the row is cleared", async || rows().await == 0).await;
    distant.end([]).await;
}

#[actix_web::test]
async fn connecting_never_waits_for_the_registry() {
    let distant = Distant::start(&[]).await;
    distant.proxy.set(Line::Stalled);
    let address = distant.app.address();
    let mut screen = Client::connect(address, "/ws/realtime/?uid=patient").await;
    screen.next_of("snapshot").await;
    screen.close().await;
    assert_eq!(ask(address, "/health/live").await.0, 200);
    distant.proxy.set(Line::To(distant.target));
    distant.end([]).await;
}
