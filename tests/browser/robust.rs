//! Pages in a poor surrounding: without storage, magnified, on paper, without data, at a wrong address.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::{feed, meals, with},
    populated::{PAGES, open_populated, server_with_everything},
};
use fantoccini::key::Key;
use serde_json::{Value, json};

const WITHOUT_STORAGE: &str = "Object.defineProperty(window, 'localStorage', { value: null });
    Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError'); } });";
const FULL_STORAGE: &str =
    "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };";

/// Runs a script before those of each page that is opened from now on.
async fn before_each_page(browser: &Browser, script: &str) -> Value {
    let added = browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": script}),
        )
        .await;
    added["identifier"].clone()
}

#[actix_web::test]
async fn a_page_lives_and_switches_without_storage_and_with_a_full_one() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    for script in [WITHOUT_STORAGE, FULL_STORAGE] {
        let added = before_each_page(&browser, script).await;
        for path in PAGES {
            open_populated(&browser, &server, path).await;
            browser.until_connected().await;
            browser.click("[data-part=language]").await;
            browser.until("document.documentElement.lang", "en").await;
        }
        browser
            .devtools(
                "Page.removeScriptToEvaluateOnNewDocument",
                json!({"identifier": added}),
            )
            .await;
    }
    browser.finish().await;
}

const SHIFTS: &str = "window.shifts = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) window.shifts += one.value; }))
        .observe({ type: 'layout-shift', buffered: true });";

/// Whether the middle of what has the keyboard can be seen, and not something that lies over it.
const FOCUS_IS_SEEN: &str = "(() => {
    const one = document.activeElement;
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + Math.min(box.width, innerWidth) / 2, box.y + Math.min(box.height, 20) / 2);
    return one === document.body || one.contains(top) || top?.contains(one) === true;
})()";

#[actix_web::test]
async fn a_page_does_not_jump_fits_at_400_percent_and_on_paper_and_never_hides_the_keyboard() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    before_each_page(&browser, SHIFTS).await;
    browser.prefer_colours("dark").await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        let shifts = browser.eval("window.shifts").await.as_f64().unwrap();
        assert!(shifts < 0.05, "{path} moved by {shifts}");

        // From the end of the page backwards, under the header that stays.
        browser
            .eval("scrollTo(0, document.body.scrollHeight)")
            .await;
        browser.run("[...document.querySelectorAll('a, button')].filter((one) => one.checkVisibility()).at(-1).focus()").await;
        for _ in 0..12 {
            browser.press_back().await;
            let focused = browser
                .eval("document.activeElement.outerHTML.slice(0, 200)")
                .await;
            assert_eq!(browser.eval(FOCUS_IS_SEEN).await, true, "{path} {focused}");
        }

        for (width, height) in [(640, 512), (320, 256)] {
            let screen =
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            browser
                .devtools("Emulation.setDeviceMetricsOverride", screen)
                .await;
            let wide = browser.eval("document.documentElement.scrollWidth").await;
            assert!(
                wide.as_i64().unwrap() <= width,
                "{path} is {wide} wide at {width}"
            );
        }
        browser
            .devtools("Emulation.clearDeviceMetricsOverride", json!({}))
            .await;

        let dark = json!([{"name": "prefers-color-scheme", "value": "dark"}]);
        let media = |media| json!({"media": media, "features": dark});
        browser
            .devtools("Emulation.setEmulatedMedia", media("print"))
            .await;
        let ink = browser.eval("getComputedStyle(document.body).color").await;
        assert_eq!(ink, "rgb(26, 35, 32)", "{path}");
        let seen = "document.querySelector('.app-header').checkVisibility()";
        assert_eq!(browser.eval(seen).await, false, "{path}");
        browser
            .devtools("Emulation.setEmulatedMedia", media("screen"))
            .await;
        assert_ne!(
            browser.eval("getComputedStyle(document.body).color").await,
            ink
        );
    }
    browser.press(Key::Escape).await;
    browser.finish().await;
}

#[actix_web::test]
async fn an_empty_page_says_how_to_feed_it_and_one_note_says_that_all_is_simulated() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    browser.open(&server.url("/nulle-part")).await;
    browser.until_text("h1", "Page introuvable").await;
    browser.click("main a").await;
    let seen =
        |part: &str| format!("document.querySelector('[data-part={part}]').checkVisibility()");
    browser.until(&seen("feed-help"), true).await;
    let command = browser.text("[data-part=feed-command]").await;
    let expected = format!(
        "gaveurs simulate gavage --url ws://{}/ws/gavage",
        server.address()
    );
    assert_eq!(command, expected);

    let simulated = json!({"simule": true});
    let all: Vec<_> = meals("LL2611001", 2, 4)
        .into_iter()
        .map(|meal| with(meal, &simulated))
        .collect();
    feed(&server, &all).await;
    browser.until(&seen("feed-help"), false).await;
    browser.reload().await;
    browser.until(&seen("simulated-note"), true).await;
    browser
        .until_text("[data-part=simulated-note]", "Données simulées")
        .await;
    feed(&server, &meals("LS2611001", 2, 1)).await;
    browser.until(&seen("simulated-note"), false).await;
    let of_the_wrong_address = |complaint: &str| complaint.contains("404");
    browser.finish_but_for(of_the_wrong_address).await;
    server.finish().await;
}
