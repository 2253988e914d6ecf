//! The wall: the card of a lot.

use crate::{
    browser::Browser,
    common::{readings::reading, server::TestServer},
    feed::{feed, with},
    french::{MISSING, grams, percent, signed_percent},
};
use fantoccini::key::Key;
use serde_json::{Value, json};

fn lot(code_lot: &str, fields: Value) -> Value {
    with(reading(code_lot, 2, 3, "matin"), &fields)
}

async fn until_card_shows<const N: usize>(
    browser: &Browser,
    code_lot: &str,
    expected: [(&str, &str); N],
) {
    for (part, text) in expected {
        let selector = format!("[data-lot='{code_lot}'] {part}");
        browser.until_text(&selector, text).await;
    }
}

#[actix_web::test]
async fn a_card_tells_the_day_the_meal_the_doses_and_the_ecart_with_its_sign_and_word() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let doses = [
        ("LL2611001", 402.0, "normal"),
        ("LL2611002", 376.0, "à noter"),
        ("LL2611003", 448.0, "attention"),
        ("LL2611004", 508.0, "critique"),
        ("LL2611005", 250.0, "refus"),
    ];
    let lots = doses.map(|(code, given, _)| {
        lot(
            code,
            json!({ "dose_theorique": 400.0, "dose_reelle": given }),
        )
    });
    feed(&server, &lots).await;
    browser.open(&server.url("/")).await;
    for (code, given, word) in doses {
        let expected = [
            (".lot-code", code),
            (".lot-when", "J 3 matin"),
            ("[data-figure=dose_theorique]", &grams(400.0, 0)),
            ("[data-figure=dose_reelle]", &grams(given, 0)),
            (".ecart-value", &signed_percent((given - 400.0) / 4.0)),
            (".ecart-word", word),
            ("[data-figure=taux_mortalite]", &percent(0.5, 2)),
        ];
        until_card_shows(&browser, code, expected).await;
    }
    browser
        .until_text("#site-LL .site-deviations", "2 critiques · 1 attention")
        .await;
    let link = "document.querySelector('[data-lot=LL2611001] .lot-code a').getAttribute('href')";
    assert_eq!(browser.eval(link).await, "/gaveur/2#LL2611001");
    browser.finish().await;
}

#[actix_web::test]
async fn what_was_not_measured_is_a_dash_and_only_a_simulated_lot_says_so() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let unmeasured = json!({ "dose_theorique": null, "poids_moyen": null, "taux_mortalite": null });
    let lots = [
        lot("MT2611001", unmeasured),
        lot("MT2611002", json!({ "simule": true })),
        lot(
            "MT2611003",
            json!({ "simule": false, "poids_moyen": 5012.4 }),
        ),
    ];
    feed(&server, &lots).await;
    browser.open(&server.url("/")).await;
    let expected = [
        ("[data-figure=dose_theorique]", MISSING),
        (".ecart-value", MISSING),
        (".ecart-word", ""),
        ("[data-figure=poids_moyen]", MISSING),
        ("[data-figure=taux_mortalite]", MISSING),
    ];
    until_card_shows(&browser, "MT2611001", expected).await;
    until_card_shows(
        &browser,
        "MT2611003",
        [("[data-figure=poids_moyen]", &grams(5012.4, 0))],
    )
    .await;
    let labelled = "Array.from(document.querySelectorAll('.lot'))
        .filter((lot) => lot.innerText.includes('simulé')).map((lot) => lot.dataset.lot).join()";
    browser.until(labelled, "MT2611002").await;
    browser.finish().await;
}

#[actix_web::test]
async fn a_name_that_looks_like_markup_is_shown_as_the_text_it_is() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let name = "<img src=x onerror=\"document.title='!'\"> Dupont & fils";
    feed(
        &server,
        &[lot(
            "LS2611001",
            json!({ "gaveur_id": 77, "gaveur_nom": name }),
        )],
    )
    .await;
    browser.open(&server.url("/")).await;
    browser
        .until_text("[data-lot=LS2611001] .lot-gaveur", name)
        .await;
    browser.open(&server.url("/gaveur/77")).await;
    browser
        .until_text("h1", &format!("{name} · Gaveur 77"))
        .await;
    assert_eq!(browser.eval("document.images.length").await, 0);
    browser.finish().await;
}

#[actix_web::test]
async fn the_filters_leave_the_lots_that_are_asked_for() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let lots = [
        lot("LL2611001", json!({ "gaveur_nom": "Anne Le Goff" })),
        lot(
            "LL2611002",
            json!({ "dose_theorique": 400.0, "dose_reelle": 300.0 }),
        ),
        lot("LS2611001", json!({ "pret_abattage": true })),
    ];
    feed(&server, &lots).await;
    browser.open(&server.url("/")).await;
    let shown =
        "Array.from(document.querySelectorAll('.lot')).filter((lot) => lot.checkVisibility())
        .map((lot) => lot.dataset.lot).join()";
    browser.until(shown, "LL2611001,LL2611002,LS2611001").await;
    browser.focus("input[name=search]").await;
    browser.write("le goff").await;
    browser.until(shown, "LL2611001").await;
    browser
        .until_text("#site-LS .site-empty", "Aucun lot ne correspond au filtre.")
        .await;
    browser.reload().await;
    browser.focus("select[name=show]").await;
    browser.press(Key::Down).await;
    browser.until(shown, "LL2611002").await;
    browser.press(Key::Down).await;
    browser.until(shown, "LS2611001").await;
    browser
        .until_text("[data-lot=LS2611001] .badge-ready", "prêt à l’abattage")
        .await;
    browser.finish().await;
}

#[actix_web::test]
async fn lots_stand_in_the_order_of_their_codes_and_finished_ones_behind_those_still_fed() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let codes = ["LL2611003", "LL2611001", "LL2611002"];
    feed(&server, &codes.map(|code| lot(code, json!({})))).await;
    browser.open(&server.url("/")).await;
    let order = "Array.from(document.querySelectorAll('.lot'), (lot) => lot.dataset.lot).join()";
    browser.until(order, "LL2611001,LL2611002,LL2611003").await;
    let finished = with(
        reading("LL2611001", 2, 3, "soir"),
        &json!({"pret_abattage": true}),
    );
    feed(&server, &[finished]).await;
    browser.until(order, "LL2611002,LL2611003,LL2611001").await;
    browser.finish().await;
}
