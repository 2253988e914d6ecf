//! The wall: sites, ages and small charts.

use crate::{
    browser::Browser,
    common::{readings::reading, server::TestServer},
    feed::{feed, meal, meals, with},
    french,
};
use serde_json::{Value, json};

/// A lot at a meal of its third day.
fn lot(code_lot: &str, moment: &str, ducks: i32, weight: Option<f64>, mortality: f64) -> Value {
    let measured =
        json!({ "nb_canards_vivants": ducks, "poids_moyen": weight, "taux_mortalite": mortality });
    with(reading(code_lot, 2, 3, moment), &measured)
}

#[actix_web::test]
async fn the_figures_of_each_site_are_weighted_by_head_count_and_move_with_the_data() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let mut lots = vec![
        lot("LL2611001", "matin", 300, Some(5000.0), 0.5),
        lot("LL2611002", "matin", 900, Some(6000.0), 1.5),
        lot("LS2611001", "matin", 1_500, Some(4811.0), 0.9),
        lot("LS2611002", "matin", 512, None, 4.0),
    ];
    feed(&server, &lots).await;
    browser.open(&server.url("/")).await;
    browser.until_connected().await;
    let sites =
        "Array.from(document.querySelectorAll('.site'), (site) => site.dataset.site).join()";
    browser.until(sites, "LL,LS,MT").await;
    until_sites_show(&browser, &lots).await;

    lots[0] = lot("LL2611001", "soir", 290, Some(5123.0), 3.8);
    lots.push(lot("MT2611001", "soir", 1_024, Some(5400.0), 0.2));
    feed(&server, &lots[..1]).await;
    feed(&server, &lots[4..]).await;
    until_sites_show(&browser, &lots).await;
    browser.finish().await;
}

async fn until_sites_show(browser: &Browser, lots: &[Value]) {
    for site in ["LL", "LS", "MT"] {
        let lots: Vec<_> = lots.iter().filter(|lot| lot["site"] == site).collect();
        let ducks: f64 = lots
            .iter()
            .map(|lot| lot["nb_canards_vivants"].as_f64().unwrap())
            .sum();
        let count = (!lots.is_empty()).then_some(ducks);
        let expected = [
            ("lots", french::number(lots.len() as f64, 0)),
            (
                "canards_vivants",
                or_missing(count, |ducks| french::number(ducks, 0)),
            ),
            (
                "poids_moyen",
                or_missing(weighted(&lots, "poids_moyen"), |grams| {
                    french::grams(grams, 0)
                }),
            ),
            (
                "taux_mortalite",
                or_missing(weighted(&lots, "taux_mortalite"), |share| {
                    french::percent(share, 2)
                }),
            ),
        ];
        for (name, text) in expected {
            let selector = format!("#site-{site} .site-figures [data-figure={name}]");
            browser.until_text(&selector, &text).await;
        }
    }
}

fn weighted(lots: &[&Value], name: &str) -> Option<f64> {
    let measured = lots.iter().filter_map(|lot| {
        let ducks = lot["nb_canards_vivants"].as_f64()?;
        Some((lot[name].as_f64()? * ducks, ducks))
    });
    let (sum, ducks) = measured.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    (ducks > 0.0).then(|| sum / ducks)
}

fn or_missing(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or(french::MISSING.to_owned(), text)
}

