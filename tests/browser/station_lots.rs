//! The station wall: lots in quality control, the last hour, and which stations are online.

use crate::{
    common::server::TestServer,
    feed::{feed, meals, post},
    french::{MISSING, grams, number, percent},
    samples::{sample, scan, station},
    stations::{STATION, opened, until_station_shows},
};
use serde_json::json;

#[actix_web::test]
async fn the_lot_of_a_sample_its_queue_and_the_grades_of_the_hour_are_shown_and_move() {
    const LOT: &str = "LL2611001";
    let server = TestServer::start().await;
    let mut fed = meals(LOT, 7, 4);
    fed[3]["pret_abattage"] = json!(true);
    feed(&server, &fed).await;
    let Some(browser) = opened(&server).await else {
        return;
    };
    let row = format!("[data-queued={LOT}]");
    browser
        .until_text(&format!("{row} [data-part=state]"), "en attente")
        .await;
    let missing = [
        ("site_code", "LL"),
        ("prise_par", MISSING),
        ("echantillons", "0"),
    ];
    for (name, text) in missing {
        browser
            .until_text(&format!("{row} [data-figure={name}]"), text)
            .await;
    }
    for (name, text) in [
        ("echantillons_derniere_heure", "0"),
        ("score_moyen", MISSING),
        ("lots_en_attente", "1"),
    ] {
        let figure = format!("[data-part=overview] [data-figure={name}]");
        browser.until_text(&figure, text).await;
    }

    let path = format!("/api/sqal/pending-lots/{LOT}/claim");
    post(&server, &path, json!({"station": "ESP32_LL_01"})).await;
    let mut device = station(&server).await;
    for (id, score) in [("S-1", 0.9), ("S-2", 0.8), ("S-3", 0.8), ("S-4", 0.3)] {
        scan(&mut device, sample(id, "ESP32_LL_01", score)).await;
    }
    until_station_shows(&browser, [("[data-part=lot]", LOT)]).await;
    let link = format!("document.querySelector('{STATION} [data-part=lot]').getAttribute('href')");
    browser.until(&link, format!("/lot/{LOT}")).await;
    until_station_shows(
        &browser,
        [("[data-part=last-hour]", "4 foies en une heure")],
    )
    .await;
    let shares = format!(
        "A+ {}A {}REJET {}",
        percent(25.0, 0),
        percent(50.0, 0),
        percent(25.0, 0)
    );
    until_station_shows(&browser, [("[data-part=grades]", &shares)]).await;
    let mean = (0.9 + 0.8 + 0.8 + 0.3) / 4.0;
    let overview = [
        ("echantillons_derniere_heure", "4".to_owned()),
        ("cadence_par_minute", "0,1/min".to_owned()),
        ("score_moyen", format!("{} / 1", number(mean, 2))),
        ("masse_moyenne_g", grams(520.85, 0)),
        ("stations_en_ligne", "1 sur 1".to_owned()),
        ("lots_en_controle", "1".to_owned()),
    ];
    for (name, text) in overview {
        let figure = format!("[data-part=overview] [data-figure={name}]");
        browser.until_text(&figure, &text).await;
    }
    browser
        .until_text("[data-part=overview] [data-part=grades]", &shares)
        .await;
    browser
        .until_text(&format!("{row} [data-figure=prise_par]"), "ESP32_LL_01")
        .await;

    let path = format!("/api/sqal/pending-lots/{LOT}/finish");
    post(&server, &path, json!({"par": "ESP32_LL_01"})).await;
    let done = format!("[data-part=done] {row}");
    browser
        .until_text(&format!("{done} [data-part=state]"), "contrôlé")
        .await;
    browser
        .until_text(
            &format!("{done} [data-figure=masse_moyenne_g]"),
            &grams(520.9, 0),
        )
        .await;
    device.close().await;
    browser.finish().await;
}

/// Makes the station's last report older in the database, to avoid waiting for a minute and a half.
#[actix_web::test]
async fn the_age_of_the_last_sample_counts_up_and_a_station_is_online_or_offline() {
    let server = TestServer::start().await;
    let mut device = station(&server).await;
    for id in ["ESP32_LL_01", "ESP32_MT_01"] {
        scan(&mut device, sample(&format!("S-{id}"), id, 0.8)).await;
    }
    device.close().await;
    let older = "UPDATE sqal_devices SET derniere_activite = now() - interval '2 min' WHERE device_id = 'ESP32_MT_01'";
    let client = server.database.client().await;
    assert_eq!(client.execute(older, &[]).await.unwrap(), 1);
    let Some(browser) = opened(&server).await else {
        return;
    };
    let other = "[data-device=ESP32_MT_01]";
    until_station_shows(&browser, [("[data-part=presence]", "en ligne")]).await;
    browser
        .until_text(&format!("{other} [data-part=presence]"), "hors ligne")
        .await;
    browser
        .until_text(
            "[data-part=overview] [data-figure=stations_en_ligne]",
            "1 sur 2",
        )
        .await;
    browser.choose("site", "MT").await;
    browser.until("location.search", "?site=MT").await;
    let shown = "Array.from(document.querySelectorAll('.station')).filter((one) => one.checkVisibility()).map((one) => one.dataset.device)";
    browser.until(shown, json!(["ESP32_MT_01"])).await;
    browser.reload().await;
    browser.until(shown, json!(["ESP32_MT_01"])).await;
    browser.choose("site", "tous les sites").await;
    browser.until("location.search", "").await;
    let age = format!(
        r"Number(/^il y a (\d+)\s+s$/.exec(document.querySelector('{STATION} .station-age .age').textContent)?.[1])"
    );
    browser.until_true(&format!("{age} >= 2")).await;
    let before = browser.eval(&age).await.as_f64().unwrap();
    browser.until_true(&format!("{age} > {before}")).await;

    let mut device = station(&server).await;
    scan(&mut device, sample("S-2", "ESP32_MT_01", 0.8)).await;
    browser
        .until_text(&format!("{other} [data-part=presence]"), "en ligne")
        .await;
    device.close().await;
    // A page without a connection cannot know.
    server.stop().await;
    until_station_shows(&browser, [("[data-part=presence]", "état inconnu")]).await;
    browser
        .finish_but_for(crate::console::is_of_an_absent_server)
        .await;
}
