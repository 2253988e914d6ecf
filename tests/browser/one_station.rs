//! The page of one quality station.

use crate::{
    browser::Browser,
    common::{client::Client, server::TestServer},
    feed::with,
    french::{MISSING, grams, number},
    samples::{distance, sample, scan, station},
};
use fantoccini::key::Key;
use serde_json::json;

const DEVICE: &str = "ESP32_LL_01";
const SEARCH: &str = "location.search";
const TILES: &str = "Array.from(document.querySelectorAll('.tile'), (tile) => tile.dataset.foie)";

async fn opened(server: &TestServer, query: &str) -> Option<Browser> {
    let browser = Browser::start().await?;
    browser
        .open(&server.url(&format!("/sqal/{DEVICE}{query}")))
        .await;
    browser.until_connected().await;
    Some(browser)
}

/// One foie every second, the first one an hour ago.
async fn scanned(device: &mut Client, number: i64, score: f64) {
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(3_600 - number);
    let one = sample(&format!("S-{number}"), DEVICE, score);
    scan(device, with(one, &json!({"timestamp": time.to_string()}))).await;
}

#[actix_web::test]
async fn the_verdict_is_read_across_the_hall_and_a_reject_stays_in_the_strip_until_somebody_has_seen_it()
 {
    let server = TestServer::start().await;
    let mut device = station(&server).await;
    scanned(&mut device, 0, 0.3).await;
    let Some(browser) = opened(&server, "").await else {
        return;
    };
    browser.until_text("[data-part=letter]", "REJET").await;
    let size = "getComputedStyle(document.querySelector('[data-part=letter]')).fontSize";
    assert_eq!(browser.eval(size).await, "96px");
    browser
        .until_text("[data-part=use]", "non vendable · sans QR")
        .await;
    browser
        .until_text("[data-part=spoken]", "Rejet : S-0")
        .await;
    let colour = "getComputedStyle(document.querySelector('[data-part=letter]')).backgroundColor";
    let of_reject = browser.eval(colour).await;

    for number in 1..=21 {
        scanned(&mut device, number, 0.81).await;
    }
    browser.until_text("[data-part=letter]", "A").await;
    browser
        .until_text("[data-part=grade-word]", "Grade A")
        .await;
    assert_ne!(browser.eval(colour).await, of_reject);
    browser
        .until_text("[data-figure=final_score]", "0,81 / 1")
        .await;
    let newest = (2..=21).rev().map(|number| format!("S-{number}"));
    let with_reject: Vec<_> = newest.clone().chain(["S-0".to_owned()]).collect();
    browser.until(TILES, json!(with_reject)).await;
    browser
        .until_text("[data-part=unseen]", "1 rejet à voir")
        .await;
    browser.reload().await;
    browser.until(TILES, json!(with_reject)).await;

    browser.click("[data-part=seen]").await;
    browser
        .until(TILES, json!(newest.collect::<Vec<_>>()))
        .await;
    browser.reload().await;
    browser.until_true("document.querySelector('.tile')").await;
    browser
        .until_text("[data-part=unseen]", "Aucun rejet à voir")
        .await;
    device.close().await;
    browser.finish().await;
}

