//! One farmer's page.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::{feed, meal, meals, post, with},
    french::{celsius, grams, number, percent, signed_percent},
    samples::{sample, scan, station},
    wall::drawn,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

const HIS: [&str; 2] = ["LL2611001", "LL2611002"];
const ANOTHER: &str = "LL2611003";
const LOTS: &str =
    "Array.from(document.querySelectorAll('.panel'), (panel) => panel.dataset.lot).sort().join()";

/// Two lots of gaveur 7 and one of gaveur 8.
async fn three_lots(server: &TestServer) -> Vec<Value> {
    let his = [meals(HIS[0], 7, 10), meals(HIS[1], 7, 4)].concat();
    feed(server, &his).await;
    feed(server, &meals(ANOTHER, 8, 6)).await;
    his
}

#[actix_web::test]
async fn a_farmer_sees_his_lots_curves_meals_and_week_and_nothing_of_another() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let his = three_lots(&server).await;
    browser.open(&server.url("/gaveur/7?vue=lots")).await;
    browser.until_connected().await;
    browser.until(LOTS, HIS.join(",")).await;
    browser.until_text("h1", "Jean Martin · Gaveur 7").await;
    for (lot, count) in HIS.into_iter().zip([10, 4]) {
        for (chart, words) in [
            ("doses", "dose par repas"),
            ("weights", "poids moyen par repas"),
        ] {
            let chart = format!("[data-lot={lot}] [data-part={chart}]");
            browser.until_true(&drawn(&format!("{chart} canvas"))).await;
            // The chart exists before its history is loaded.
            let label = format!("document.querySelector('{chart}').getAttribute('aria-label')");
            let expected = format!("{lot} : {words}, {count} repas");
            browser
                .until_true(&format!("{label}?.startsWith('{expected}')"))
                .await;
        }
    }
    let rows = "document.querySelectorAll('[data-part=meal-rows] tr').length";
    browser.until(rows, his.len()).await;
    until_report_shows(&browser, &server, 14).await;
    for meal in &his {
        assert_eq!(row(&browser, meal).await, expected_row(meal));
    }

    // A frame about the other farmer would have arrived before the awaited meal.
    feed(&server, &[meal(ANOTHER, 8, 6, 7)]).await;
    feed(&server, &[meal(HIS[1], 7, 4, 5)]).await;
    browser.until(rows, his.len() + 1).await;
    let page = browser.eval("document.body.innerHTML").await;
    assert!(!page.as_str().unwrap().contains(ANOTHER));
    browser.finish().await;
}

/// The cells of a meal in the table of the last meals.
async fn row(browser: &Browser, meal: &Value) -> Value {
    let key = format!(
        "{}/{}/{}",
        text(meal, "code_lot"),
        meal["jour"],
        text(meal, "moment")
    );
    let cells = format!(
        "Array.from(document.querySelector('[data-meal=\"{key}\"]')?.cells ?? [], (cell) => cell.textContent.trim())"
    );
    browser.eval(&cells).await
}

fn expected_row(meal: &Value) -> Value {
    let number = |name: &str| meal[name].as_f64().unwrap();
    let (planned, given) = (number("dose_theorique"), number("dose_reelle"));
    let ecart = signed_percent((given - planned) / planned * 100.0);
    let time: Timestamp = text(meal, "timestamp").parse().unwrap();
    let clock = time.to_zoned(TimeZone::get("Europe/Paris").unwrap());
    json!([
        text(meal, "code_lot"),
        format!("J {}", meal["jour"]),
        text(meal, "moment"),
        clock.strftime("%d/%m %H:%M").to_string(),
        grams(planned, 1),
        grams(given, 1),
        ecart,
        grams(number("poids_moyen"), 0),
        percent(number("taux_mortalite"), 2),
        celsius(number("temperature_stabule")),
        percent(number("humidite_stabule"), 0),
    ])
}

fn text<'a>(meal: &'a Value, name: &str) -> &'a str {
    meal[name].as_str().unwrap()
}

/// Waits until the page shows the same week as the API.
async fn until_report_shows(browser: &Browser, server: &TestServer, meals: i64) {
    let report = server.get("/api/analytics/weekly-report/7").await;
    let week = &report["statistiques"];
    assert_eq!(week["gavages_total"], meals);
    for name in [
        "gavages_total",
        "canards_actifs",
        "canards_gaves",
        "alertes_critiques",
        "alertes_importantes",
    ] {
        let expected = number(week[name].as_f64().unwrap(), 0);
        browser
            .until_text(&format!("[data-figure={name}]"), &expected)
            .await;
    }
    for name in ["gain_moyen_g", "dose_moyenne_g"] {
        let expected = per_day(&week[name]);
        browser
            .until_text(&format!("[data-figure={name}]"), &expected)
            .await;
    }
    let top = report["top_performers"].as_array().unwrap().iter();
    let top: Vec<_> = top
        .map(|lot| format!("{} {}", text(lot, "numero"), per_day(&lot["gain_moyen"])))
        .collect();
    assert_eq!(top.len(), 2);
    browser
        .until_text("[data-figure=top_performers]", &top.join(" · "))
        .await;
}

