//! The database becomes unavailable and returns while the server runs.

use crate::{
    browser::Browser,
    common::{
        database::TestDatabase,
        proxy::{Line, Proxy},
        server::TestServer,
    },
    feed::{feed, meal, meals},
    french::grams,
    populated::PAGES,
    samples::{sample, scan, station},
};

const LOT: &str = "LL2611001";
const BANNER: &str = "document.querySelector('[data-part=stale]').checkVisibility()";
const TEXT: &str = "document.querySelector('[data-part=stale-text]').textContent";
const AGE: &str = r"Number(/^il y a (\d+)\s+s$/.exec(document.querySelector('[data-part=stale-age]').textContent)?.[1])";

/// A server whose database connection can be cut.
pub async fn distant() -> (TestServer, Proxy, Line) {
    let database = TestDatabase::create().await;
    let (proxy, url) = Proxy::before(&database.url()).await;
    let direct = proxy.line();
    let flags = ["--database-url", &url, "--zone", "Asia/Tokyo"];
    let server = TestServer::start_on(database, &flags).await;
    (server, proxy, direct)
}

/// Chromium's own message about a 503.
pub fn is_of_an_absent_database(complaint: &str) -> bool {
    complaint.contains("status of 503")
}

/// The time in the banner, as seconds since midnight in Tokyo.
fn seconds_of_day(banner: &str) -> i64 {
    let time = banner
        .strip_prefix("Données figées depuis ")
        .and_then(|rest| rest.strip_suffix(" (base de données injoignable)"))
        .unwrap_or_else(|| panic!("{banner}"));
    let parts: Vec<i64> = time.split(':').map(|part| part.parse().unwrap()).collect();
    assert_eq!(parts.len(), 3, "{time}");
    parts[0] * 3_600 + parts[1] * 60 + parts[2]
}

fn tokyo_now() -> i64 {
    (jiff::Timestamp::now().as_second() + 9 * 3_600).rem_euclid(86_400)
}

#[actix_web::test]
async fn every_page_says_since_when_its_data_is_frozen_and_no_longer_once_it_is_fresh() {
    let (server, proxy, there) = distant().await;
    feed(&server, &meals(LOT, 2, 4)).await;
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", "ESP32_LL_01", 0.8)).await;
    // The page of a station without samples would ask for the latest one in vain.
    scan(&mut device, sample("S-2", "ESP32_MT_01", 0.8)).await;
    let Some(browser) = Browser::start().await else {
        return;
    };
    let mut windows = Vec::new();
    for path in PAGES {
        windows.push(browser.open_beside(&server.url(path)).await);
        browser.until_connected().await;
        browser.until(BANNER, false).await;
    }
    let turn_to = async |path: &str| {
        let place = PAGES.iter().position(|one| *one == path).unwrap();
        browser.turn_to(&windows[place]).await;
    };
    let presence = "[data-device=ESP32_LL_01] [data-part=presence]";
    turn_to("/sqal").await;
    browser.until_text(presence, "en ligne").await;

    proxy.set(Line::Cut);
    for window in &windows {
        browser.turn_to(window).await;
        browser.until(BANNER, true).await;
        let banner = browser.eval(TEXT).await;
        let since = (tokyo_now() - seconds_of_day(banner.as_str().unwrap())).rem_euclid(86_400);
        assert!(since < 60, "{banner}, {since} s ago");
        // The WebSocket stays connected, and screen readers are informed too.
        browser.until_connected().await;
        browser
            .until(
                "document.querySelector('[role=status]').textContent",
                banner,
            )
            .await;
        let age = browser.eval(AGE).await.as_f64().unwrap();
        browser.until_true(&format!("{AGE} > {age}")).await;
    }
    turn_to("/sqal").await;
    browser.until_text(presence, "état inconnu").await;
    // A page that is opened meanwhile shows it too.
    turn_to("/alertes").await;
    browser.reload().await;
    browser.until(BANNER, true).await;

    proxy.set(there);
    for window in &windows {
        browser.turn_to(window).await;
        browser.until(BANNER, false).await;
    }
    feed(&server, &[meal(LOT, 2, 4, 5)]).await;
    let given = format!("[data-lot={LOT}] [data-figure=dose_reelle]");
    turn_to("/").await;
    browser.point_at(LOT).await;
    browser.until_text(&given, &grams(342.4, 0)).await;
    turn_to("/gaveur/2?vue=lots").await;
    browser.until_text(&given, &grams(342.4, 1)).await;
    turn_to("/sqal").await;
    browser.until_text(presence, "en ligne").await;
    browser.finish_but_for(is_of_an_absent_database).await;
    device.close().await;
}