#[actix_web::test]
async fn the_address_holds_the_window_and_the_chosen_foie_and_the_thickness_stands_beside_the_distance()
 {
    let server = TestServer::start().await;
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", DEVICE, 0.61)).await;
    let mut high = with(
        sample("S-2", DEVICE, 0.81),
        &json!({"code_lot": "LL2611001"}),
    );
    high["vl53l8ch"]["stats"] = json!({"max_height_mm": 60.0});
    scan(&mut device, high).await;
    let Some(browser) = opened(&server, "").await else {
        return;
    };
    browser
        .until_text("[data-figure=rate]", "0,4 foies/min")
        .await;
    browser
        .until_text("[data-measure=score] [data-figure=moyenne]", "0,71 / 1")
        .await;
    let mass = "[data-measure=masse] [data-figure=limites]";
    let limits = format!("{} à {}", grams(300.0, 0), grams(800.0, 0));
    browser.until_text(mass, &limits).await;
    browser
        .until_text("[data-measure=masse] [data-figure=cpk]", MISSING)
        .await;
    // The cell nearest to the sensor is 60 mm high, so the tray is 60 mm farther away.
    let tray = distance(0, 0) as f64 + 60.0;
    let thinnest = (tray - distance(7, 7) as f64).max(0.0);
    for (map, low, high) in [("height", 40.0, 103.0), ("thickness", thinnest, 60.0)] {
        let label = format!("document.querySelector('[data-map={map}] [role=img]').ariaLabel");
        let mm = |value| format!("{}\u{202f}mm", number(value, 0));
        let named = format!("de {} à {},", mm(low), mm(high));
        browser
            .until_true(&format!("{label}.includes('{named}')"))
            .await;
    }
    let link = "document.querySelector('[data-part=lot]').getAttribute('href')";
    browser.until(link, "/lot/LL2611001").await;

    browser.click("[data-foie=S-1]").await;
    browser.choose("window", "7 jours").await;
    browser.until(SEARCH, "?heures=168&foie=S-1").await;
    browser.reload().await;
    browser
        .until_text("[data-figure=foie-score]", "0,61 / 1")
        .await;
    let chosen = "document.querySelector('[data-part=window]').value";
    assert_eq!(browser.eval(chosen).await, "168");
    browser.focus("[data-part=chosen-close]").await;
    browser.press(Key::Enter).await;
    browser.until(SEARCH, "?heures=168").await;
    device.close().await;
    browser.finish().await;
}

/// Makes the station's last report older in the database, to avoid waiting for a minute and a half.
#[actix_web::test]
async fn a_station_that_is_silent_says_since_when_and_one_that_is_unknown_that_it_is() {
    let server = TestServer::start().await;
    let mut device = station(&server).await;
    scan(&mut device, sample("S-1", DEVICE, 0.8)).await;
    device.close().await;
    let older = "UPDATE sqal_devices SET derniere_activite = now() - interval '2 min 10 s'";
    let client = server.database.client().await;
    assert_eq!(client.execute(older, &[]).await.unwrap(), 1);
    let Some(browser) = opened(&server, "").await else {
        return;
    };
    browser
        .until_text("[data-part=presence]", "hors ligne")
        .await;
    let silent = "/^Silencieuse depuis .*(il y a 2\\s+min)/.test(document.querySelector('[data-part=silent]').textContent)";
    browser.until_true(silent).await;
    browser.open(&server.url("/sqal")).await;
    browser
        .until_true("document.querySelector('.station')")
        .await;
    browser.click(".station [data-part=link]").await;
    browser
        .until("location.pathname", format!("/sqal/{DEVICE}"))
        .await;

    browser.open(&server.url("/sqal/ESP32_XX_99")).await;
    let notice = "document.querySelector('[data-part=notice]').textContent";
    browser
        .until_true(&format!(
            "{notice}.includes('Aucune station ne s’appelle ESP32_XX_99')"
        ))
        .await;
    let body = "document.querySelector('[data-part=body]').checkVisibility()";
    assert_eq!(browser.eval(body).await, false);
    browser
        .finish_but_for(|complaint| complaint.contains("404"))
        .await;
}

#[actix_web::test]
async fn a_station_whose_clock_is_hours_ahead_is_to_be_checked() {
    let server = TestServer::start().await;
    let mut device = station(&server).await;
    scanned(&mut device, 0, 0.81).await;
    let Some(browser) = opened(&server, "").await else {
        return;
    };
    browser.until_text("[data-part=letter]", "A").await;
    let shown = "document.querySelector('[data-part=clock]:not([hidden])')?.innerText.replace(/\\s/g, ' ') ?? null";
    assert_eq!(browser.eval(shown).await, json!(null));
    let ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(3);
    let one = with(
        sample("S-1", DEVICE, 0.81),
        &json!({"timestamp": ahead.to_string()}),
    );
    scan(&mut device, one).await;
    let expected = "À contrôler : horloge en avance de 3 h";
    browser.until(shown, expected).await;
    device.close().await;
    browser.finish().await;
    server.finish().await;
}
