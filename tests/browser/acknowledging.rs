//! Acknowledgements on the page where they are made and on all others.

use crate::{
    alert_centre::{
        COUNT, DEVIANT, HOT, MORTAL, SHOWN, WARM, four_alerts, meal, name_rows, open, row,
    },
    browser::Browser,
    common::server::TestServer,
    feed::feed,
};
use fantoccini::key::Key;
use serde_json::json;

/// Names the person who acknowledges, with the keyboard.
async fn name_the_person(browser: &Browser, name: &str) {
    browser.click("[data-part=person-change]").await;
    browser.write(name).await;
    browser.press(Key::Enter).await;
    browser.until_text("[data-part=person]", name).await;
}

#[actix_web::test]
async fn an_acknowledgement_is_seen_on_a_second_browser_within_a_second_with_who_and_when() {
    let (Some(first), Some(second)) = (Browser::start().await, Browser::start().await) else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &four_alerts()).await;
    for browser in [&first, &second] {
        open(browser, &server, "/alertes").await;
        browser
            .until_true(&format!("{SHOWN}.includes('{HOT}')"))
            .await;
        name_rows(browser).await;
    }
    name_the_person(&first, "Claire").await;
    let watch = format!(
        "const row = document.querySelector(\"[data-of-lot='{HOT}']\");
         const note = () => row.dataset.acknowledged === 'true' && (window.seenAt ??= Date.now());
         new MutationObserver(note).observe(row, {{ attributes: true }});"
    );
    second.run(&watch).await;
    let note = "addEventListener('click', () => (window.clickedAt = Date.now()), true)";
    first.run(note).await;

    first.click(&row(HOT, "[data-part=button]")).await;
    second.until_true("window.seenAt").await;
    let seen = second.eval("seenAt").await.as_i64().unwrap();
    let clicked = first.eval("clickedAt").await.as_i64().unwrap();
    assert!(seen - clicked < 1_000, "{} ms", seen - clicked);
    for browser in [&first, &second] {
        let told = format!(
            "document.querySelector(\"{}\").textContent",
            row(HOT, "[data-part=acknowledged]")
        );
        browser
            .until_true(&format!(
                "/^acquittée par Claire il y a \\d+\\s+s$/.test({told})"
            ))
            .await;
        let button = format!(
            "document.querySelector(\"{}\").checkVisibility()",
            row(HOT, "[data-part=button]")
        );
        browser.until(&button, false).await;
        browser.until(COUNT, "3").await;
        browser.choose("state", "ouvertes, à acquitter").await;
        browser
            .until(SHOWN, [MORTAL, WARM, DEVIANT].join(","))
            .await;
    }
    first.finish().await;
    second.finish().await;
}

#[actix_web::test]
async fn who_acknowledges_is_asked_once_and_nothing_is_sent_without_a_name() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &four_alerts()).await;
    open(&browser, &server, "/alertes").await;
    browser
        .until_true(&format!("{SHOWN}.includes('{HOT}')"))
        .await;
    name_rows(&browser).await;
    let dialog = "document.querySelector('dialog').open";
    browser.click(&row(HOT, "[data-part=button]")).await;
    browser.until(dialog, true).await;
    browser.press(Key::Escape).await;
    browser.until(dialog, false).await;
    assert_eq!(browser.eval(COUNT).await, "4");

    browser.click(&row(HOT, "[data-part=button]")).await;
    browser.write("Anne").await;
    browser.press(Key::Enter).await;
    browser.until(COUNT, "3").await;
    browser.click(&row(WARM, "[data-part=button]")).await;
    browser.until(COUNT, "2").await;
    let who = "SELECT DISTINCT acquittee_par FROM alertes WHERE acquittee_le IS NOT NULL";
    assert_eq!(server.rows(who).await, [json!({"acquittee_par": "Anne"})]);
    browser.finish().await;
}

#[actix_web::test]
async fn the_wall_and_the_page_of_the_gaveur_show_the_open_alerts_of_their_lots() {
    let (Some(wall), Some(farmer)) = (Browser::start().await, Browser::start().await) else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &four_alerts()).await;
    open(&wall, &server, "/").await;
    let shown = [
        (
            "#site-LL .site-alerts [data-part=alerts]",
            "2 alertes ouvertes · 1 critique",
        ),
        (
            "#site-MT .site-alerts [data-part=alerts]",
            "1 alerte ouverte",
        ),
        ("[data-lot=LL2611001] .alert-count", "1 alerte · 1 critique"),
        (
            "[data-lot=LS2611001] .alert-count",
            "1 alerte · 1 attention",
        ),
        ("[data-part=open-alerts]", "4"),
    ];
    for (selector, text) in shown {
        wall.until_text(selector, text).await;
    }
    let link = "document.querySelector('[data-lot=LL2611001] .alert-count').getAttribute('href')";
    assert_eq!(wall.eval(link).await, format!("/alertes?lot={HOT}"));

    open(&farmer, &server, "/gaveur/1").await;
    farmer.until(SHOWN, HOT).await;
    farmer
        .until_text(".panel .alert-count", "1 alerte · 1 critique")
        .await;
    name_rows(&farmer).await;
    farmer.click(&row(HOT, "[data-part=button]")).await;
    farmer.write("Jean").await;
    farmer.press(Key::Enter).await;
    wall.until_text("[data-part=open-alerts]", "3").await;

    feed(
        &server,
        &[meal(HOT, 1, 3, 1, json!({"temperature_stabule": 21.0}))],
    )
    .await;
    farmer
        .until("document.querySelector('.alert').dataset.open", "false")
        .await;
    farmer
        .until_text("[data-part=alerts-state]", "Aucune alerte ouverte.")
        .await;
    wall.until_text(shown[0].0, "1 alerte ouverte · 1 attention")
        .await;
    let card = "document.querySelector('[data-lot=LL2611001] .alert-count').checkVisibility()";
    wall.until(card, false).await;
    wall.finish().await;
    farmer.finish().await;
}
