//! Errors of the API on the pages: in the language of the page, also of a page whose language changes meanwhile.

use crate::{
    browser::Browser,
    common::proxy::Line,
    feed::{feed, meals},
    samples::{sample, scan, station},
    staleness::{distant, is_of_an_absent_database},
};

/// What the page says has failed.
const SAID: &str = "Array.from(document.querySelectorAll('[role=alert], [data-part=ended-state]'))
    .filter((one) => one.checkVisibility()).map((one) => one.textContent).join(' ')";
const FRENCH: &str = "la base de données ne répond pas, réessayez dans un moment";
const ENGLISH: &str = "the database is not available, try again in a moment";

/// Each page, and whether it fills its words again when its language changes; a dialog that is open does not.
const PAGES: [(&str, bool); 7] = [
    ("/?termines=LL", false),
    ("/gaveur/2", true),
    ("/sqal", true),
    ("/alertes", true),
    ("/lot/LL2611001", true),
    ("/pilotage", true),
    ("/sqal/ESP32_LL_01", true),
];

#[actix_web::test]
async fn every_page_tells_why_a_request_failed_in_its_own_language() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (server, proxy, _) = distant().await;
    feed(&server, &meals("LL2611001", 2, 4)).await;
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", "ESP32_LL_01", 0.8)).await;
    proxy.set(Line::Cut);
    let says = |told: &str, other: &str| {
        format!("((said) => said.includes('{told}') && !said.includes('{other}'))({SAID})")
    };
    let switch = "document.querySelector('[data-part=language]').click()";
    for (path, follows) in PAGES {
        browser.open(&server.url(path)).await;
        browser.until_true(&says(FRENCH, ENGLISH)).await;
        browser.run(switch).await;
        if !follows {
            browser.reload().await;
        }
        browser.until_true(&says(ENGLISH, FRENCH)).await;
        browser.run(switch).await;
    }
    device.close().await;
    browser.finish_but_for(is_of_an_absent_database).await;
}
