//! A page of a foreign site, opened in the browser of somebody who can reach the server.

use crate::{
    browser::Browser,
    common::server::{TestServer, until},
    populated::server_with_everything_and,
};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Every name that ends in `.example` leads to this machine.
const RESOLVER: &str = "--host-resolver-rules=MAP *.example 127.0.0.1";
const PAGE: &str = include_str!("hostile_page.html");

/// Serves the page, for whatever is asked; returns the port.
async fn serve() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::task::spawn_local(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut asked = [0; 4_096];
            let _ = client.read(&mut asked).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let answer = format!("{head}Content-Length: {}\r\n\r\n{PAGE}", PAGE.len());
            let _ = client.write_all(answer.as_bytes()).await;
        }
    });
    port
}

/// Opens the page under this name, lets it try everything, and returns what became of its sockets.
async fn attack(browser: &Browser, page: &str, server: SocketAddr) -> serde_json::Value {
    browser.open(page).await;
    browser.run(&format!("attack('{server}')")).await;
    browser.until_true("window.outcome").await;
    browser.eval("window.outcome").await
}

/// What a page could have changed.
async fn state(server: &TestServer) -> Vec<serde_json::Value> {
    let counts = "SELECT (SELECT count(*) FROM gavage_data) AS meals,
        (SELECT count(*) FROM sensor_samples) AS samples,
        (SELECT count(*) FROM alertes WHERE acquittee_le IS NOT NULL) AS acknowledged,
        (SELECT array_agg(statut ORDER BY lot_id) FROM sqal_pending_lots) AS control";
    server.rows(counts).await
}

#[actix_web::test]
async fn a_foreign_page_reads_no_socket_and_changes_nothing_and_one_that_is_named_does() {
    let Some(browser) = Browser::start_with(&[RESOLVER]).await else {
        return;
    };
    let port = serve().await;
    let friend = format!("http://friend.example:{port}");
    let server = server_with_everything_and(&["--cors-origins", &friend]).await;
    let before = state(&server).await;
    let evil = format!("http://evil.example:{port}/");
    let outcome = attack(&browser, &evil, server.address()).await;
    let refused = vec!["refused"; 5];
    assert_eq!(outcome["sockets"], serde_json::json!(refused));
    assert_eq!(outcome["sandboxed"], serde_json::json!(refused));
    until("every attempt was refused", async || {
        let counted = r#"gaveurs_refusals_total{reason="foreign_page"}"#;
        // Five sockets of the page and of its sandboxed frame, two POSTs by script and two by form.
        server.metric(counted).await >= 14.0
    })
    .await;
    assert_eq!(state(&server).await, before);

    // The name leads to our own port.
    let rebound = format!("http://evil.example:{}/", server.address().port());
    browser.open(&rebound).await;
    let shown = browser.text("body").await;
    assert!(shown.contains("--hosts"), "{shown}");

    let outcome = attack(&browser, &friend, server.address()).await;
    assert_eq!(outcome["sockets"], serde_json::json!(vec!["open"; 5]));
    until("the alert is acknowledged", async || {
        state(&server).await != before
    })
    .await;
    browser.finish_but_for(|_| true).await;
    server.finish().await;
}