/// Makes one lot's reading older in the database. The other lot is fed continuously and then stops.
#[actix_web::test]
async fn ages_count_up_and_only_a_feed_that_the_server_calls_silent_turns_grey_and_says_so() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &[reading("LS2611001", 2, 3, "matin")]).await;
    let database = server.stop().await;
    let older = "UPDATE gavage_data SET recu_le = now() - interval '10 min'";
    database.client().await.execute(older, &[]).await.unwrap();
    let server = TestServer::start_on(database, &[]).await;
    let fed = meals("LL2611001", 2, 5);
    for meal in &fed[..4] {
        feed(&server, std::slice::from_ref(meal)).await;
    }
    browser.open(&server.url("/")).await;

    // Old is not silent: the next meal of this lot is not expected before tonight.
    let age = "#site-LS .site-age .age";
    browser.until_text(age, "il y a 10\u{202f}min").await;
    browser.until_true(&format!("{} >= 3", seconds("LL"))).await;
    assert_eq!(browser.eval(&silent("LL")).await, Value::Null);
    assert_ne!(
        colour_of_figures(&browser, "LL").await,
        colour_of_words(&browser, "LL").await
    );

    browser.until(&silent("LL"), "true").await;
    let card = "document.querySelector('[data-lot=LL2611001]').dataset.silent ?? null";
    browser.until(card, "true").await;
    browser.point_at("LL2611001").await;
    for age in ["#site-LL .site-age .age", "[data-lot=LL2611001] .age"] {
        let age = browser.text(age).await;
        assert!(age.starts_with("silencieux · il y a 1"), "{age}");
    }
    assert_eq!(
        colour_of_figures(&browser, "LL").await,
        colour_of_words(&browser, "LL").await
    );
    assert_eq!(browser.eval(&silent("LS")).await, Value::Null);

    feed(&server, &fed[4..]).await;
    browser.until(&silent("LL"), Value::Null).await;
    browser.until(card, Value::Null).await;
    browser.until_true(&format!("{} < 10", seconds("LL"))).await;
    browser.finish().await;
}

fn silent(site: &str) -> String {
    format!("document.getElementById('site-{site}').dataset.silent ?? null")
}

/// Digits of an age in seconds.
fn seconds(site: &str) -> String {
    format!(
        r"Number(/^il y a (\d+)\s+s$/.exec(document.querySelector('#site-{site} .site-age .age').textContent)?.[1])"
    )
}

async fn colour_of_figures(browser: &Browser, site: &str) -> Value {
    colour(browser, &format!("#site-{site} .site-figures dd")).await
}

async fn colour_of_words(browser: &Browser, site: &str) -> Value {
    colour(browser, &format!("#site-{site} .site-figures dt")).await
}

async fn colour(browser: &Browser, selector: &str) -> Value {
    browser
        .eval(&format!(
            "getComputedStyle(document.querySelector('{selector}')).color"
        ))
        .await
}

#[actix_web::test]
async fn a_cell_has_a_bar_for_each_of_the_last_eight_meals_also_of_those_before_the_page_and_the_server_began()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let mut fed = meals("LL2611001", 2, 7);
    fed.remove(5);
    feed(&server, &fed).await;
    let server = TestServer::start_on(server.stop().await, &[]).await;
    browser.open(&server.url("/")).await;
    // The place of the meal that is missing stays empty, and so do those before the first.
    let bars = "document.querySelector('[data-lot=LL2611001] [d]')?.getAttribute('d').match(/M\\d+/g).join('') ?? null";
    browser.until(bars, "M11M21M31M41M51M71").await;
    let with_dose = |number, dose| {
        with(
            meal("LL2611001", 2, number, 9),
            &json!({ "dose_reelle": dose }),
        )
    };
    feed(&server, &[with_dose(7, 370.0)]).await;
    browser.until(bars, "M1M11M21M31M41M61M71").await;
    // Full height at ten percent, below the line for less than planned.
    feed(&server, &[with_dose(8, 300.0)]).await;
    let last =
        "document.querySelector('[data-lot=LL2611001] [d]').getAttribute('d').split('z').at(-2)";
    browser.until(last, "M71 9h8V20h-8").await;
    browser.finish().await;
}

/// True if something is painted on the selected canvas.
pub fn drawn(canvas: &str) -> String {
    format!(
        "((canvas) => {{
            const blank = document.createElement('canvas');
            [blank.width, blank.height] = [canvas?.width ?? 0, canvas?.height ?? 0];
            return Boolean(canvas) && canvas.toDataURL() !== blank.toDataURL();
        }})(document.querySelector('{canvas}'))"
    )
}
