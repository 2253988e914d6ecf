//! Paper, which is white, and colours that the user has chosen: what is shown there without the page's own.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::{feed, meals, post, with},
    populated::{PAGES, open_populated, server_with_everything},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

/// Texts that are hard to read on what they stand on, white where nothing is painted; a canvas counts as painted.
const FAINT: &str = "(() => {
    const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const ground = (one) => {
        for (; one; one = one.parentElement) {
            const [r, g, b, a = 1] = numbers(getComputedStyle(one).backgroundColor);
            if (a > 0.5) return [r, g, b];
        }
        return [255, 255, 255];
    };
    const hasText = (one) => Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 2;
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return Array.from(document.body.querySelectorAll('*')).filter((one) => hasText(one) && seen(one))
        .filter((one) => contrast(light(numbers(getComputedStyle(one).color)), light(ground(one))) < 4.5)
        .map((one) => `${one.tagName}.${one.className} ${one.textContent.trim()}`).slice(0, 5).join(' | ');
})()";

async fn show_as(browser: &Browser, media: &str, features: Value) {
    let media = json!({"media": media, "features": features});
    browser.devtools("Emulation.setEmulatedMedia", media).await;
}

/// Number of sheets of A4 on which a page is printed.
async fn sheets(browser: &Browser) -> usize {
    let wanted = json!({"preferCSSPageSize": true});
    let printed = browser.devtools("Page.printToPDF", wanted).await;
    let pdf = STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
    let begins = |text: &[u8]| text.starts_with(b"/Type /Page") && text.get(11) != Some(&b's');
    pdf.windows(12).filter(|text| begins(text)).count()
}

#[actix_web::test]
async fn on_paper_every_text_is_dark_on_light_also_of_a_dark_page() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        browser.run("if (document.documentElement.dataset.theme !== 'dark') document.querySelector('[data-part=theme]').click()").await;
        show_as(&browser, "print", json!([])).await;
        browser.run("dispatchEvent(new Event('beforeprint'))").await;
        assert_eq!(browser.eval(FAINT).await, "", "{path}");
        let grounds = "Array.from(document.querySelectorAll('html, body, main'), (one) => getComputedStyle(one).backgroundColor).join()";
        let transparent = "rgba(0, 0, 0, 0)";
        assert_eq!(
            browser.eval(grounds).await,
            [transparent; 3].join(","),
            "{path}"
        );
        show_as(&browser, "", json!([])).await;
    }
    browser.finish().await;
}

/// Lots that end, each with an alert of a meal, and so many that are fed.
async fn season(server: &TestServer) {
    let lot = |site: &str, number: i32, count: usize| {
        let code = format!("{site}26{number:05}");
        let meals = meals(&code, 2 + number % 5, 22).into_iter().take(count);
        let last = json!({"pret_abattage": count == 22, "simule": true});
        meals.map(|meal| with(meal, &last)).collect::<Vec<_>>()
    };
    for number in 0..14 {
        for site in ["LL", "LS", "MT"] {
            let count = if number < 6 { 22 } else { 12 };
            feed(server, &lot(site, number, count)).await;
        }
    }
    let hard = json!({"temperature_stabule": 31.0, "humidite_stabule": 90.0, "taux_mortalite": 6.0, "dose_reelle": 700.0, "simule": true});
    let fed = meals("LL2609999", 2, 24);
    let fed: Vec<_> = fed
        .into_iter()
        .enumerate()
        .map(|(number, meal)| {
            if number % 6 == 5 {
                with(meal, &hard)
            } else {
                with(meal, &json!({"simule": true}))
            }
        })
        .collect();
    feed(server, &fed).await;
}

/// The week in which the last meals of the unfinished lots of [`season`] are; the others are fed until an hour ago.
fn week_of_all_lots() -> String {
    let meals = Timestamp::now() - SignedDuration::from_hours(1 + 12 * 10);
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let week = meals.to_zoned(zone).date().iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

#[actix_web::test]
async fn the_sheet_of_a_lot_and_the_figures_of_a_period_are_one_sheet_of_paper_each() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let figures = format!("/pilotage?periode={}", week_of_all_lots());
    season(&server).await;
    for (path, there) in [
        (
            "/lot/LL2609999",
            "document.querySelectorAll('.alert').length >= 4 && document.querySelectorAll('.sheet-meals tbody tr').length === 24",
        ),
        (
            "/lot/LL2600001",
            "document.querySelectorAll('.sheet-meals tbody tr').length === 22",
        ),
        (
            &figures,
            "document.querySelectorAll('.heat tbody tr').length === 40",
        ),
    ] {
        browser.open(&server.url(path)).await;
        browser.until_true(there).await;
        assert_eq!(sheets(&browser).await, 1, "{path}");
    }
    browser.finish().await;
}

#[actix_web::test]
async fn in_forced_colours_each_state_of_a_cell_looks_another_way_and_severities_are_words() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let at = |code: &str, fields: Value| with(meals(code, 2, 1).remove(0), &fields);
    let doses = |given: f64| json!({"dose_theorique": 400.0, "dose_reelle": given});
    let lots = [
        at("LL2611001", doses(400.0)),
        at("LL2611002", doses(424.0)),
        at("LL2611003", doses(448.0)),
        at("LL2611004", doses(508.0)),
        at("LL2611005", doses(508.0)),
    ];
    feed(&server, &lots).await;
    let alerts = server.get("/api/alertes?code_lot=LL2611005").await;
    let acknowledge = format!("/api/alertes/{}/acquitter", alerts[0]["id"]);
    post(&server, &acknowledge, json!({"par": "Anne"})).await;
    for scheme in ["light", "dark"] {
        let forced = json!([{"name": "forced-colors", "value": "active"}, {"name": "prefers-color-scheme", "value": scheme}]);
        show_as(&browser, "screen", forced).await;
        browser.open(&server.url("/")).await;
        browser
            .until("Array.from(document.querySelectorAll('.lot'), (one) => one.dataset.state ?? 'normal').join()", "normal,info,warning,critical,seen")
            .await;
        let looks = "new Set(Array.from(document.querySelectorAll('.lot a'), (one) => {
            const { borderTopStyle, borderTopWidth, backgroundColor } = getComputedStyle(one);
            return [borderTopStyle, borderTopWidth, backgroundColor].join();
        })).size";
        assert_eq!(browser.eval(looks).await, 5, "{scheme}");
        let words =
            "Array.from(document.querySelectorAll('.todo-what'), (one) => one.innerText).join()";
        let words = browser.eval(words).await;
        let words = words.as_str().unwrap();
        assert!(
            words.contains("critique") && words.contains("attention"),
            "{words}"
        );
        assert_eq!(
            browser.eval("document.documentElement.dataset.theme").await,
            scheme
        );
    }
    browser.finish().await;
}
