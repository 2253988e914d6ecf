//! The address of a page holds what it shows.

use crate::{
    browser::Browser,
    common::{readings::reading, server::TestServer},
    feed::{feed, with},
    samples::{sample, scan, station},
};
use serde_json::json;

const SEARCH: &str = "location.search";

async fn reloads_to(browser: &Browser, shown: &str, wanted: impl Into<serde_json::Value>) {
    browser.reload().await;
    browser.until(shown, wanted).await;
}

#[actix_web::test]
async fn what_is_unfolded_stands_in_the_address_and_is_unfolded_again_by_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let hot = json!({"temperature_stabule": 30.0});
    let lots: Vec<_> = (0..120)
        .map(|number| with(reading(&format!("LL26{number:05}"), 2, 3, "matin"), &hot))
        .collect();
    feed(&server, &lots).await;
    let ready = with(
        reading("MT2611001", 2, 3, "matin"),
        &json!({"pret_abattage": true}),
    );
    feed(&server, &[ready]).await;
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", "ESP32_LL_01", 0.8)).await;

    let rows = "document.querySelectorAll('.alert').length";
    browser.open(&server.url("/alertes?site=LL")).await;
    browser.until(rows, 100).await;
    browser.click("[data-part=more]").await;
    browser.until(rows, 120).await;
    browser.until(SEARCH, "?site=LL&plus=1").await;
    reloads_to(&browser, rows, 120).await;
    browser.choose("severity", "critique").await;
    browser.until(SEARCH, "?site=LL&severite=critical").await;

    let shown = "document.querySelector('.ended').open && document.querySelectorAll('.ended tbody tr').length";
    browser.open(&server.url("/")).await;
    browser.click("#site-MT .site-ended").await;
    browser.until(SEARCH, "?termines=MT").await;
    reloads_to(&browser, shown, 1).await;
    browser.click(".ended button").await;
    browser.until(SEARCH, "").await;

    for (path, details) in [
        ("/pilotage", "[data-part=weeks-values]"),
        ("/sqal", "[data-device=ESP32_LL_01] details"),
    ] {
        let is_open = format!("document.querySelector('{details}')?.open");
        browser.open(&server.url(path)).await;
        browser.until(&is_open, false).await;
        browser
            .until_true(&format!(
                "document.querySelector('{details} summary').checkVisibility()"
            ))
            .await;
        browser.click(&format!("{details} summary")).await;
        browser.until_true(&format!("{SEARCH} !== ''")).await;
        reloads_to(&browser, &is_open, true).await;
        browser.click(&format!("{details} summary")).await;
        browser.until(SEARCH, "").await;
    }
    device.close().await;
    browser.finish().await;
}
