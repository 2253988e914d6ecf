//! A farmer writes his meals down on a telephone whose line does not work, or whose server is killed.

use crate::{
    browser::Browser,
    common::{
        database::TestDatabase,
        proxy::{Line, Proxy, Target},
        server::{DEADLINE, TestServer, operator, until},
    },
    entry::{
        DOSE, LOT, MEAL, QUEUE, STATES, correct, entered, open_entry, planned, save, until_next,
        until_seen,
    },
    feed::post,
    process::Process,
};
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key},
    store::keys,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, copy},
    net::{TcpListener, TcpStream},
    task::spawn_local,
};

/// The page is kept on the telephone.
const KEPT: &str = "window.kept === true";
const LOOK_WHETHER_IT_IS_KEPT: &str = "navigator.serviceWorker.ready.then(async () => { window.kept = Boolean(await caches.match(location.pathname)); })";

async fn until_kept(browser: &Browser) {
    let looking = async {
        while browser.eval(KEPT).await != true {
            browser.run(LOOK_WHETHER_IT_IS_KEPT).await;
        }
    };
    tokio::time::timeout(DEADLINE, looking).await.unwrap();
}

/// What a browser says when it finds its network again.
async fn network_returns(browser: &Browser) {
    browser.run("dispatchEvent(new Event('online'))").await;
}

/// A line on which requests arrive and answers do not.
async fn one_way(server: SocketAddr) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn_local(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            spawn_local(async move {
                let server = TcpStream::connect(server).await.unwrap();
                let (mut from_server, mut to_server) = server.into_split();
                spawn_local(async move { from_server.read_to_end(&mut Vec::new()).await });
                let _ = copy(&mut client, &mut to_server).await;
            });
        }
    });
    Target::Tcp(address)
}

/// The real program on a database that has a planned lot.
async fn program(database: &TestDatabase) -> (Process, Target, SocketAddr) {
    let url = database.url();
    let flags = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let mut server = Process::start_quiet(&flags);
    let address = server.address().await;
    (server, Target::Tcp(address), address)
}

async fn planned_database() -> TestDatabase {
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    server.stop().await
}

fn of_the_line(complaint: &str) -> bool {
    [
        "net::ERR",
        "WebSocket connection to",
        "network error response",
        "Failed to fetch",
        // Said of every header that needs TLS, over plain HTTP.
        "Cross-Origin-Opener-Policy header has been ignored",
    ]
    .iter()
    .any(|words| complaint.contains(words))
}

#[actix_web::test]
async fn five_meals_offline_and_two_corrections_are_stored_once_by_a_server_that_is_killed_between_commit_and_answer()
 {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let database = planned_database().await;
    let (server, target, address) = program(&database).await;
    let proxy = Proxy::start(target).await;
    let url = format!("http://{}/gaveur/7", proxy.address);
    open_entry(&browser, &url, "J 6 matin").await;
    until_kept(&browser).await;

    proxy.set(Line::Cut);
    for next in ["J 6 soir", "J 7 matin", "J 7 soir", "J 8 matin", "J 8 soir"] {
        save(&browser).await;
        until_next(&browser, next).await;
    }
    correct(&browser, 5, "460").await;
    until_next(&browser, "J 8 soir").await;
    correct(&browser, 2, "481,5").await;
    until_next(&browser, "J 8 soir").await;
    browser
        .until_text(QUEUE, "Sans réseau · 7 repas gardés")
        .await;
    // Closed and opened again in the barn.
    browser.reload().await;
    until_next(&browser, "J 8 soir").await;
    browser
        .until_text(QUEUE, "Sans réseau · 7 repas gardés")
        .await;
    assert!(rows(&database, "SELECT 1 FROM saisies").await.is_empty());

    proxy.set(Line::To(one_way(address).await));
    network_returns(&browser).await;
    until("the first entry is committed", async || {
        network_returns(&browser).await;
        !rows(&database, "SELECT 1 FROM saisies").await.is_empty()
    })
    .await;
    server.kill();
    server.ended().await;
    proxy.set(Line::Cut);
    let unanswered = "Array.from(document.querySelectorAll('[data-part=last-meals] li'), (one) => one.dataset.state).includes('enregistre')";
    assert_eq!(browser.eval(unanswered).await, false);

    assert_eq!(rows(&database, "SELECT 1 FROM saisies").await.len(), 1);
    let (_server, target, _) = program(&database).await;
    proxy.set(Line::To(target));
    until("everything is stored", async || {
        network_returns(&browser).await;
        rows(&database, "SELECT 1 FROM saisies").await.len() == 7
    })
    .await;
    browser
        .until(
            STATES,
            "enregistre,enregistre,enregistre,enregistre,enregistre",
        )
        .await;
    let meals = "SELECT jour, moment, dose_reelle AS dose, (SELECT count(*) FROM repas_versions old \
                 WHERE (old.lot_id, old.jour, old.moment) = (meal.lot_id, meal.jour, meal.moment)) AS versions \
                 FROM gavage_data meal WHERE origine = 'saisie' ORDER BY jour, moment";
    let expected = [
        (6, "matin", json!(460), 1),
        (6, "soir", json!(480), 0),
        (7, "matin", json!(480), 0),
        (7, "soir", json!(481.5), 1),
        (8, "matin", json!(490), 0),
    ];
    let found = rows(&database, meals).await;
    assert_eq!(found.len(), 5, "{found:#?}");
    for (row, (jour, moment, dose, versions)) in found.iter().zip(expected) {
        let place = (&row["jour"], &row["moment"], &row["versions"]);
        assert_eq!(place, (&json!(jour), &json!(moment), &json!(versions)));
        if versions == 1 {
            assert_eq!(row["dose"], dose);
        }
    }
    browser.finish_but_for(of_the_line).await;
}

