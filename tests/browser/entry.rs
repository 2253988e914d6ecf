//! A farmer writes his meals down on a telephone whose line works.

use crate::{
    browser::Browser,
    common::{http, server::TestServer},
    feed::{feed, meal, meals, post, with},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

pub const LOT: &str = "LL2611001";
/// What the page says of everything that was written.
pub const QUEUE: &str = "[data-part=queue]";
pub const MEAL: &str = "[data-part=meal]";
pub const DOSE: &str = "[data-part=dose-shown]";
const SAVE: &str = ".entry-go";
/// The states of the meals in the list, the newest first.
pub const STATES: &str = "Array.from(document.querySelectorAll('[data-part=last-meals] li[data-state]'), (one) => one.dataset.state).join()";

/// The first `count` meals of a lot of gaveur 7, which has 944 ducks and a plan in force.
pub async fn planned(server: &TestServer, lot: &str, count: i32) {
    planned_but_for(server, lot, count, None).await;
}

/// The same without the `missing`-th meal.
async fn planned_but_for(server: &TestServer, lot: &str, count: i32, missing: Option<usize>) {
    let ducks = json!({"nb_canards_vivants": 944, "taux_mortalite": 0.0});
    let mut fed = meals(lot, 7, count);
    if let Some(missing) = missing {
        fed.remove(missing);
    }
    let fed: Vec<_> = fed.into_iter().map(|meal| with(meal, &ducks)).collect();
    feed(server, &fed).await;
    let curves = format!("/api/lots/{lot}/courbes");
    let wanted = json!({"total_g": 8852, "nb_repas": 22, "par": "Anne"});
    post(server, &curves, wanted).await;
    post(
        server,
        &format!("{curves}/1/valider"),
        json!({"par": "Anne"}),
    )
    .await;
}

/// Opens the page on a telephone, and waits for the next meal.
pub async fn open_entry(browser: &Browser, url: &str, next: &str) {
    browser.become_a_phone().await;
    browser.open(url).await;
    until_next(browser, next).await;
    until_seen(browser).await;
}

/// The dose is there for eyes and fingers.
pub async fn until_seen(browser: &Browser) {
    let seen =
        "document.querySelector('.entry-dose').checkVisibility({ visibilityProperty: true })";
    browser.until(seen, true).await;
}

pub async fn until_next(browser: &Browser, next: &str) {
    browser
        .until_text(MEAL, &format!("{next} — dose prévue"))
        .await;
}

/// What is written is looked at with a first tap, and kept with a second one.
pub async fn save(browser: &Browser) {
    browser.click(SAVE).await;
    browser.click(SAVE).await;
}

/// Writes a text in a field instead of what stands there.
pub async fn fill(browser: &Browser, field: &str, text: &str) {
    let field = format!("document.querySelector('.entry-card [data-part={field}]')");
    browser
        .run(&format!("{field}.focus(); {field}.select()"))
        .await;
    browser.write(text).await;
}

/// Begins a correction of the `place`-th of the last meals, the newest first.
pub async fn correct(browser: &Browser, place: usize, dose: &str) {
    let button = format!("[data-part=last-meals] li:nth-child({place}) button");
    // Clear of the banner at the bottom.
    browser
        .run(&format!(
            "document.querySelector('{button}').scrollIntoView({{ block: 'center' }})"
        ))
        .await;
    browser.click(&button).await;
    fill(browser, "dose", dose).await;
    save(browser).await;
}

/// Entered meals with their versions.
pub async fn entered(server: &TestServer) -> Vec<Value> {
    let query = "SELECT jour, moment, dose_reelle AS dose, (SELECT count(*) FROM repas_versions old \
                 WHERE (old.lot_id, old.jour, old.moment) = (meal.lot_id, meal.jour, meal.moment)) AS versions \
                 FROM gavage_data meal WHERE origine = 'saisie' ORDER BY jour, moment";
    server.rows(query).await
}

#[actix_web::test]
async fn an_ordinary_meal_is_written_in_two_taps_on_large_targets_and_the_next_one_follows() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    let url = server.url("/gaveur/7");
    open_entry(&browser, &url, "J 6 matin").await;
    browser.until_text(DOSE, "470").await;
    browser
        .until_true(
            "document.querySelector('[data-part=total]').textContent.startsWith('= 444 kg')",
        )
        .await;
    let small = "Array.from(document.querySelectorAll('main button, main summary, .views a'), (one) => [one.checkVisibility(), one.getBoundingClientRect(), one.outerHTML])
        .filter(([seen, box]) => seen && (box.height < 44 || box.width < 44)).map(([, , html]) => html)";
    assert_eq!(browser.eval(small).await, json!([]));
    let first = "document.querySelector('.entry-go').getBoundingClientRect().bottom <= innerHeight";
    assert_eq!(
        browser.eval(first).await,
        true,
        "the first tap needs no scrolling"
    );
    browser
        .run("window.taps = 0; addEventListener('click', () => window.taps++, true)")
        .await;
    save(&browser).await;
    until_next(&browser, "J 6 soir").await;
    browser.until(STATES, "enregistre").await;
    assert_eq!(browser.eval("window.taps").await, 2);
    assert_eq!(
        entered(&server).await,
        [json!({"jour": 6, "moment": "matin", "dose": 470, "versions": 0})]
    );
    browser.finish().await;
}

