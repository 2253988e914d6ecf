//! The server goes away and comes back.

use crate::{
    browser::Browser,
    common::server::TestServer,
    console::is_of_an_absent_server,
    feed::{feed, meal, meals},
    french::grams,
};
use std::net::{Ipv4Addr, SocketAddr};

const LOT: &str = "LS2611001";

#[actix_web::test]
async fn the_wall_recovers_by_itself_and_shows_what_was_stored_while_its_server_was_away() {
    survives_an_outage("/", 0).await;
}

#[actix_web::test]
async fn a_farmers_page_recovers_by_itself_and_shows_what_was_stored_while_its_server_was_away() {
    survives_an_outage("/gaveur/2", 1).await;
}

async fn survives_an_outage(path: &str, digits: usize) {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &meals(LOT, 2, 4)).await;
    browser.open(&server.url(path)).await;
    browser.until_connected().await;
    let given = format!("[data-lot={LOT}] [data-figure=dose_reelle]");
    browser.until_text(&given, &grams(332.4, digits)).await;

    let address = server.address();
    let database = server.stop().await;
    browser
        .until(
            "document.querySelector('[data-connection-state]').dataset.connectionState",
            "reconnecting",
        )
        .await;
    browser.until_true("/^Reconnexion/.test(document.querySelector('[data-part=connection-text]').textContent)").await;
    browser
        .until_true("/perdue/.test(document.querySelector('[role=status]').textContent)")
        .await;
    assert_eq!(browser.text(&given).await, grams(332.4, digits));

    // Another server of the same cooperative, which the page cannot reach, stores a meal meanwhile.
    let other = TestServer::resume(database, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    feed(&other, &[meal(LOT, 2, 4, 5)]).await;
    let server = TestServer::resume(other.stop().await, address).await;
    browser.until_connected().await;
    browser.until_text(&given, &grams(342.4, digits)).await;
    browser
        .until_true(&format!(
            "document.querySelector('[data-lot={LOT}] [role=img]').ariaLabel.includes('5 repas')"
        ))
        .await;

    feed(&server, &[meal(LOT, 2, 5, 6)]).await;
    browser.until_text(&given, &grams(352.4, digits)).await;
    browser.finish_but_for(is_of_an_absent_server).await;
}
