//! Keyboard and screen reader, on every page.

use crate::{
    browser::Browser,
    common::installation,
    populated::{PAGES, open_populated, server_with_everything},
};
use fantoccini::key::Key;
use std::path::Path;
use tokio::sync::OnceCell;

const AUDIT: &str = include_str!("axe/audit.js");

#[actix_web::test]
async fn the_pages_tell_a_screen_reader_what_everything_is() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    expect_the_audit_to_find_faults(&browser).await;
    let server = server_with_everything().await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        assert_eq!(audit(&browser).await, [""; 0], "{path}");
    }
    browser.finish().await;
}

/// Checks the audit itself: it must find faults on a bad page.
async fn expect_the_audit_to_find_faults(browser: &Browser) {
    let careless = "data:text/html,<h3>a</h3><div tabindex=3>b</div><input><button></button><div role=img></div><p style=color:silver>pale words";
    let faults = [
        "html-has-lang",
        "document-title",
        "page-has-heading-one",
        "landmark-one-main",
        "tabindex",
        "label",
        "button-name",
        "role-img-alt",
        "color-contrast",
    ];
    browser.open(careless).await;
    let problems = audit(browser).await.join("\n");
    for fault in faults {
        assert!(problems.contains(fault), "{fault} is not in:\n{problems}");
    }
}

/// The rules of axe-core that the page breaks, and where.
pub async fn audit(browser: &Browser) -> Vec<String> {
    static AXE: OnceCell<String> = OnceCell::const_new();
    let axe = AXE.get_or_init(axe_core).await;
    let problems = browser.run_async(&format!("{axe}\n{AUDIT}")).await;
    serde_json::from_value(problems).unwrap()
}

async fn axe_core() -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/axe");
    let installed = installation::npm(&directory).await;
    installed.expect("Node with npm (Debian: apt install nodejs npm)");
    std::fs::read_to_string(directory.join("node_modules/axe-core/axe.min.js")).unwrap()
}

#[actix_web::test]
async fn the_tab_key_reaches_every_control_in_order_and_the_first_skips_to_the_content() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        expect_every_control_in_order(&browser).await;
        browser.focus(".skip").await;
        browser
            .until_true("document.activeElement.getBoundingClientRect().top >= 0")
            .await;
        browser.press(Key::Enter).await;
        browser.until("document.activeElement.id", "main").await;
    }
    browser.finish().await;
}

const CONTROLS: &str =
    "Array.from(document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]'))
    .filter((one) => one.checkVisibility())";

/// A date is one control with a stop for each of its parts.
const STOPS_AT_MOST: usize = 5;

/// Presses Tab until the focus is on another control; each must show a focus outline in its turn.
async fn expect_every_control_in_order(browser: &Browser) {
    let count = browser.eval(&format!("{CONTROLS}.length")).await;
    let count = count.as_u64().unwrap();
    assert!(count >= 6, "{count} controls");
    let mut at = serde_json::Value::from(-1);
    for index in 0..count {
        for _ in 0..STOPS_AT_MOST {
            let before = at;
            browser.press(Key::Tab).await;
            at = browser
                .eval(&format!("{CONTROLS}.indexOf(document.activeElement)"))
                .await;
            if at != before {
                break;
            }
        }
        let control = browser.eval("document.activeElement.outerHTML").await;
        assert_eq!(at, index, "{control}");
        let outline = browser
            .eval("getComputedStyle(document.activeElement).outlineStyle")
            .await;
        assert_eq!(outline, "solid", "{control}");
    }
}
