//! The figures of a period.

use crate::{
    browser::Browser,
    french::{number, percent},
    populated::server_with_everything,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The day of the last meals, an hour ago.
fn day_of_meals() -> Date {
    let meals = Timestamp::now() - SignedDuration::from_hours(1);
    meals
        .to_zoned(TimeZone::get("Europe/Paris").unwrap())
        .date()
}

fn tile(name: &str) -> String {
    format!("[data-tile={name}] dd")
}

const QUERY: &str = "location.search";

#[actix_web::test]
async fn the_address_holds_period_site_and_comparison_and_the_panels_follow_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    let day = day_of_meals();
    let address = format!("/pilotage?periode={day}&compare=aucune");
    browser.open(&server.url(&address)).await;
    // One lot has ended, with one liver: too few for an estimate and for a share.
    browser.until_text(&tile("estimated"), "–").await;
    browser.until_text(&tile("grades"), "–").await;
    browser
        .until_text(
            "[data-tile=estimated] .tile-of",
            "0 lots sur 1 finis : canards × foie moyen, dès 10 foies pesés",
        )
        .await;
    browser
        .until_text(&tile("conformity"), &percent(100.0, 1))
        .await;
    browser
        .until_text(
            "[data-part=gaveurs] [data-figure=rang]",
            "trop peu de lots (1/5)",
        )
        .await;
    browser
        .until("document.querySelectorAll('.heat tbody tr').length", 3)
        .await;
    browser
        .until_text(".heat [data-meal=donne] .visually-hidden", "+0,8\u{202f}%")
        .await;

    browser.choose("kind", "mois").await;
    let month = day.strftime("%Y-%m").to_string();
    browser
        .until(QUERY, format!("?periode={month}&compare=aucune"))
        .await;
    browser.choose("site", "LL").await;
    browser
        .until(QUERY, format!("?periode={month}&compare=aucune&site=LL"))
        .await;
    browser
        .until("document.querySelectorAll('.heat tbody tr').length", 2)
        .await;
    browser.until_text(&tile("measured"), "–").await;
    browser.choose("compare", "la période précédente").await;
    browser
        .until_true("document.querySelector('.tile-delta').checkVisibility()")
        .await;
    let export = "document.querySelector('[data-export=alertes]').getAttribute('href')";
    let days = format!(
        "/api/exports/alertes.csv?depuis={month}-01&jusqua={}&site=LL",
        day.last_of_month()
    );
    browser.until(export, days).await;
    let csv = format!("(await (await fetch({export})).text()).split('\\r\\n').length");
    let lines = browser.run(&format!("return (async () => {csv})()")).await;
    // The header, the alert of the warm barn, and nothing behind the last line.
    assert_eq!(lines, 3);

    browser.click("[data-part=before]").await;
    browser.until_text(&tile("conformity"), "–").await;
    browser.run("history.back()").await;
    browser
        .until_text(&tile("conformity"), &percent(100.0, 1))
        .await;
    let lots = number(0.0, 0);
    browser.until_true(&format!("document.querySelector('[data-tile=itm] .tile-of').textContent.startsWith('{lots} lots')")).await;
    browser.finish().await;
}

#[actix_web::test]
async fn an_address_that_names_no_period_is_answered_with_what_it_may_name() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    browser.open(&server.url("/pilotage?periode=hier")).await;
    browser
        .until_true("document.querySelector('[data-part=notice]').textContent.startsWith('Cette adresse ne désigne aucune période.')")
        .await;
    browser
        .finish_but_for(|complaint| complaint.contains("400"))
        .await;
}
