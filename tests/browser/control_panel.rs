//! The control panel: our page, and pages that are opened from files and call what the older ones call.

use crate::{
    accessibility::audit,
    browser::Browser,
    common::{http::post, server::TestServer},
};
use serde_json::json;

/// Opens a page of the tests from a file, as the older ones are, and tells it the server.
async fn open_file(browser: &Browser, server: &TestServer, name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
    let address = format!("file://{folder}/{name}#{}", server.address());
    browser.open(&address).await;
}

fn number(id: &str) -> String {
    format!("Number(document.getElementById('{id}').textContent)")
}

#[actix_web::test]
async fn a_page_from_a_file_starts_each_simulator_sees_its_counts_rise_and_stops_all() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start_with(&["--control", "--cors-origins", "null"]).await;
    open_file(&browser, &server, "older_panel.html").await;
    for simulator in ["gavage", "monitor", "sqal", "consumer"] {
        let status = format!("#{simulator}-status");
        browser.until_text(&status, "stopped").await;
        browser.click(&format!("#{simulator}-start")).await;
        browser.until_text(&status, "running").await;
    }
    // The meals of two lots, then their control, and what consumers say of them.
    for simulator in ["gavage", "monitor", "consumer"] {
        let sent = number(&format!("{simulator}-sent"));
        browser.until_true(&format!("{sent} > 0")).await;
    }
    let uptime = number("gavage-uptime");
    browser.until_true(&format!("{uptime} > 0")).await;
    for known in ["latest", "logs"] {
        browser.until_true(&format!("{} > 0", number(known))).await;
    }
    browser.click("#consumer-stop").await;
    browser.until_text("#consumer-status", "stopped").await;
    browser
        .until_text(
            "#answer",
            r#"{"success":true,"message":"consumer is stopped"}"#,
        )
        .await;
    browser.click("#stop").await;
    for simulator in ["gavage", "monitor", "sqal"] {
        let status = format!("#{simulator}-status");
        browser.until_text(&status, "stopped").await;
    }
    let told = "JSON.parse(document.getElementById('answer').textContent)";
    let all = format!(
        "{told}.success && {told}.errors.length === 0 && {told}.stopped.includes('gavage')"
    );
    browser.until_true(&all).await;
    let stored = server
        .count("SELECT count(*) FROM gavage_data WHERE simule")
        .await;
    browser.until(&number("gavage-sent"), stored).await;
    // Until there is a lot there is no latest one.
    browser.finish_but_for(|it| it.contains("latest-lot")).await;
    server.stop().await;
}

#[actix_web::test]
async fn the_tiles_of_a_page_from_a_file_show_a_simulated_loop_from_the_meal_to_the_rating() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start_with(&["--control", "--cors-origins", "null"]).await;
    open_file(&browser, &server, "live_demo.html").await;
    let scenario = json!({"scenario": "boucle_2min"});
    let path = server.url("/api/control-panel/scenarios/start");
    assert_eq!(post(&path, scenario).await.status(), 200);
    for (tile, told) in [
        ("meal", r"^[A-Z]{2}\d{7} \| (matin|soir) \| \d+(\.\d)?$"),
        ("foie", r"^ESP32_[A-Z]{2}_01 \| (A\+|A|B|C|REJECT)$"),
        ("products", r"^\d+ \| (A\+|A|B) \| 20\d\d$"),
        ("latest", r"^[A-Z]{2}\d{7} \| (true|false) \| true$"),
        (
            "scan",
            r"^true \| [A-Z]{2}\d{7} \| [A-Z].+ \| (A\+|A|B) \| \d+$",
        ),
        ("feedbacks", r"^\d+ \| [1-5] \| 20\d\d \| "),
        (
            "trace",
            r"^FG_[A-Z]{2}_\d{8}_\d{6} \| (excellent|good) \| true \| [A-Z]",
        ),
    ] {
        let shown = format!("document.getElementById('{tile}').textContent");
        browser.until_true(&format!("/{told}/.test({shown})")).await;
    }
    browser.finish().await;
    server.stop().await;
}

