//! Logging in with a key, and what becomes of a screen whose key ends.

use crate::{
    accessibility::audit,
    browser::Browser,
    common::server::{TestServer, operator, until},
};
use fantoccini::key::Key as Pressed;
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key, site::Site},
    store::keys,
};

const PATH: &str = "location.pathname + location.search";

/// A refused request is a line on the console.
fn is_refusal(complaint: &str) -> bool {
    complaint.contains("401") || complaint.contains("WebSocket")
}

async fn guarded() -> (TestServer, Key) {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let grant = Grant {
        sites: [Site::Ll].into(),
        ..Grant::new(Role::Superviseur)
    };
    let key = server.key(&grant, None).await;
    (server, key)
}

#[actix_web::test]
async fn a_person_who_asks_for_a_page_logs_in_with_a_key_and_gets_it_until_the_key_is_revoked() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (server, key) = guarded().await;
    browser.open(&server.url("/alertes?site=LL")).await;
    browser
        .until(PATH, "/auth/login?to=%2Falertes%3Fsite%3DLL")
        .await;
    // Before its scripts run the page could not send the key.
    browser
        .until_true("document.readyState === 'complete'")
        .await;
    browser.click("input[name=key]").await;
    browser.write("gvk_faux").await;
    browser.press(Pressed::Enter).await;
    browser
        .until_true(
            "document.querySelector('[data-part=notice]').textContent.includes('clé inconnue')",
        )
        .await;
    browser
        .run("document.querySelector('input[name=key]').value = ''")
        .await;
    browser.click("input[name=key]").await;
    browser.write(key.reveal()).await;
    browser.press(Pressed::Enter).await;
    browser.until(PATH, "/alertes?site=LL").await;
    browser.until_connected().await;
    let cookie = browser.eval("document.cookie").await;
    assert_eq!(cookie, "", "no script reads the cookie");
    assert!(
        keys::revoke(server.app().pool(), key.id(), &operator())
            .await
            .unwrap()
    );
    browser
        .until_true("location.pathname === '/auth/login'")
        .await;
    browser.finish_but_for(is_refusal).await;
    server.finish().await;
}

#[actix_web::test]
async fn a_page_says_who_is_logged_in_until_when_and_is_left_when_he_logs_out_here_or_in_another_tab()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (server, key) = guarded().await;
    let address = server.url(&format!("/auth/login?to=%2Falertes#{}", key.reveal()));
    browser.open(&address).await;
    browser.until(PATH, "/alertes").await;
    browser
        .until_text("[data-part=account-name]", "essai")
        .await;
    browser.until_connected().await;
    browser.become_a_phone().await;
    let width = "document.documentElement.scrollWidth <= innerWidth";
    browser.until_true(width).await;
    assert_eq!(audit(&browser).await, [""; 0]);
    // The key ends within a minute.
    let expire =
        "UPDATE api_keys SET expires_at = now() + INTERVAL '50 seconds' WHERE name = 'essai'";
    server.execute(expire).await;
    browser
        .until_true("document.querySelector('[data-part=expiry] a')?.href.endsWith('/auth/login?to=%2Falertes')")
        .await;
    browser.until_true(width).await;
    browser.click("[data-part=log-out]").await;
    browser.until(PATH, "/auth/login").await;
    // Another tab that is told so leaves too.
    browser.open(&address).await;
    browser.until(PATH, "/alertes").await;
    browser.until_connected().await;
    let elsewhere = "fetch('/auth/logout', {method: 'POST'}).then(() => new BroadcastChannel('gaveurs.account').postMessage('logged out'))";
    browser.run(elsewhere).await;
    browser.until(PATH, "/auth/login?to=%2Falertes").await;
    browser.finish_but_for(is_refusal).await;
    server.finish().await;
}

#[actix_web::test]
async fn a_wall_screen_is_opened_once_with_its_key_in_the_address_which_shows_it_no_more() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (server, key) = guarded().await;
    browser
        .open(&server.url(&format!("/auth/login#{}", key.reveal())))
        .await;
    browser.until(PATH, "/").await;
    browser.until_connected().await;
    assert_eq!(browser.eval("location.hash").await, "");
    browser.reload().await;
    browser.until_connected().await;
    until("the screen is a session", async || {
        server.census().await.sessions == 1
    })
    .await;
    browser.finish().await;
    server.finish().await;
}
