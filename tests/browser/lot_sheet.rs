//! The page of one lot.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::{feed, meal, meals, with},
    french::{grams, number},
    wall::drawn,
};
use serde_json::json;

const LOT: &str = "LL2611001";
const ROWS: &str = "document.querySelectorAll('[data-part=meal-rows] tr:not(.version)').length";

#[actix_web::test]
async fn the_page_of_a_lot_follows_its_meals_its_alerts_and_its_corrections_by_itself() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &meals(LOT, 7, 4)).await;
    browser.open(&server.url(&format!("/lot/{LOT}"))).await;
    browser.until_connected().await;
    browser.until(ROWS, 4).await;
    for chart in ["doses", "weights", "mortality", "barn"] {
        let canvas = format!("[data-part={chart}] canvas");
        browser.until_true(&drawn(&canvas)).await;
    }
    browser
        .until_text(
            "[data-part=corridor]",
            "Pas de couloir : 0 lots comparables (même génétique, finis dans l’année) parmi ceux que vous voyez, il en faut 20.",
        )
        .await;

    let refused = json!({ "dose_theorique": 400.0, "dose_reelle": 250.0 });
    feed(&server, &[with(meal(LOT, 7, 4, 5), &refused)]).await;
    browser.until(ROWS, 5).await;
    let doses = format!("{} / {}", grams(400.0, 0), grams(250.0, 0));
    browser.until_text("[data-figure=doses]", &doses).await;
    browser
        .until_text(".alert .alert-severity", "critique")
        .await;
    browser
        .until_text(
            "[data-part=marks]",
            "Alertes sur la courbe : ▲ critique  ◆ attention  ● à noter",
        )
        .await;

    let corrected = json!({ "dose_theorique": 400.0, "dose_reelle": 398.0, "correction": true });
    feed(&server, &[with(meal(LOT, 7, 4, 5), &corrected)]).await;
    let version = "[data-part=meal-rows] .version [data-figure=dose_reelle]";
    browser.until_text(version, &grams(250.0, 1)).await;
    let given = "[data-meal='2/matin']:not(.version) [data-figure=dose_reelle]";
    browser.until_text(given, &grams(398.0, 1)).await;
    browser.finish().await;
}

#[actix_web::test]
async fn a_finished_lot_is_claimed_and_its_control_ended_on_its_page() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let finished = json!({ "pret_abattage": true });
    let mut all = meals(LOT, 7, 3);
    all.push(with(meal(LOT, 7, 3, 4), &finished));
    feed(&server, &all).await;
    browser.open(&server.url(&format!("/lot/{LOT}"))).await;
    browser
        .until_text("[data-part=control-button]", "Prendre en contrôle")
        .await;
    browser.until_connected().await;
    browser.focus("input[name=person]").await;
    browser.write("Anne").await;
    browser.click("[data-part=control-button]").await;
    browser.until_text("[data-figure=prise_par]", "Anne").await;
    browser
        .until_text(".life [aria-current] strong", "contrôle qualité")
        .await;
    browser
        .until_text("[data-part=control-button]", "Terminer le contrôle")
        .await;
    browser.click("[data-part=control-button]").await;
    browser
        .until_true("document.querySelector('[data-part=finish-dialog]').open")
        .await;
    browser
        .click("[data-part=finish-dialog] button[value=yes]")
        .await;
    browser.until_text("[data-part=status]", "clos").await;
    browser
        .until_true("document.querySelector('[data-part=control]').hidden")
        .await;
    let livers = number(0.0, 0);
    browser.until_text("[data-figure=foies]", &livers).await;
    browser.finish().await;
}

#[actix_web::test]
async fn a_page_that_does_not_know_its_lot_says_what_to_check() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    browser.open(&server.url("/lot/LL9999999")).await;
    browser
        .until_true("document.querySelector('[data-part=notice]').textContent.startsWith('Aucun lot LL9999999 n’est connu ici')")
        .await;
    browser
        .finish_but_for(|complaint| complaint.contains("404"))
        .await;
}

#[actix_web::test]
async fn a_meal_whose_clock_is_hours_off_says_so_beside_its_time() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let ahead = |hours: i64| {
        let time = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        json!({ "timestamp": time.to_string() })
    };
    let said = [
        with(meal(LOT, 7, 0, 3), &ahead(-5)),
        with(meal(LOT, 7, 1, 3), &ahead(-1)),
        with(meal(LOT, 7, 2, 3), &ahead(3)),
    ];
    feed(&server, &said).await;
    browser.open(&server.url(&format!("/lot/{LOT}"))).await;
    browser.until(ROWS, 3).await;
    let marks = "Array.from(document.querySelectorAll('[data-figure=horloge]:not([hidden])'), (mark) => mark.innerText.replace(/\\s/g, ' '))";
    let expected = json!(["reçu 5 h plus tard", "horloge en avance de 3 h"]);
    browser.until(marks, expected).await;
    browser.finish().await;
    server.finish().await;
}