#[actix_web::test]
async fn the_next_meal_is_in_sight_however_many_lots_wait_for_slaughter() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    let last = |number| {
        let meal = meal(&format!("LL2611{number:03}"), 7, 0, 1);
        with(meal, &json!({"pret_abattage": true}))
    };
    let waiting: Vec<_> = (101..111).map(last).collect();
    feed(&server, &waiting).await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 6 matin").await;
    let lots = "document.querySelectorAll('[data-part=entry-lots] button').length";
    browser.until(lots, 11).await;
    let dose =
        "document.querySelector('.entry-dose').getBoundingClientRect().bottom <= innerHeight";
    assert_eq!(browser.eval(dose).await, true);
    browser.finish().await;
}

#[actix_web::test]
async fn a_missing_meal_stands_in_a_red_line_and_is_written_with_its_reason_and_its_time() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned_but_for(&server, LOT, 6, Some(4)).await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 3 matin").await;
    browser
        .until_text("[data-part=missing]", "Repas manquants :\n      J 2 matin")
        .await;
    browser.click("[data-part=missing-meals] button").await;
    until_next(&browser, "J 2 matin").await;
    fill(&browser, "dose", "270,5").await;
    let warned = "document.querySelector('.entry-warnings').textContent";
    browser
        .until_true(&format!("/au-dessous de la dose prévue/.test({warned})"))
        .await;
    fill(&browser, "reason", "gaveuse en panne").await;
    save(&browser).await;
    browser
        .until_true("document.querySelector('[data-part=missing]').hidden")
        .await;
    browser.until(STATES, "enregistre").await;
    let row = "SELECT jour, moment, dose_reelle, saisi.raison_ecart, abs(extract(epoch FROM now() - time) / 3600 - 13) < 1.1 AS at_its_time \
               FROM gavage_data JOIN repas_saisis saisi USING (lot_id, jour, moment)";
    assert_eq!(
        server.rows(row).await,
        [
            json!({"jour": 2, "moment": "matin", "dose_reelle": 270.5, "raison_ecart": "gaveuse en panne", "at_its_time": true})
        ]
    );
    browser.finish().await;
}

#[actix_web::test]
async fn a_meal_that_somebody_else_changed_is_refused_with_its_value_now_and_can_be_written_anew() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 6 matin").await;
    fill(&browser, "dose", "465").await;
    let now = Timestamp::now();
    let other = json!({
        "cle": "of-another-phone", "jour": 6, "moment": "matin", "dose_g": 455, "heure": now, "morts": 1, "saisi_le": now, "horloge": now, "par": "Anne",
    });
    let path = server.url(&format!("/api/lots/{LOT}/repas"));
    assert_eq!(http::post(&path, other).await.status(), 201);
    save(&browser).await;
    browser
        .until_text(QUEUE, "1 repas refusé, à corriger")
        .await;
    let refused = browser.text("[data-part=refused]").await;
    assert!(
        refused.contains("Ce repas a changé depuis que vous l’avez vu"),
        "{refused}"
    );
    assert_eq!(entered(&server).await[0]["dose"], 455);
    browser.click("[data-part=refused] button").await;
    let current = browser.text("[data-part=before]").await;
    assert!(
        current.contains("Maintenant : 455") && current.contains("version 1, Anne"),
        "{current}"
    );
    save(&browser).await;
    browser.until(STATES, "enregistre").await;
    assert_eq!(
        entered(&server).await,
        [json!({"jour": 6, "moment": "matin", "dose": 465, "versions": 1})]
    );
    let of_the_refusal = |complaint: &str| complaint.contains("409");
    browser.finish_but_for(of_the_refusal).await;
}

#[actix_web::test]
async fn a_telephone_whose_clock_is_two_hours_behind_says_so_and_its_meals_get_the_right_time() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    let behind = "Date = class extends Date {
        constructor(...given) { if (given.length === 0) super(Date.now()); else super(...given); }
        static now() { return super.now() - 7_200_000; }
    };";
    browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": behind }),
        )
        .await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 6 matin").await;
    let note = browser.text("[data-part=clock-note]").await;
    assert!(note.contains("fausse de 120 min"), "{note}");
    save(&browser).await;
    browser.until(STATES, "enregistre").await;
    // A correction keeps the time of its meal.
    correct(&browser, 1, "460").await;
    browser
        .until_true(
            "/corrigé 1 fois/.test(document.querySelector('[data-part=last-meals]').textContent)",
        )
        .await;
    let row = "SELECT dose_reelle, abs(extract(epoch FROM now() - time)) < 60 AS is_now, ecart_horloge_s BETWEEN 7195 AND 7205 AS two_hours \
               FROM gavage_data JOIN repas_saisis saisi USING (lot_id, jour, moment) ORDER BY saisi.recu_le";
    let expected = json!({"dose_reelle": 460, "is_now": true, "two_hours": true});
    assert_eq!(server.rows(row).await, [expected.clone(), expected]);
    browser.finish().await;
}

