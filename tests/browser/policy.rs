//! The policy under which the pages run. That they run under it is seen by every other test: none leaves a complaint on the console.

use crate::{
    browser::Browser,
    common::server::TestServer,
    populated::{PAGES, open_populated, server_with_everything},
};

/// What becomes of a script that does this.
fn attempt(script: &str) -> String {
    format!(
        "(() => {{ try {{ {script}; return 'done'; }} catch (error) {{ return error.name; }} }})()"
    )
}

#[actix_web::test]
async fn no_page_makes_markup_of_a_text_or_script_of_an_attribute() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    for path in PAGES {
        open_populated(&browser, &server, path).await;
        for markup in [
            "document.body.innerHTML = '<b>x</b>'",
            "document.createElement('script').text = 'window.broken = true'",
            "trustedTypes.createPolicy('default', { createHTML: String })",
        ] {
            assert_eq!(
                browser.eval(&attempt(markup)).await,
                "TypeError",
                "{path} {markup}"
            );
        }
        let handler =
            "document.body.setAttribute('onclick', 'window.broken = true'); document.body.click()";
        browser.eval(&attempt(handler)).await;
        assert_eq!(
            browser.eval("window.broken ?? null").await,
            serde_json::Value::Null
        );
    }
    let of_policy = |complaint: &str| {
        ["Trusted", "trusted", "Content Security Policy"]
            .iter()
            .any(|word| complaint.contains(word))
    };
    browser.finish_but_for(of_policy).await;
    server.finish().await;
}

#[actix_web::test]
async fn the_page_of_the_description_runs_under_its_policy() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    browser.open(&server.url("/docs/")).await;
    browser
        .until_true("document.querySelectorAll('.opblock').length > 40")
        .await;
    browser.click(".opblock-summary-control").await;
    browser
        .until_true("document.querySelector('.opblock.is-open .opblock-body')")
        .await;
    browser.finish().await;
    server.finish().await;
}
