//! All pages with data in each of their parts.

use crate::{
    browser::Browser,
    common::server::TestServer,
    feed::{feed, meal, meals, post, with},
    samples::{sample, scan, station},
};
use serde_json::json;

pub const PAGES: [&str; 11] = [
    "/",
    "/gaveur/2",
    "/gaveur/2?vue=lots",
    "/sqal",
    "/alertes",
    "/lot/LL2611001",
    "/pilotage",
    "/boucle",
    "/lots/nouveau",
    "/sqal/ESP32_MT_01",
    "/etat",
];

const FINISHED: &str = "MT2611001";

/// Three lots of twelve meals, one of them too warm and one in quality control, and a sample with a defect.
pub async fn server_with_everything() -> TestServer {
    server_with_everything_and(&[]).await
}

/// The same with further flags.
pub async fn server_with_everything_and(flags: &[&str]) -> TestServer {
    let server = TestServer::start_with(flags).await;
    let finished = json!({"pret_abattage": true});
    let warm = json!({"temperature_stabule": 29.5});
    let lots = [
        meals("LL2611001", 2, 11),
        vec![with(meal("LL2611001", 2, 11, 12), &warm)],
        meals("LL2611002", 2, 12),
        meals(FINISHED, 3, 11),
        vec![with(meal(FINISHED, 3, 11, 12), &finished)],
    ];
    feed(&server, &lots.concat()).await;
    let plan = json!({
        "site_code": "MT", "gaveur_id": 3, "genetique": "Mulard", "nombre_canards": 900, "debut_lot": "2026-12-07",
        "duree_gavage_prevue": 10, "par": "Anne",
    });
    post(&server, "/api/lots", plan).await;
    let claim = format!("/api/sqal/pending-lots/{FINISHED}/claim");
    post(&server, &claim, json!({"station": "ESP32_MT_01"})).await;
    let mut device = station(&server).await;
    let mut spoilt = sample("S-1", "ESP32_MT_01", 0.7);
    spoilt["fusion"]["combined_defects"] =
        json!([{"type": "hematome", "severity": 0.3, "pos": [1, 6]}]);
    scan(&mut device, spoilt).await;
    device.close().await;
    server
}

/// Opens a page and waits until it shows that server's data.
pub async fn open_populated(browser: &Browser, server: &TestServer, path: &str) {
    let charts = "((charts) => charts.length > 0 && charts.every((chart) => /12 (repas|meals)/.test(chart.ariaLabel)))
        (Array.from(document.querySelectorAll('[data-lot] [role=img]')))";
    let there = match path {
        "/" => "document.querySelector('.lot [d]') && !/–/.test(document.querySelector('[data-part=total]').textContent)".to_owned(),
        "/sqal" => "document.querySelector('[data-figure=sample_id]')?.textContent === 'S-1' && document.querySelector('[data-queued]')".to_owned(),
        "/sqal/ESP32_MT_01" => "document.querySelector('[data-foie]') && document.querySelector('[data-measure]')".to_owned(),
        "/etat" => "document.querySelector('[data-server-part=base] .minutes [data-state]')".to_owned(),
        "/alertes" => "document.querySelector('.alert')".to_owned(),
        "/gaveur/2" => "document.querySelector('.entry-card') && document.querySelector('.entry-alert')".to_owned(),
        "/boucle" => "document.querySelector('[data-part=state]').textContent.startsWith(document.documentElement.lang === 'en' ? 'No advice' : 'Aucun conseil')".to_owned(),
        "/lots/nouveau" => "document.querySelector('[name=gaveur_id] option') && document.querySelector('[data-part=rows] a')".to_owned(),
        "/pilotage" => "document.querySelector('[data-tile]')".to_owned(),
        "/lot/LL2611001" => r"document.querySelector('.alert') && /12 (repas|meals)/.test(document.querySelector('[data-part=doses]').ariaLabel)".to_owned(),
        _ => charts.to_owned(),
    };
    browser.open(&server.url(path)).await;
    browser.until_true(&there).await;
}