#[actix_web::test]
async fn a_browser_that_keeps_nothing_and_a_full_telephone_are_said_and_meals_are_sent_all_the_same()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    let without = "Object.defineProperty(window, 'indexedDB', { value: undefined });";
    let full = "const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
          const asked = put.apply(this, given);
          if (this.name === 'envois') this.transaction.abort();
          return asked;
        };
        Object.defineProperty(IDBTransaction.prototype, 'error', { get: () => new DOMException('full', 'QuotaExceededError') });";
    for (script, next, words) in [
        (without, "J 6 matin", "Ce navigateur ne garde rien"),
        (full, "J 6 soir", "Ce téléphone est plein"),
    ] {
        let added = browser
            .devtools(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": script }),
            )
            .await;
        open_entry(&browser, &server.url("/gaveur/7"), next).await;
        save(&browser).await;
        browser.until(STATES, "enregistre").await;
        let note = browser.text("[data-part=lack-note]").await;
        assert!(note.contains(words), "{note}");
        browser
            .devtools(
                "Page.removeScriptToEvaluateOnNewDocument",
                json!({"identifier": added["identifier"]}),
            )
            .await;
    }
    assert_eq!(entered(&server).await.len(), 2);
    browser.finish().await;
}

#[actix_web::test]
async fn a_simulated_lot_can_be_entered_by_hand_and_is_marked_as_simulated() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let simulated = json!({"simule": true, "nb_canards_vivants": 944});
    let fed: Vec<_> = meals(LOT, 7, 3)
        .into_iter()
        .map(|meal| with(meal, &simulated))
        .collect();
    feed(&server, &fed).await;
    browser.become_a_phone().await;
    browser.open(&server.url("/gaveur/7")).await;
    browser
        .until_text(MEAL, "J 1 soir — pas de plan : écrivez la dose")
        .await;
    until_seen(&browser).await;
    let badge = "document.querySelector('.entry-card .badge-simulated:not([hidden])').textContent";
    browser.until(badge, "simulé").await;
    fill(&browser, "dose", "333").await;
    save(&browser).await;
    browser.until(STATES, "enregistre").await;
    let row = "SELECT dose_reelle, simule FROM gavage_data WHERE origine = 'saisie'";
    assert_eq!(
        server.rows(row).await,
        [json!({"dose_reelle": 333, "simule": true})]
    );
    browser.finish().await;
}

#[actix_web::test]
async fn an_alert_stands_above_the_meal_and_is_seen_with_one_tap() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 11).await;
    feed(
        &server,
        &[with(
            meal(LOT, 7, 11, 12),
            &json!({"temperature_stabule": 29.5}),
        )],
    )
    .await;
    browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": "localStorage.setItem('gaveurs.person', 'Jeanne')" }),
        )
        .await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 6 matin").await;
    browser
        .until_text(
            ".entry-alert h3",
            &format!("Température trop haute — {LOT}"),
        )
        .await;
    browser.until_text("[data-part=views-alerts]", "1").await;
    browser.click(".entry-alert button").await;
    browser
        .until_true("!document.querySelector('.entry-alert')")
        .await;
    let row = "SELECT acquittee_par FROM alertes WHERE acquittee_le IS NOT NULL";
    assert_eq!(server.rows(row).await, [json!({"acquittee_par": "Jeanne"})]);
    browser.finish().await;
}

#[actix_web::test]
async fn the_first_meal_of_a_planned_lot_is_written_as_its_plan_says_and_begins_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    // The cooperative knows him by an earlier lot.
    let ended = with(meal("LL2611009", 7, 0, 1), &json!({"pret_abattage": true}));
    feed(&server, &[ended]).await;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let plan = json!({
        "code_lot": LOT, "site_code": "LL", "gaveur_id": 7, "genetique": "Mulard", "nombre_canards": 1000, "date_debut_gavage": today,
        "duree_gavage_prevue": 10, "objectif_quantite_mais": 8852, "par": "Claire",
    });
    post(&server, "/api/lots", plan).await;
    let approve = format!("/api/lots/{LOT}/courbes/1/valider");
    post(&server, &approve, json!({"par": "Claire"})).await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 0 matin").await;
    let dose = browser.text(DOSE).await;
    save(&browser).await;
    until_next(&browser, "J 0 soir").await;
    browser.until(STATES, "enregistre").await;
    let first = &entered(&server).await[0];
    assert_eq!(first["dose"].to_string(), dose.replace(',', "."));
    let lot = server.get(&format!("/api/lots/{LOT}")).await;
    assert_eq!(lot["statut"], "en_gavage");
    browser.finish().await;
}
