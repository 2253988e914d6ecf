//! What operators query on a running server.

use crate::common::{
    http,
    readings::meal,
    server::{TestServer, ask_text, until},
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use ureq::http::Request;

#[actix_web::test]
async fn a_server_that_runs_is_healthy_live_ready_and_started() {
    let server = TestServer::start().await;
    let (status, health) = server.ask("/health").await;
    assert_eq!(
        (status, &health["status"], &health["database"]),
        (200, &json!("healthy"), &json!("connected"))
    );
    assert!(health["timestamp"].as_str().unwrap().ends_with('Z'));
    for path in [
        "/health/",
        "/health/live",
        "/health/ready",
        "/health/startup",
        "/health/live/",
    ] {
        assert_eq!(server.status(path).await, 200, "{path}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_metrics_move_with_what_happens() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    let mut gaveur = server.connect("/ws/gaveur/1").await;
    gaveur.settled().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    producer
        .ask(json!([meal("LL2611001", 1, 1), meal("LL2611001", 1, 2)]))
        .await;
    for bad in ["{", "[]", "{}", "7", "{\"jour\": NaN}"] {
        producer.ask(bad).await;
    }
    producer.send_message(Message::binary(vec![0])).await;
    producer.next().await;
    screen.take("gavage_realtime", 3).await;
    gaveur.take("gavage", 3).await;
    screen.next_of("site_stats").await;
    // The supervisor counts a delivery after making it, and the peer may have read the frame already.
    for (topic, least) in [("gaveur", 4.0), ("realtime", 5.0)] {
        let sample = format!("gaveurs_deliveries_total{{topic=\"{topic}\"}}");
        until("its deliveries are counted", async || {
            server.metric(&sample).await >= least
        })
        .await;
    }

    let (status, text) = ask_text(server.address(), "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "gaveurs_readings_stored_total 3",
        "gaveurs_acks_total 2",
        "gaveurs_errors_total{reason=\"invalid_json\"} 1",
        "gaveurs_errors_total{reason=\"empty_batch\"} 1",
        "gaveurs_errors_total{reason=\"invalid_field\"} 1",
        "gaveurs_errors_total{reason=\"not_an_object\"} 1",
        "gaveurs_errors_total{reason=\"not_finite\"} 1",
        "gaveurs_errors_total{reason=\"binary\"} 1",
        "gaveurs_batch_size_sum 3.0",
        "gaveurs_batch_size_count 2",
        "gaveurs_commit_seconds_count 2",
        "gaveurs_sessions{endpoint=\"gavage\"} 1",
        "gaveurs_sessions{endpoint=\"realtime\"} 1",
        "gaveurs_sessions{endpoint=\"gaveur\"} 1",
        "gaveurs_deliveries_total{topic=\"gaveur\"} 4",
        "# EOF",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(
        server
            .metric("gaveurs_deliveries_total{topic=\"realtime\"}")
            .await
            >= 4.0
    );
    for client in [screen, gaveur, producer] {
        client.close().await;
    }
    until("no session is left", async || {
        server
            .metric("gaveurs_sessions{endpoint=\"realtime\"}")
            .await
            == 0.0
    })
    .await;
    server.finish().await;
}

#[actix_web::test]
async fn the_api_is_described_and_has_a_page_that_needs_no_other_host() {
    let server = TestServer::start().await;
    let description = server.get("/api/openapi.json").await;
    for path in [
        "/api/gavage/gaveur/{gaveur_id}",
        "/api/analytics/weekly-report/{gaveur_id}",
        "/api/euralis/sites",
        "/api/lots/",
    ] {
        let bare = path.trim_end_matches('/');
        assert!(
            description["paths"][path].is_object() || description["paths"][bare].is_object(),
            "{path}"
        );
    }
    let (status, page) = ask_text(server.address(), "/docs/").await;
    assert_eq!(status, 200);
    assert!(
        page.contains("swagger-ui") && !page.contains("https://"),
        "{page}"
    );
    let (status, script) = ask_text(server.address(), "/docs/swagger-initializer.js").await;
    assert!(
        status == 200 && script.contains("/api/openapi.json"),
        "{script}"
    );
    server.finish().await;
}

async fn allowed_origin(server: &TestServer, origin: &str) -> Option<String> {
    let request = Request::get(server.url("/health")).header("Origin", origin);
    let response = http::send(request.body(()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let allowed = response.headers().get("Access-Control-Allow-Origin")?;
    Some(allowed.to_str().unwrap().to_owned())
}

#[actix_web::test]
async fn other_origins_may_read_only_when_they_are_named() {
    let closed = TestServer::start().await;
    assert_eq!(allowed_origin(&closed, "https://a.example").await, None);
    closed.finish().await;
    let written = "https://a.example, HTTPS://B.Example:443/";
    let named = TestServer::start_with(&["--cors-origins", written]).await;
    assert_eq!(
        allowed_origin(&named, "https://b.example").await.as_deref(),
        Some("https://b.example")
    );
    assert_eq!(allowed_origin(&named, "https://c.example").await, None);
    named.finish().await;
    let open = TestServer::start_with(&["--cors-origins", "*"]).await;
    assert_eq!(
        allowed_origin(&open, "https://c.example").await.as_deref(),
        Some("*")
    );
    open.finish().await;
}

#[actix_web::test]
async fn more_connections_than_allowed_are_refused_with_503_until_one_leaves() {
    use crate::common::client::Client;
    let server = TestServer::start_with(&["--max-connections", "2"]).await;
    let first = server.connect("/ws/realtime").await;
    let second = server.connect("/ws/gavage").await;
    assert!(
        Client::try_connect(server.address(), "/ws/gavage")
            .await
            .is_err()
    );
    first.close().await;
    until("there is room again", async || {
        match Client::try_connect(server.address(), "/ws/realtime").await {
            Ok(client) => {
                client.close().await;
                true
            }
            Err(_) => false,
        }
    })
    .await;
    second.close().await;
    server.finish().await;
}
