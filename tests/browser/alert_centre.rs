//! The alert centre: its list, its filters, its stored preferences and its sounds.

use crate::{
    browser::Browser,
    common::{readings::reading, server::TestServer},
    feed::{feed, with},
    french::{celsius, percent},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub const HOT: &str = "LL2611001";
pub const WARM: &str = "LS2611001";
pub const DEVIANT: &str = "MT2611001";
pub const MORTAL: &str = "LL2611002";
/// The lots of the visible alerts, in their order.
pub const SHOWN: &str = "Array.from(document.querySelectorAll('.alert'), (one) => one.querySelector('[data-part=lot]').textContent).join()";
pub const COUNT: &str = "document.querySelector('[data-part=open-alerts]').textContent";

/// A meal that was given some minutes ago.
pub fn meal(code_lot: &str, gaveur_id: i32, jour: i32, minutes: i64, fields: Value) -> Value {
    let time = Timestamp::now() - SignedDuration::from_mins(minutes);
    let meal = reading(code_lot, gaveur_id, jour, "matin");
    with(
        with(meal, &json!({"timestamp": format!("{time:.0}")})),
        &fields,
    )
}

/// Four lots of four gaveurs with an alert each, the oldest first: critical, warning, info, warning.
pub fn four_alerts() -> [Value; 4] {
    let doses = json!({"dose_theorique": 400.0, "dose_reelle": 428.0});
    let mortality = json!({"taux_mortalite": 3.5, "gaveur_nom": "Anne Le Goff"});
    [
        meal(HOT, 1, 2, 40, json!({"temperature_stabule": 29.5})),
        meal(WARM, 2, 2, 30, json!({"temperature_stabule": 26.0})),
        meal(DEVIANT, 3, 2, 20, doses),
        meal(MORTAL, 77, 2, 10, mortality),
    ]
}

pub async fn open(browser: &Browser, server: &TestServer, path: &str) {
    browser.open(&server.url(path)).await;
    browser.until_connected().await;
}

pub fn row(lot: &str, part: &str) -> String {
    format!("[data-of-lot='{lot}'] {part}")
}

/// Marks each row with its lot, so that a selector finds it.
pub async fn name_rows(browser: &Browser) {
    let mark = "document.querySelectorAll('.alert').forEach((one) => (one.dataset.ofLot = one.querySelector('[data-part=lot]').textContent))";
    browser.run(mark).await;
}

#[actix_web::test]
async fn alerts_are_told_with_place_measure_threshold_and_age_and_filtered_by_all_that_is_offered()
{
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &four_alerts()).await;
    open(&browser, &server, "/alertes").await;
    let all = [HOT, MORTAL, WARM, DEVIANT].join(",");
    browser.until(SHOWN, all.clone()).await;
    name_rows(&browser).await;
    let expected = [
        (HOT, "[data-part=severity]", "critique".to_owned()),
        (
            HOT,
            "[data-part=title]",
            "Température trop haute".to_owned(),
        ),
        (HOT, "[data-part=site]", "LL".to_owned()),
        (
            HOT,
            "[data-part=details]",
            "Jean Martin · J 2 matin · gavage".to_owned(),
        ),
        (HOT, "[data-figure=mesure]", celsius(29.5)),
        (HOT, "[data-figure=seuil]", celsius(28.0)),
        (
            HOT,
            "[data-part=raised]",
            "levée il y a 40\u{202f}min".to_owned(),
        ),
        (HOT, "[data-part=closed]", "en cours".to_owned()),
        (WARM, "[data-part=severity]", "attention".to_owned()),
        (DEVIANT, "[data-part=severity]", "à noter".to_owned()),
        (DEVIANT, "[data-figure=mesure]", percent(7.0, 1)),
        (MORTAL, "[data-figure=seuil]", percent(3.0, 2)),
        (
            MORTAL,
            "[data-part=advice]",
            "Retirer et compter les morts, noter la cause probable, contrôler la ventilation. Prévenir le technicien dans la journée."
                .to_owned(),
        ),
    ];
    for (lot, part, text) in expected {
        browser.until_text(&row(lot, part), &text).await;
    }
    // What is only to be noted is not to be treated.
    browser.until(COUNT, "3").await;

    for (language, title) in [
        ("English", "Temperature too high"),
        ("Français", "Température trop haute"),
    ] {
        browser.until_text("[data-part=language]", language).await;
        browser.click("[data-part=language]").await;
        browser
            .until_text(&row(HOT, "[data-part=title]"), title)
            .await;
    }
    let choices = [
        ("site", "LL", [HOT, MORTAL].join(",")),
        ("severity", "critique", HOT.to_owned()),
        ("site", "MT", String::new()),
        ("severity", "à noter", DEVIANT.to_owned()),
        ("site", "tous les sites", DEVIANT.to_owned()),
        ("severity", "toutes", all.clone()),
    ];
    for (name, words, lots) in choices {
        browser.choose(name, words).await;
        browser.until(SHOWN, lots).await;
    }
    for (words, lots) in [("le goff", MORTAL), ("ll2611002", MORTAL)] {
        browser.focus("input[name=lot]").await;
        browser.write(words).await;
        browser.until(SHOWN, lots).await;
        // The filter is in the address, so that a link or a reload shows the same.
        browser.reload().await;
        browser.until(SHOWN, lots).await;
        browser.open(&server.url("/alertes")).await;
        browser.until(SHOWN, all.clone()).await;
    }
    browser.finish().await;
}