fn per_day(value: &Value) -> String {
    format!("{}/j", grams(value.as_f64().unwrap(), 1))
}

#[actix_web::test]
async fn new_meals_new_lots_and_a_new_report_appear_on_the_farmers_page_by_themselves() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    browser.open(&server.url("/gaveur/7?vue=lots")).await;
    browser
        .until_text("[data-part=lots-state]", "Aucun lot connu pour ce gaveur.")
        .await;
    feed(&server, &meals(HIS[0], 7, 3)).await;
    browser.until(LOTS, HIS[0]).await;
    let panel = format!("[data-lot={}]", HIS[0]);
    browser
        .until_text(&format!("{panel} [data-figure=repas]"), "J 1 matin")
        .await;

    let other = json!({ "dose_theorique": 400.0, "dose_reelle": 250.0, "poids_moyen": null, "simule": true });
    feed(&server, &[with(meal(HIS[0], 7, 3, 4), &other)]).await;
    let expected = [
        ("[data-figure=repas]", "J 1 soir"),
        ("[data-figure=dose_reelle]", &grams(250.0, 1)),
        (".ecart-value", &signed_percent(-37.5)),
        (".ecart-word", "refus"),
        (
            "[data-figure=nb_canards_vivants]",
            &format!("{} / {}", number(1000.0, 0), number(1005.0, 0)),
        ),
    ];
    for (part, text) in expected {
        browser.until_text(&format!("{panel} {part}"), text).await;
    }
    browser
        .until_true("document.querySelector('.panel .badge-simulated').checkVisibility()")
        .await;
    feed(&server, &meals(HIS[1], 7, 4)).await;
    browser.until(LOTS, HIS.join(",")).await;
    until_report_shows(&browser, &server, 8).await;
    browser
        .until_text("[data-figure=alertes_critiques]", "1")
        .await;
    browser.finish().await;
}

#[actix_web::test]
async fn the_times_of_meals_stand_in_the_zone_of_the_server() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start_with(&["--zone", "Asia/Tokyo"]).await;
    let fed = meals(HIS[0], 7, 2);
    feed(&server, &fed).await;
    browser.open(&server.url("/gaveur/7?vue=lots")).await;
    let time: Timestamp = text(&fed[1], "timestamp").parse().unwrap();
    let clock = time.to_zoned(TimeZone::get("Asia/Tokyo").unwrap());
    let cell = format!("[data-meal^='{}/0/soir'] [data-figure=heure]", HIS[0]);
    let expected = clock.strftime("%d/%m %H:%M").to_string();
    browser.until_text(&cell, &expected).await;
    browser.finish().await;
}

#[actix_web::test]
async fn what_consumers_say_of_a_finished_lot_stands_among_its_results_and_changes_by_itself() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let lot = HIS[0];
    let last = with(meal(lot, 7, 0, 1), &json!({"pret_abattage": true}));
    feed(&server, &[last]).await;
    let claim = format!("/api/sqal/pending-lots/{lot}/claim");
    post(&server, &claim, json!({"station": "ESP32_LL_01"})).await;
    let mut device = station(&server).await;
    for number in 1..=5 {
        let sample = sample(&format!("S-{number}"), "ESP32_LL_01", 0.8);
        scan(&mut device, sample).await;
    }
    device.close().await;
    let path = format!("/api/consumer/products?code_lot={lot}");
    let products = server.get(&path).await;
    let codes = products.as_array().unwrap().iter();
    let mut ratings = codes
        .zip([5, 4, 4, 3, 5])
        .map(|(product, stars)| json!({"qr_code": product["qr_code"], "overall_rating": stars}));
    for rating in ratings.by_ref().take(4) {
        post(&server, "/api/consumer/feedback", rating).await;
    }
    browser.open(&server.url("/gaveur/7?vue=resultats")).await;
    let said =
        "document.querySelector('[data-part=ended-lots] .figures > :last-child dd')?.textContent";
    // Too few for a mean.
    browser.until(said, "– sur 5 (n = 4)").await;
    let last = ratings.next().unwrap();
    post(&server, "/api/consumer/feedback", last).await;
    browser.until(said, "4,2 sur 5 (n = 5)").await;
    browser.finish().await;
}
