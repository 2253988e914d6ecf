//! The state of the server, also while its PostgreSQL is stopped.

use crate::{
    browser::Browser,
    common::{
        client::Client,
        readings::reading,
        server::{settings, until},
    },
    populated::{open_populated, server_with_everything},
};
use gaveurs::{
    app::Application,
    embedded::{Cluster, ClusterSettings},
};
use std::{os::unix::fs::PermissionsExt, path::Path};

const SENTENCE: &str = "[data-part=sentence]";

async fn start_cluster(directory: &Path) -> Cluster {
    let settings = ClusterSettings {
        data_dir: directory.to_path_buf(),
        ..ClusterSettings::default()
    };
    Cluster::start(&settings).await.unwrap()
}

#[actix_web::test]
async fn while_postgresql_is_stopped_the_page_says_since_when_and_how_many_readings_wait() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let cluster = start_cluster(directory.path()).await;
    cluster.create_database("gaveurs").await.unwrap();
    let url = cluster.url("gaveurs");
    let app = Application::build(&settings(&url, &[])).await.unwrap();
    let page = format!("http://{}/etat", app.address());
    browser.open(&page).await;
    browser.until_text(SENTENCE, "Tout va bien").await;
    let size = "document.querySelector('[data-figure=size]').textContent";
    browser
        .until_true(&format!("/^\\d+,\\d\\sMo, mesurée il y a/.test({size})"))
        .await;

    cluster.stop().await.unwrap();
    let mut producer = Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    for jour in 0..2 {
        producer.send(reading("LL2611001", 7, jour, "matin")).await;
    }
    let waits = "/^Base injoignable depuis \\d\\d:\\d\\d ; 2 relevés attendent, rien n’est perdu$/";
    let sentence = format!("document.querySelector('{SENTENCE}').textContent");
    browser
        .until_true(&format!("{waits}.test({sentence})"))
        .await;
    // A page that is opened meanwhile says it too, and that the database is down, in this very minute.
    browser.open(&page).await;
    browser
        .until_true(&format!("{waits}.test({sentence})"))
        .await;
    browser
        .until_text("[data-server-part=base] [data-part=state]", "panne")
        .await;
    let last =
        "document.querySelector('[data-server-part=base] .minutes').lastElementChild.dataset.state";
    browser.until(last, "panne").await;
    browser
        .until_text("[data-part=producers] [data-part=name]", "7")
        .await;

    let cluster = start_cluster(directory.path()).await;
    for _ in 0..2 {
        assert_eq!(producer.next().await["type"], "ack");
    }
    browser.until_text(SENTENCE, "Tout va bien").await;
    producer.close().await;
    browser.finish().await;
    app.stop().await.unwrap();
    cluster.stop().await.unwrap();
}

#[actix_web::test]
async fn the_history_has_gaps_where_the_server_did_not_run_and_disconnections_have_reasons() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let server = server_with_everything().await;
    until("the producers are gone", async || {
        server.census().await.sessions == 0
    })
    .await;
    open_populated(&browser, &server, "/etat").await;
    let known = "document.querySelectorAll('[data-server-part=base] .minutes [data-state]').length";
    let cells = "document.querySelectorAll('[data-server-part=base] .minutes span').length";
    assert_eq!(browser.eval(cells).await, 60);
    browser
        .until_true(&format!("{known} >= 1 && {known} <= 3"))
        .await;
    let reasons = "Array.from(document.querySelectorAll('[data-part=ended] [data-part=reason]'), (one) => one.textContent)";
    browser
        .until(reasons, serde_json::json!(["fermée sans code"]))
        .await;
    browser.become_a_phone().await;
    browser
        .until("document.documentElement.scrollWidth", 390)
        .await;
    browser.finish().await;
    server.finish().await;
}