#[actix_web::test]
async fn a_late_repetition_never_undoes_the_correction_of_another_telephone() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    let proxy = Proxy::start(server.address()).await;
    let url = format!("http://{}/gaveur/7", proxy.address);
    open_entry(&browser, &url, "J 6 matin").await;
    proxy.set(Line::To(one_way(server.address()).await));
    proxy.end_when_used();
    save(&browser).await;
    until("the entry is committed", async || {
        network_returns(&browser).await;
        entered(&server).await.len() == 1
    })
    .await;
    let now = Timestamp::now();
    let other = json!({
        "cle": "of-another-phone", "jour": 6, "moment": "matin", "dose_g": 455, "heure": now, "morts": 0, "base": 1,
        "saisi_le": now, "horloge": now, "par": "Anne",
    });
    post(&server, &format!("/api/lots/{LOT}/repas"), other).await;
    proxy.set(Line::Cut);
    browser
        .until_text(QUEUE, "Sans réseau · 1 repas gardé")
        .await;
    proxy.set(Line::To(Target::Tcp(server.address())));
    until("the entry is answered", async || {
        network_returns(&browser).await;
        browser.eval(STATES).await == "enregistre"
    })
    .await;
    let line = "document.querySelector('[data-part=last-meals] li').textContent.startsWith('J 6 matin · 455')";
    browser.until(line, true).await;
    assert_eq!(
        entered(&server).await,
        [json!({"jour": 6, "moment": "matin", "dose": 455, "versions": 1})]
    );
    browser.finish_but_for(of_the_line).await;
}

#[actix_web::test]
async fn a_farmer_whose_login_ends_keeps_what_he_writes_and_it_is_sent_once_he_has_logged_in_again()
{
    let Some(browser) = Browser::start().await else {
        return;
    };
    let database = planned_database().await;
    let server = TestServer::start_on(database, &["--auth", "on"]).await;
    let grant = Grant {
        gaveur_id: Some(7),
        ..Grant::new(Role::Gaveur)
    };
    let key = server.key(&grant, None).await;
    let login = |key: &Key| server.url(&format!("/auth/login?to=%2Fsaisie#{}", key.reveal()));
    browser.become_a_phone().await;
    browser.open(&login(&key)).await;
    browser.until("location.pathname", "/gaveur/7").await;
    until_next(&browser, "J 6 matin").await;
    until_seen(&browser).await;
    let pool = server.app().pool();
    assert!(keys::revoke(pool, key.id(), &operator()).await.unwrap());
    browser
        .until_true("document.querySelector('[data-part=login-note]').checkVisibility()")
        .await;
    save(&browser).await;
    until_next(&browser, "J 6 soir").await;
    browser.until(STATES, "a_envoyer").await;
    assert_eq!(entered(&server).await.len(), 0);
    browser.click("[data-part=login-link]").await;
    browser
        .until_true("location.pathname === '/auth/login'")
        .await;
    browser.open(&login(&server.key(&grant, None).await)).await;
    browser.until(STATES, "enregistre").await;
    assert_eq!(entered(&server).await.len(), 1);
    let of_the_refusal =
        |complaint: &str| complaint.contains("401") || complaint.contains("WebSocket");
    browser.finish_but_for(of_the_refusal).await;
}

async fn rows(database: &TestDatabase, query: &str) -> Vec<Value> {
    database.rows(query).await
}

/// How many entries of a tab the server has answered.
const POSTS: &str = "performance.getEntriesByType('resource').filter(({ name, responseStatus }) => /\\/api\\/lots\\/\\d+\\/repas$/.test(name) && responseStatus > 0).length";