fn of(simulator: &str, part: &str) -> String {
    format!("[data-simulator={simulator}] [data-part={part}]")
}

#[actix_web::test]
async fn the_page_shows_a_loop_step_by_step_and_no_step_that_has_not_happened() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start_with(&["--control"]).await;
    browser.open(&server.url("/controle")).await;
    browser.until_text(&of("gavage", "state"), "arrêté").await;
    assert_eq!(audit(&browser).await, [""; 0]);

    browser
        .click("[data-part=scenario-form] [type=submit]")
        .await;
    let step = |number: usize, state: &str| {
        format!("document.querySelector('.step:nth-child({number})')?.dataset.step === '{state}'")
    };
    browser.until_true(&step(1, "done")).await;
    browser
        .until_text(&of("gavage", "state"), "en marche")
        .await;
    browser
        .until_true("document.querySelector('.log').children.length > 1")
        .await;
    for number in 2..=6 {
        browser.until_true(&step(number, "done")).await;
    }
    // One lot is too few for advice.
    for number in 7..=8 {
        assert_eq!(browser.eval(&step(number, "waits")).await, true, "{number}");
    }
    // The lot is done: nobody has to stop what fed and inspected it.
    for simulator in ["gavage", "monitor"] {
        browser.until_text(&of(simulator, "state"), "arrêté").await;
    }
    let graded = "SELECT count(*) FROM sqal_pending_lots WHERE terminee_le IS NOT NULL";
    assert_eq!(server.count(graded).await, 1);

    browser.click(&of("gavage", "start")).await;
    browser
        .until_text(&of("gavage", "state"), "en marche")
        .await;
    a_fault_is_made_and_ended(&browser).await;
    browser.click("[data-part=language]").await;
    browser.until_text(&of("gavage", "state"), "running").await;
    assert_eq!(audit(&browser).await, [""; 0]);
    browser.click("[data-part=stop-all]").await;
    browser.until_text(&of("gavage", "state"), "stopped").await;
    browser.become_a_phone().await;
    browser
        .until("document.documentElement.scrollWidth", 390)
        .await;
    browser.finish().await;
    server.stop().await;
}

/// Of a lot that is being fed, with its label, its time and where it shows.
async fn a_fault_is_made_and_ended(browser: &Browser) {
    let choose = "(() => { const type = document.querySelector('[data-part=fault-type]'); type.value = 'hors_plage';
        type.dispatchEvent(new Event('change')); return document.querySelectorAll('[data-part=fault-target] option').length > 1; })()";
    browser.until_true(choose).await;
    browser
        .eval("document.querySelector('[data-part=fault-target]').selectedIndex = 1")
        .await;
    browser.click("[data-part=fault-start]").await;
    let row = "document.querySelector('.fault[data-fault=hors_plage]')";
    let reads = format!(
        "/panne voulue.*Hors plage : [A-Z0-9]{{9}}.*encore \\d+.s.*une alerte critique/s.test({row}?.innerText)"
    );
    browser.until_true(&reads).await;
    let leads = format!("{row}.querySelector('a').getAttribute('href').startsWith('/lot/')");
    assert_eq!(browser.eval(&leads).await, true);
    let says = "[...document.querySelectorAll('.log li')].some((line) => line.innerText.includes('panne voulue : Hors plage'))";
    browser.until_true(says).await;
    browser.click(".fault [data-part=stop]").await;
    browser.until_true(&format!("{row} === null")).await;
    // What is clicked next is at the top, where the header would cover it.
    browser.eval("scrollTo(0, 0)").await;
}

#[actix_web::test]
async fn the_header_leads_to_the_panel_only_where_there_is_one() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let link = "document.querySelectorAll('.app-nav a[href=\"/controle\"]').length";
    for (flags, links) in [(&["--control"][..], 1), (&[], 0)] {
        let server = TestServer::start_with(flags).await;
        browser.open(&server.url("/etat")).await;
        browser.until(link, links).await;
        server.stop().await;
    }
    browser.finish_but_for(|_| true).await;
}
