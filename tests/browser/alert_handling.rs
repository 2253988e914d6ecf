//! Working through the alerts: a list that holds still, the course of an alert, a comment, and taking an acknowledgement back.

use crate::{
    alert_centre::{HOT, SHOWN, WARM, four_alerts, meal, name_rows, open, row},
    browser::Browser,
    common::server::TestServer,
    feed::feed,
};
use fantoccini::key::Key;
use serde_json::json;

#[actix_web::test]
async fn a_list_in_use_holds_still_and_says_what_waits_and_alerts_are_commented_and_taken_back() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    let alerts = four_alerts();
    feed(&server, &alerts[1..2]).await;
    open(&browser, &server, "/alertes").await;
    browser.until(SHOWN, WARM).await;
    name_rows(&browser).await;

    // The keyboard is in the list: nothing is put under it.
    browser.focus(&row(WARM, "[data-part=button]")).await;
    feed(&server, &alerts[..1]).await;
    let news = ".alert-news";
    browser
        .until_text(news, "1 nouvelle, dont 1 critique ↑")
        .await;
    assert_eq!(browser.eval(SHOWN).await, WARM);
    browser.click(news).await;
    browser.until(SHOWN, [HOT, WARM].join(",")).await;
    browser
        .until("document.querySelector('.alert-news').hidden", true)
        .await;

    // Two alerts of a lot stand together, and say how they went on.
    let worse = json!({"temperature_stabule": 30.1, "humidite_stabule": 80.0});
    feed(&server, &[meal(HOT, 1, 3, 5, worse)]).await;
    browser.until(SHOWN, [HOT, HOT, WARM].join(",")).await;
    browser
        .until_text(".alert-group", &format!("{HOT} · 2 alertes"))
        .await;
    name_rows(&browser).await;
    browser
        .until_text(
            &row(HOT, "[data-part=trend-words]"),
            "29,5\u{202f}°C à J 2 → 30,1\u{202f}°C maintenant",
        )
        .await;

    browser.click(&row(HOT, "[data-part=comment]")).await;
    browser.write("Claire").await;
    browser.focus("[data-part=person-comment]").await;
    browser.write("ventilateur 2 en panne").await;
    browser.press(Key::Tab).await;
    browser.press(Key::Enter).await;
    browser
        .until_text(&row(HOT, "[data-part=said]"), "« ventilateur 2 en panne »")
        .await;
    let stored = "SELECT acquittee_par, commentaire FROM alertes WHERE severite = 'critical'";
    let by_claire = json!({"acquittee_par": "Claire", "commentaire": "ventilateur 2 en panne"});
    assert_eq!(server.rows(stored).await, [by_claire]);

    let undo = row(HOT, "[data-part=undo]");
    browser
        .until_true(&format!(
            "/^Annuler \\(\\d+\\s+s\\)$/.test(document.querySelector(\"{undo}\").textContent)"
        ))
        .await;
    browser.click(&undo).await;
    let can = |part: &str| {
        let part = row(HOT, part);
        format!("document.querySelector(\"{part}\").checkVisibility()")
    };
    browser.until(&can("[data-part=button]"), true).await;
    browser.until(&can("[data-part=undo]"), false).await;
    let open_again = json!({"acquittee_par": null, "commentaire": null});
    assert_eq!(server.rows(stored).await, [open_again]);
    browser.finish().await;
    server.finish().await;
}