/// Two tabs write without a network and find it again at the same time.
async fn expect_two_tabs_to_send_each_once(browser: &Browser, server: &TestServer, url: &str) {
    let proxy = Proxy::start(server.address()).await;
    let url = url.replace("PORT", &proxy.address.port().to_string());
    open_entry(browser, &url, "J 6 matin").await;
    browser.run("window.other = open(location.href)").await;
    let in_other = format!("window.other.document.querySelector('{MEAL}')?.textContent ?? null");
    browser.until(&in_other, "J 6 matin — dose prévue").await;
    proxy.set(Line::Cut);
    for next in ["J 6 soir", "J 7 matin", "J 7 soir"] {
        save(browser).await;
        until_next(browser, next).await;
        // The other tab knows of it at once.
        browser
            .until(&in_other, format!("{next} — dose prévue"))
            .await;
    }
    for tab in ["window", "window.other"] {
        browser
            .run(&format!("{tab}.performance.clearResourceTimings()"))
            .await;
    }
    proxy.set(Line::To(Target::Tcp(server.address())));
    browser
        .run("for (const tab of [window.other, window]) tab.dispatchEvent(new Event('online'))")
        .await;
    browser
        .until(STATES, "enregistre,enregistre,enregistre")
        .await;
    assert_eq!(entered(server).await.len(), 3);
    let sent = browser
        .eval(&format!("{POSTS} + window.other.{POSTS}"))
        .await;
    assert_eq!(sent, 3, "each was sent once");
    browser.run("window.other.close()").await;
}

#[actix_web::test]
async fn two_tabs_send_what_was_written_once() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    expect_two_tabs_to_send_each_once(&browser, &server, "http://127.0.0.1:PORT/gaveur/7").await;
    browser.finish_but_for(of_the_line).await;
}

#[actix_web::test]
async fn over_plain_http_the_page_says_that_it_must_stay_open_and_two_tabs_still_send_once() {
    let barn = "--host-resolver-rules=MAP grange 127.0.0.1";
    let Some(browser) = Browser::start_with(&[barn]).await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    expect_two_tabs_to_send_each_once(&browser, &server, "http://grange:PORT/gaveur/7").await;
    assert_eq!(
        browser
            .eval("isSecureContext || 'locks' in navigator")
            .await,
        false
    );
    let note = browser.text("[data-part=offline-note]").await;
    assert!(
        note.starts_with("Hors connexion seulement page ouverte"),
        "{note}"
    );
    browser.finish_but_for(of_the_line).await;
}

#[actix_web::test]
async fn on_a_line_of_two_seconds_the_page_is_there_within_six_and_the_next_dose_without_any_line()
{
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    let proxy = Proxy::start(server.address()).await;
    let url = format!("http://{}/gaveur/7", proxy.address);
    browser.devtools("Network.enable", json!({})).await;
    let slow = json!({"offline": false, "latency": 2_000, "downloadThroughput": 50_000, "uploadThroughput": 50_000});
    browser
        .devtools("Network.emulateNetworkConditions", slow)
        .await;
    open_entry(&browser, &url, "J 6 matin").await;
    let painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
    let first = browser.eval(painted).await.as_f64().unwrap();
    assert!(first < 6_000.0, "the first paint came after {first} ms");
    until_kept(&browser).await;

    // Nothing is answered any more.
    proxy.set(Line::Stalled);
    browser.reload().await;
    browser.until_text(DOSE, "470").await;
    until_seen(&browser).await;
    let shown = browser.eval("performance.now()").await.as_f64().unwrap();
    assert!(shown < 6_000.0, "the next dose was there after {shown} ms");
    proxy.set(Line::Cut);
    browser.finish_but_for(of_the_line).await;
}

#[actix_web::test]
async fn the_kept_page_answers_nothing_of_the_api_and_leaves_with_the_version() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = TestServer::start().await;
    planned(&server, LOT, 12).await;
    open_entry(&browser, &server.url("/gaveur/7"), "J 6 matin").await;
    until_kept(&browser).await;
    browser
        .run("caches.keys().then(async (names) => { window.names = names; window.held = (await (await caches.open(names[0])).keys()).map(({ url }) => new URL(url).pathname.replace(/v-\\w+/, 'v')).sort(); })")
        .await;
    browser.until_true("window.held").await;
    assert_eq!(
        browser.eval("window.held").await,
        json!([
            "/gaveur/7",
            "/static/v/favicon.svg",
            "/static/v/js/early-preferences.js",
            "/static/v/pages/gaveur.css",
            "/static/v/pages/gaveur.js"
        ])
    );
    let version = "window.names.length === 1 && document.querySelector('script[type=module]').src.includes(window.names[0].replace('gaveurs-', ''))";
    assert_eq!(browser.eval(version).await, true);
    // The name of the policy was used, and its maker makes one address.
    let again = "(() => { try { trustedTypes.createPolicy('service-worker', { createScriptURL: String }); return 'made'; } catch (error) { return error.name; } })()";
    assert_eq!(browser.eval(again).await, "TypeError");
    let of_policy = |complaint: &str| complaint.contains("Policy") || complaint.contains("policy");
    browser.finish_but_for(of_policy).await;
}
