//! The wall as a screen that nobody touches, and that runs for a night.

use crate::{
    browser::Browser,
    common::{readings::reading, server::TestServer},
    feed::{feed, meal, post, with},
};
use fantoccini::key::Key;
use serde_json::{Value, json};

/// Lots of the three sites, all at the same meal.
fn lots(count: usize, fields: &Value) -> Vec<Value> {
    let sites = ["LL", "LS", "MT"].into_iter().cycle();
    let codes = sites.take(count).enumerate();
    let lots = codes.map(|(number, site)| format!("{site}26{number:05}"));
    lots.map(|code| with(reading(&code, 2, 3, "matin"), fields))
        .collect()
}

#[actix_web::test]
async fn three_hundred_lots_are_wholly_on_one_screen_and_nothing_scrolls() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let all = lots(300, &json!({"temperature_stabule": 30.0, "simule": true}));
    feed(&server, &all).await;
    plan(&server, "LL2600000", 22).await;
    for path in ["/", "/?mur"] {
        browser.resize(1920, 1080).await;
        browser.open(&server.url(path)).await;
        let seen = "Array.from(document.querySelectorAll('.lot a')).filter((cell) => {
            const [box, frame] = [cell.getBoundingClientRect(), document.querySelector('.boards').getBoundingClientRect()];
            return box.width >= 60 && box.top >= frame.top && box.bottom <= frame.bottom && frame.bottom <= innerHeight;
        }).length";
        browser.until(seen, 300).await;
        let scrolls = "['html', '.boards'].filter((one) => {
            const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.querySelector(one);
            return scrollHeight > clientHeight || scrollWidth > clientWidth;
        }).join()";
        browser
            .until(
                "document.querySelector('[data-part=total]').textContent.startsWith('300')",
                true,
            )
            .await;
        assert_eq!(browser.eval(scrolls).await, "", "{path}");
        browser
            .until_text(".lot[data-lot=LL2600000] .lot-day", "J 3/10")
            .await;
        let spills = "Array.from(document.querySelectorAll('.lot a')).filter((cell) => cell.scrollWidth > cell.clientWidth
            || cell.querySelector('.lot-bars').getBoundingClientRect().width < 10).length";
        assert_eq!(browser.eval(spills).await, 0, "{path}");
    }
    browser.finish().await;
}

#[actix_web::test]
async fn a_wall_screen_has_a_clock_and_no_controls_and_turns_the_pages_of_what_does_not_fit() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    feed(&server, &lots(24, &json!({"temperature_stabule": 30.0}))).await;
    browser.resize(1366, 700).await;
    browser.open(&server.url("/?site=LL&mur=1")).await;
    browser
        .until_true(r"/^(lun|mar|mer|jeu|ven|sam|dim)\S+ \d+ .*\d\d:\d\d$/.test(document.querySelector('.wall-clock').textContent)")
        .await;
    browser
        .until_text("[data-part=total]", "8 à traiter, dont 8 critiques")
        .await;
    let controls = "Array.from(document.querySelectorAll('button, input, select, nav a')).filter((one) => one.checkVisibility()).length";
    assert_eq!(browser.eval(controls).await, 0);
    let first = "((list) => Array.from(list.children).findIndex((one) => one.getBoundingClientRect().top >= list.getBoundingClientRect().top - 1))
        (document.querySelector('.todo-list'))";
    browser.until_true(&format!("{first} > 0")).await;
    browser.until(first, 0).await;
    browser.press(Key::Escape).await;
    browser.until("location.search", "?site=LL").await;
    browser.until_true(&format!("{controls} > 0")).await;
    browser.finish().await;
}

/// Validates a curve of so many meals.
async fn plan(server: &TestServer, code_lot: &str, meals: usize) {
    let path = format!("/api/lots/{code_lot}/courbes");
    post(
        server,
        &path,
        json!({"total_g": 400 * meals, "nb_repas": meals}),
    )
    .await;
    post(server, &format!("{path}/1/valider"), json!({})).await;
}

/// Feeds this generation of lots from its first meal to its last, and has each of them controlled, by one station.
async fn live(server: &TestServer, generation: usize) {
    let codes: Vec<_> = (0..6)
        .map(|number| format!("LL26{:05}", 10 * generation + number))
        .collect();
    let of_all = |number, last: bool| {
        let meal = |code: &String| {
            with(
                meal(code, 2, number, 4),
                &json!({"pret_abattage": last, "temperature_stabule": 27.0}),
            )
        };
        codes.iter().map(meal).collect::<Vec<_>>()
    };
    for number in 0..4 {
        feed(server, &of_all(number, number == 3)).await;
    }
    for code in &codes {
        let claim = format!("/api/sqal/pending-lots/{code}/claim");
        post(server, &claim, json!({"station": "ESP32_LL_01"})).await;
    }
}

/// Two lots are fed all the time, while generations of others come, are closed, and go.
#[actix_web::test]
async fn a_page_that_is_left_open_for_a_night_does_not_grow_and_neither_does_the_wall_of_the_server()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let stays = |number| ["LL2609998", "LL2609999"].map(|code| meal(code, 2, number, 9));
    feed(&server, &stays(0)).await;
    browser.open(&server.url("/")).await;
    let mut seen = Vec::new();
    for generation in 0..6 {
        live(&server, generation).await;
        feed(&server, &stays(1 + generation as i32)).await;
        let closed = 6 * (generation + 1) - 1;
        let line = format!("1 en contrôle · {closed} clos aujourd’hui ›");
        browser.until_text("#site-LL .site-ended", &line).await;
        let places = "Array.from(document.querySelectorAll('[data-board=LL] li'), (place) => place.dataset.lot ?? '').join()";
        browser.until(places, "LL2609998,LL2609999").await;
        // Alerts of the lot that is still in control.
        browser
            .until("document.querySelectorAll('.todo-item').length", 1)
            .await;
        seen.push(browser.eval("document.querySelectorAll('*').length").await);
    }
    assert!(seen.iter().all(|nodes| *nodes == seen[0]), "{seen:?}");
    let mut screen = server.connect("/ws/realtime/").await;
    let snapshot = screen.next_of("snapshot").await;
    assert_eq!(snapshot["lots"].as_array().unwrap().len(), 3);
    screen.close().await;
    browser.finish().await;
}
