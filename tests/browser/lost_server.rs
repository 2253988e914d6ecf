//! The server falls silent without closing anything: it is stopped, or the network goes away.

use crate::{
    browser::Browser, common::database::TestDatabase, console::is_of_an_absent_server,
    process::Process,
};
use rustix::process::Signal;
use serde_json::json;

/// Pages with a stream, on a server without data.
const LIVE: [&str; 5] = ["/", "/gaveur/2?vue=lots", "/sqal", "/alertes", "/pilotage"];
const STATE: &str = "document.querySelector('[data-connection-state]').dataset.connectionState";
const FROZEN: &str = "document.documentElement.dataset.frozen";
const BANNER: &str = "(({innerText: text}) => text)(document.querySelector('[data-part=stale]'))";
const LOST: &str = "Connexion au serveur perdue. Les chiffres affichés sont les derniers reçus.";

#[actix_web::test]
async fn every_page_says_that_a_stopped_server_or_the_network_is_lost_and_greys_its_figures() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let flags = ["--bind", "127.0.0.1:0", "--database-url", &url];
    let beat = ["--screen-beat", "1s"];
    let serve = ["serve"].into_iter().chain(flags).chain(beat);
    let mut server = Process::start_quiet(&serve.collect::<Vec<_>>());
    let address = server.address().await;
    let Some(browser) = Browser::start().await else {
        return;
    };
    let mut windows = Vec::new();
    for path in LIVE {
        let url = format!("http://{address}{path}");
        windows.push(browser.open_beside(&url).await);
        browser.until_connected().await;
    }
    // A beat has told each page how often they come.
    let greys = "getComputedStyle(document.querySelector('main')).filter";
    server.signal(Signal::STOP);
    for window in &windows {
        browser.turn_to(window).await;
        browser.until(FROZEN, "true").await;
        let banner = browser.eval(BANNER).await;
        let banner = banner.as_str().unwrap();
        let last_sign = banner.strip_prefix(LOST).unwrap().trim();
        assert!(last_sign.starts_with("Dernier signe il y a "), "{banner}");
        assert_eq!(browser.eval(greys).await, "grayscale(1)");
        browser
            .until("document.querySelector('[role=status]').textContent", LOST)
            .await;
    }
    server.signal(Signal::CONT);
    for window in &windows {
        browser.turn_to(window).await;
        browser.until_connected().await;
        browser.until(FROZEN, json!(null)).await;
    }

    browser.turn_to(&windows[0]).await;
    browser.devtools("Network.enable", json!({})).await;
    let network = |offline| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    let lost = "(addEventListener('offline', () => (window.saidAt = document.documentElement.dataset.frozen)), true)";
    browser.eval(lost).await;
    browser
        .devtools("Network.emulateNetworkConditions", network(true))
        .await;
    // The page has said it by the time that the event has been handled.
    browser.until("window.saidAt", "true").await;
    browser
        .devtools("Network.emulateNetworkConditions", network(false))
        .await;
    browser.until(STATE, "connected").await;
    browser.until(FROZEN, json!(null)).await;
    // A server that was stopped in the middle of a handshake or a statement gives it up.
    let of_the_loss = |complaint: &str| {
        complaint.contains("WebSocket connection to")
            || complaint.contains("status of 503")
            || is_of_an_absent_server(complaint)
    };
    browser.finish_but_for(of_the_loss).await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}
