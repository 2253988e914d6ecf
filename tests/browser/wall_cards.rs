//! The wall: the cell of a lot, and its last meal in figures.

use crate::{
    browser::Browser,
    common::{readings::reading, server::TestServer},
    feed::{feed, post, with},
    french::{MISSING, grams, percent, signed_percent},
};
use fantoccini::key::Key;
use serde_json::{Value, json};

fn lot(code_lot: &str, fields: Value) -> Value {
    with(reading(code_lot, 2, 3, "matin"), &fields)
}

async fn until_details_show<const N: usize>(
    browser: &Browser,
    code_lot: &str,
    expected: [(&str, &str); N],
) {
    browser.point_at(code_lot).await;
    for (part, text) in expected {
        let selector = format!("[data-lot='{code_lot}'] {part}");
        browser.until_text(&selector, text).await;
    }
}

#[actix_web::test]
async fn the_details_of_a_lot_tell_the_day_the_meal_the_doses_and_the_ecart_with_its_sign_and_word_unless_it_is_normal()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let doses = [
        ("LL2611001", 402.0, ""),
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
            ("[data-figure=code]", code),
            (".lot-when", "J 3 matin"),
            ("[data-figure=dose_theorique]", &grams(400.0, 0)),
            ("[data-figure=dose_reelle]", &grams(given, 0)),
            (".ecart-value", &signed_percent((given - 400.0) / 4.0)),
            (".ecart-word", word),
            ("[data-figure=taux_mortalite]", &percent(0.5, 2)),
        ];
        until_details_show(&browser, code, expected).await;
    }
    browser
        .until_text("#site-LL .site-todo a", "3 à traiter, dont 2 critiques")
        .await;
    browser
        .until_text("#site-LL [data-figure=au_plan]", "1/5")
        .await;
    browser
        .until_text("[data-board=LL] h2", "LL Lantic : 5 lots en gavage")
        .await;
    let cell = "document.querySelector('.lot[data-lot=LL2611001]').innerText.replace(/\\s+/g, ' ')";
    assert_eq!(
        browser.eval(cell).await,
        "LL26 11001 J 3 matin, Jean Martin"
    );
    let curves = "/api/lots/LL2611001/courbes";
    post(&server, curves, json!({"total_g": 8852, "nb_repas": 22})).await;
    post(&server, &format!("{curves}/1/valider"), json!({})).await;
    browser
        .until(
            cell,
            "LL26 11001 J 3/10 matin, Jean Martin, fin prévue à J 10",
        )
        .await;
    let link = "document.querySelector('.lot[data-lot=LL2611001] a').getAttribute('href')";
    assert_eq!(browser.eval(link).await, "/lot/LL2611001");
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
    until_details_show(&browser, "MT2611001", expected).await;
    until_details_show(
        &browser,
        "MT2611003",
        [("[data-figure=poids_moyen]", &grams(5012.4, 0))],
    )
    .await;
    let labelled = "document.querySelector('.lot-details').innerText.includes('simulé')";
    for (code, is_labelled) in [
        ("MT2611001", false),
        ("MT2611002", true),
        ("MT2611003", false),
    ] {
        browser.point_at(code).await;
        browser.until_text("[data-figure=code]", code).await;
        browser.until(labelled, is_labelled).await;
    }
    let site = "document.querySelector('#site-MT .site-age').innerText.includes('simulé')";
    browser.until(site, true).await;
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
    until_details_show(&browser, "LS2611001", [("[data-figure=gaveur]", name)]).await;
    browser.open(&server.url("/gaveur/77")).await;
    browser
        .until_text("h1", &format!("{name} · Gaveur 77"))
        .await;
    assert_eq!(browser.eval("document.images.length").await, 0);
    browser.finish().await;
}

#[actix_web::test]
async fn the_filters_leave_the_lots_that_are_asked_for_and_stand_in_the_address() {
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
        lot("LS2611001", json!({})),
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
        .until_text(
            "[data-board=LS] .site-empty",
            "Aucun lot ne correspond au filtre.",
        )
        .await;
    browser
        .until_text("[data-board=LL] h2", "LL Lantic : 1 sur 2 lots en gavage")
        .await;
    browser.reload().await;
    browser.until(shown, "LL2611001").await;
    browser.open(&server.url("/")).await;
    browser.choose("show", "lots à traiter").await;
    browser.until(shown, "LL2611002").await;
    browser.choose("show", "tous les lots").await;
    browser.choose("site", "LS").await;
    browser.until(shown, "LS2611001").await;
    browser
        .until_text("[data-part=total]", "Rien à traiter")
        .await;
    browser.until("location.search", "?site=LS").await;
    browser.reload().await;
    browser.until(shown, "LS2611001").await;
    let tiles = "Array.from(document.querySelectorAll('.site')).filter((one) => one.checkVisibility()).length";
    browser.until(tiles, 1).await;
    browser.finish().await;
}

#[actix_web::test]
async fn a_lot_keeps_its_place_a_new_one_takes_a_free_one_and_those_that_ended_are_one_line_and_a_list()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let codes = ["LL2611003", "LL2611001", "LL2611002"];
    feed(&server, &codes.map(|code| lot(code, json!({})))).await;
    browser.open(&server.url("/")).await;
    let places = "Array.from(document.querySelectorAll('[data-board=LL] li'), (place) => place.dataset.lot ?? '').join()";
    browser.until(places, "LL2611001,LL2611002,LL2611003").await;
    let finished = |code| with(reading(code, 2, 3, "soir"), &json!({"pret_abattage": true}));
    feed(&server, &[finished("LL2611001"), finished("LL2611002")]).await;
    browser.until(places, ",,LL2611003").await;
    let line = "#site-LL .site-ended";
    browser.until_text(line, "2 prêts ›").await;
    feed(&server, &[lot("LL2611009", json!({}))]).await;
    browser.until(places, "LL2611009,,LL2611003").await;
    browser.until_text("#site-LL [data-figure=lots]", "2").await;

    for code in ["LL2611001", "LL2611002"] {
        let claim = format!("/api/sqal/pending-lots/{code}/claim");
        post(&server, &claim, json!({"station": "ESP32_LL_01"})).await;
    }
    browser
        .until_text(line, "1 en contrôle · 1 clos aujourd’hui ›")
        .await;
    browser.click(line).await;
    let rows = "Array.from(document.querySelectorAll('dialog[open] tbody tr'), (row) => Array.from(row.cells).slice(0, 3).map((cell) => cell.textContent).join(' ')).sort().join()";
    browser
        .until(
            rows,
            "LL2611001 Sophie Dubois clos, rejeté,LL2611002 Sophie Dubois en contrôle",
        )
        .await;
    browser.press(Key::Escape).await;
    browser
        .until("document.querySelector('dialog[open]')", Value::Null)
        .await;
    browser.finish().await;
}