#[actix_web::test]
async fn an_alert_that_ends_stays_greyed_for_a_while_and_stands_in_the_history() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &four_alerts()).await;
    open(&browser, &server, "/alertes").await;
    browser
        .until(SHOWN, [HOT, MORTAL, WARM, DEVIANT].join(","))
        .await;
    feed(
        &server,
        &[meal(HOT, 1, 3, 1, json!({"temperature_stabule": 21.0}))],
    )
    .await;
    // It stays for a while, greyed and below what is to be done.
    browser
        .until(SHOWN, [MORTAL, WARM, DEVIANT, HOT].join(","))
        .await;
    browser.choose("state", "historique (terminées)").await;
    browser.until(SHOWN, HOT).await;
    name_rows(&browser).await;
    browser
        .until_text(
            &row(HOT, "[data-part=closed]"),
            "terminée il y a 1\u{202f}min",
        )
        .await;
    browser.choose("state", "acquittées").await;
    browser.until(SHOWN, "").await;
    browser
        .until_text(
            "[data-part=state]",
            "Aucune alerte ne correspond au filtre.",
        )
        .await;
    browser.finish().await;
}

/// Records every tone that the page plays, by its pitch.
const LISTEN: &str = "window.tones = [];
    const Real = window.OscillatorNode;
    window.OscillatorNode = class extends Real {
        constructor(context, options) { super(context, options); window.tones.push(options.frequency); }
    };";

#[actix_web::test]
async fn a_new_alert_is_heard_and_counted_in_the_tab_once_that_is_wanted() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let alerts = four_alerts();
    feed(&server, &alerts[1..2]).await;
    open(&browser, &server, "/alertes").await;
    browser.until(SHOWN, WARM).await;
    browser.run(LISTEN).await;
    feed(&server, &alerts[2..3]).await;
    browser.until(SHOWN, [WARM, DEVIANT].join(",")).await;
    assert_eq!(browser.eval("document.title").await, "Centre d’alertes");
    assert_eq!(browser.eval("tones").await, json!([]));

    browser.click("[data-part=sound]").await;
    browser
        .until_text("[data-part=sound]", "Son : activé")
        .await;
    // Played once, so that the user can set the loudness.
    browser.until("tones.splice(0)", json!([660, 660])).await;
    browser.click("[data-part=badge]").await;
    browser
        .until("document.title", "(1) Centre d’alertes")
        .await;
    feed(&server, &alerts[..1]).await;
    browser
        .until("document.title", "(2) Centre d’alertes")
        .await;
    browser.until("tones", json!([880, 1175, 880, 1175])).await;
    browser
        .until_text(
            "[data-part=spoken]",
            "Nouvelle alerte, critique : Température trop haute",
        )
        .await;

    // Both preferences are stored. Before a user gesture the browser plays no sound, and the page says so.
    browser.reload().await;
    browser
        .until("document.title", "(2) Centre d’alertes")
        .await;
    browser
        .until_text(
            "[data-part=sound]",
            "Son : un clic ou une touche suffit à l’autoriser",
        )
        .await;
    browser.finish().await;
}
