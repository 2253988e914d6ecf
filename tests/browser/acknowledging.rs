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
use serde_json::{Value, json};

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
        browser.until(COUNT, "2").await;
        browser.choose("state", "à traiter").await;
        browser.until(SHOWN, [MORTAL, WARM].join(",")).await;
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
    assert_eq!(browser.eval(COUNT).await, "3");

    browser.click(&row(HOT, "[data-part=button]")).await;
    browser.write("Anne").await;
    browser.press(Key::Enter).await;
    browser.until(COUNT, "2").await;
    browser.click(&row(WARM, "[data-part=button]")).await;
    browser.until(COUNT, "1").await;
    let who = "SELECT DISTINCT acquittee_par FROM alertes WHERE acquittee_le IS NOT NULL";
    assert_eq!(server.rows(who).await, [json!({"acquittee_par": "Anne"})]);
    browser.finish().await;
}

const TILE: &str = "#site-LL .site-todo a";

#[actix_web::test]
async fn the_wall_says_one_number_of_what_is_to_be_treated_and_whom_it_needs_and_follows_it() {
    let (Some(wall), Some(farmer)) = (Browser::start().await, Browser::start().await) else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &four_alerts()).await;
    open(&wall, &server, "/").await;
    let shown = [
        (TILE, "2 à traiter, dont 1 critique"),
        ("#site-LS .site-todo a", "1 à traiter"),
        ("#site-MT .site-todo a", "0 à traiter"),
        ("[data-part=total]", "3 à traiter, dont 1 critique"),
        ("[data-part=open-alerts]", "3"),
        ("[data-part=todo-info]", "1 à noter"),
    ];
    for (selector, text) in shown {
        wall.until_text(selector, text).await;
    }
    let queue =
        "Array.from(document.querySelectorAll('.todo-item a'), (lot) => lot.textContent).join()";
    wall.until(queue, [HOT, WARM, MORTAL].join(",")).await;
    let told = "document.querySelector('.todo-item').innerText.replace(/\\s+/g, ' ')";
    wall.until(
        told,
        "Température trop haute critique 29,5 °C seuil 28,0 °C LL2611001 Jean Martin · LL · depuis 40 min → Augmenter la ventilation et la brumisation, vérifier l’eau. Décaler le repas aux heures fraîches si la chaleur dure.",
    )
    .await;
    let states = "Array.from(document.querySelectorAll('.lot'), (lot) => `${lot.dataset.lot} ${lot.dataset.state}`).sort().join()";
    let expected = [
        (HOT, "critical"),
        (WARM, "warning"),
        (DEVIANT, "info"),
        (MORTAL, "warning"),
    ];
    let mut expected = expected.map(|(lot, state)| format!("{lot} {state}"));
    expected.sort();
    wall.until(states, expected.join(",")).await;

    open(&farmer, &server, "/gaveur/1?vue=lots").await;
    farmer.until(SHOWN, HOT).await;
    farmer
        .until_text(".panel .alert-count", "1 alerte · 1 critique")
        .await;
    farmer.click("[data-view=alertes]").await;
    name_rows(&farmer).await;
    farmer.click(&row(HOT, "[data-part=button]")).await;
    farmer.write("Jean").await;
    farmer.press(Key::Enter).await;
    wall.until_text("[data-part=total]", "2 à traiter").await;
    wall.until_text(TILE, "1 à traiter").await;
    let state = format!("document.querySelector('[data-lot={HOT}]').dataset.state ?? null");
    wall.until(&state, "seen").await;

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
    wall.until(&state, Value::Null).await;
    wall.finish().await;
    farmer.finish().await;
}
