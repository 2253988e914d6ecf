//! Language, colours and the width of a phone, on every page.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::{feed, meals},
    populated::{PAGES, open_populated, server_with_everything},
};
use serde_json::json;

const THEME: &str = "document.documentElement.dataset.theme";

async fn server_with_a_lot() -> TestServer {
    let server = TestServer::start().await;
    feed(&server, &meals("LL2611001", 2, 12)).await;
    server
}

#[actix_web::test]
async fn nothing_scrolls_sideways_on_a_phone() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    browser.become_a_phone().await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        assert_eq!(browser.eval("innerWidth").await, 390);
        for language in ["fr", "en"] {
            assert_eq!(
                browser.eval("document.documentElement.lang").await,
                language
            );
            assert_eq!(
                browser.eval("document.documentElement.scrollWidth").await,
                390,
                "{path} in {language}"
            );
            assert_eq!(
                browser.eval(CUT_OFF).await,
                json!([]),
                "{path} in {language}"
            );
            browser.click("[data-part=language]").await;
        }
    }
    browser.finish().await;
}

/// Visible elements that extend beyond the screen although no parent scrolls.
const CUT_OFF: &str = "Array.from(document.querySelectorAll('body *'))
    .filter((one) => one.checkVisibility() && !one.closest('.table-scroll, .visually-hidden, .skip'))
    .filter((one) => { const box = one.getBoundingClientRect(); return box.width > 0 && (box.left < 0 || box.right > innerWidth + 0.5); })
    .map((one) => one.outerHTML.slice(0, 100))";

#[actix_web::test]
async fn the_language_is_switched_on_the_spot_and_kept_for_the_next_visit() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_a_lot().await;
    open_populated(&browser, &server, "/").await;
    browser.until_text(".app-title", "Gavage en direct").await;
    browser.click("[data-part=language]").await;
    until_english(&browser).await;
    browser.reload().await;
    until_english(&browser).await;

    open_populated(&browser, &server, "/gaveur/2?vue=lots").await;
    browser.until_text("#week-title", "Last seven days").await;
    browser
        .until_text("[data-figure=repas]", "D 5 evening")
        .await;
    browser.click("[data-part=language]").await;
    browser
        .until_text("#week-title", "Sept derniers jours")
        .await;
    browser
        .until("document.querySelectorAll('.panel canvas').length", 2)
        .await;
    browser.reload().await;
    browser
        .until_text("#week-title", "Sept derniers jours")
        .await;
    browser.finish().await;
}

async fn until_english(browser: &Browser) {
    browser.until("document.documentElement.lang", "en").await;
    browser.until_text(".app-title", "Live feeding").await;
    browser
        .until_text("[data-part=connection-text]", "Connected")
        .await;
    browser.until_text("[data-part=language]", "Français").await;
    browser.point_at("LL2611001").await;
    browser
        .until_text("[data-lot] [data-figure=dose_reelle]", "412\u{202f}g")
        .await;
    browser
        .until_true(r"/^\d+\s+s ago$/.test(document.querySelector('[data-lot] .age').textContent)")
        .await;
}

#[actix_web::test]
async fn the_colours_follow_the_system_until_the_reader_chooses_and_then_the_choice() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    browser.prefer_colours("dark").await;
    open_populated(&browser, &server, "/").await;
    browser.until(THEME, "dark").await;
    let dark = browser
        .eval("getComputedStyle(document.body).backgroundColor")
        .await;
    browser.prefer_colours("light").await;
    browser.until(THEME, "light").await;
    assert_ne!(
        browser
            .eval("getComputedStyle(document.body).backgroundColor")
            .await,
        dark
    );

    let fill = "getComputedStyle(document.querySelector('[data-lot] [d]')).fill";
    let light_bars = browser.eval(fill).await;
    browser.click("[data-part=theme]").await;
    browser.until_text("[data-part=theme]", "Thème clair").await;
    assert_eq!(
        browser
            .eval("getComputedStyle(document.body).backgroundColor")
            .await,
        dark
    );
    browser
        .until_true(&format!("{fill} !== {light_bars}"))
        .await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        browser.until(THEME, "dark").await;
    }
    open_populated(&browser, &server, "/gaveur/2?vue=lots").await;
    let marker = "document.querySelectorAll('.u-marker')[2].style.borderColor";
    let dark_marker = browser.eval(marker).await;
    browser.click("[data-part=theme]").await;
    browser
        .until_true(&format!("{marker} !== {dark_marker}"))
        .await;
    browser.finish().await;
}
