//! A lot's code leads to the lot.

use crate::{
    browser::Browser,
    populated::{PAGES, open_populated, server_with_everything},
};
use serde_json::json;

/// What is on a page of the visible codes of lots: how many lead to their lot, and those that do not.
const CODES: &str = r"((codes) => [codes.length > 0, codes.filter(([code, href]) => href !== `/lot/${code}`)])(
    Array.from(document.querySelectorAll('main *'))
        .filter((one) => one.childElementCount === 0 && /^(LL|LS|MT)\d{7}$/.test(one.textContent.trim()))
        .filter((one) => one.checkVisibility() && !one.closest('select'))
        .map((one) => [one.textContent.trim(), one.closest('a')?.getAttribute('href') ?? null]))";

#[actix_web::test]
async fn every_code_of_a_lot_on_a_page_leads_to_the_page_of_the_lot() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    for path in PAGES {
        // The wall has its own links, a lot is on its page already, and the other two name no lots.
        if ["/", "/etat", "/pilotage", "/boucle"].contains(&path) || path.starts_with("/lot/") {
            continue;
        }
        open_populated(&browser, &server, path).await;
        browser.until(CODES, json!([true, []])).await;
    }
    browser.finish().await;
    server.finish().await;
}
