//! The server stops and returns.

use crate::{
    browser::Browser,
    common::{address::Reserved, server::TestServer},
    console::is_of_an_absent_server,
    feed::{feed, meal, meals},
    french::grams,
};

const LOT: &str = "LS2611001";
const STATE: &str = "document.querySelector('[data-connection-state]').dataset.connectionState";

/// A page, and the number of decimals with which it shows a dose.
struct Page {
    browser: Browser,
    digits: usize,
}

impl Page {
    async fn open(server: &TestServer, path: &str, digits: usize) -> Option<Self> {
        let browser = Browser::start().await?;
        browser.open(&server.url(path)).await;
        browser.until_connected().await;
        Some(Page { browser, digits })
    }

    async fn until_given(&self, dose: f64) {
        self.browser.point_at(LOT).await;
        let selector = format!("[data-lot={LOT}] [data-figure=dose_reelle]");
        let text = grams(dose, self.digits);
        self.browser.until_text(&selector, &text).await;
    }

    async fn until_it_says_that_it_reconnects(&self) {
        let spoken = "/perdue/.test(document.querySelector('[role=status]').textContent)";
        self.browser.until(STATE, "reconnecting").await;
        let shown = self.browser.text("[data-part=connection-text]").await;
        assert!(shown.starts_with("Reconnexion"), "{shown}");
        self.browser.until_true(spoken).await;
    }

    /// A bar on the wall, a chart on the page of the gaveur.
    async fn until_chart_has(&self, meals: i32) {
        let bars = format!(
            "document.querySelector('[data-lot={LOT}] [d]')?.getAttribute('d').split('z').length === {meals} + 1"
        );
        let chart = format!(
            "document.querySelector('[data-lot={LOT}] [role=img]')?.ariaLabel.includes('{meals} repas')"
        );
        self.browser.until_true(&format!("{bars} || {chart}")).await;
    }
}

#[actix_web::test]
async fn both_pages_recover_by_themselves_and_show_what_was_stored_while_their_server_was_away() {
    let server = TestServer::start().await;
    feed(&server, &meals(LOT, 2, 4)).await;
    let Some(wall) = Page::open(&server, "/", 0).await else {
        return;
    };
    let farmer = Page::open(&server, "/gaveur/2?vue=lots", 1).await.unwrap();
    let pages = [wall, farmer];
    for page in &pages {
        page.until_given(332.4).await;
    }

    let address = server.address();
    let database = server.stop().await;
    let reserved = Reserved::at(address);
    for page in &pages {
        page.until_it_says_that_it_reconnects().await;
        // The last values stay visible.
        page.until_given(332.4).await;
    }

    // Another server on the same database, which the pages cannot reach, stores a meal meanwhile.
    let other = TestServer::start_on(database, &[]).await;
    feed(&other, &[meal(LOT, 2, 4, 5)]).await;
    let server = TestServer::start_at(reserved.address(), other.stop().await).await;
    for page in &pages {
        page.browser.until_connected().await;
        page.until_given(342.4).await;
        page.until_chart_has(5).await;
    }

    feed(&server, &[meal(LOT, 2, 5, 6)]).await;
    for page in pages {
        page.until_given(352.4).await;
        page.browser.finish_but_for(is_of_an_absent_server).await;
    }
}
