//! Pages of foreign origins, and names that are not the server's.

use crate::common::{
    raw::{self, Answer},
    server::{DEADLINE, TestServer},
};
use std::net::SocketAddr;
use tokio::time::timeout;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{
        client::IntoClientRequest,
        http::{HeaderName, HeaderValue},
    },
};

const SOCKETS: [&str; 5] = [
    "/ws/gavage",
    "/ws/sensors/",
    "/ws/realtime/",
    "/ws/gaveur/7",
    "/ws/notifications/",
];
const POSTS: [&str; 5] = [
    "/api/euralis/alertes/1/acquitter",
    "/api/alertes/1/acquitter/",
    "/api/sqal/alerts/1/acknowledge",
    "/api/sqal/pending-lots/LL2611001/claim",
    "/api/sqal/pending-lots/LL2611001/finish",
];

type Header = (&'static str, &'static str);

/// Sends a request for an upgrade, or a POST, with these headers.
async fn ask(address: SocketAddr, path: &str, headers: &[Header]) -> Answer {
    let mut request = if path.starts_with("/ws") {
        format!(
            "GET {path} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        )
    } else {
        format!("POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n")
    };
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += if path.starts_with("/ws") {
        "\r\n"
    } else {
        "\r\n{}"
    };
    let answer = timeout(DEADLINE, raw::ask(address, &request)).await;
    answer.expect("the server answers and ends the connection")
}

/// Opens and closes a socket from a page of this origin.
async fn open(address: SocketAddr, path: &str, headers: &[Header]) {
    let mut request = format!("ws://{address}{path}")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_static(name);
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    let opened = timeout(DEADLINE, connect_async(request)).await.unwrap();
    let (mut socket, _) = opened.unwrap_or_else(|error| panic!("{path} {headers:?}: {error}"));
    socket.close(None).await.unwrap();
}

#[actix_web::test]
async fn a_foreign_page_can_neither_write_nor_open_a_socket_and_the_refusal_names_the_setting() {
    let server = TestServer::start().await;
    let host = ("Host", "localhost");
    let foreign: [&[Header]; 5] = [
        &[host, ("Origin", "https://evil.example")],
        &[
            host,
            ("Origin", "https://evil.example"),
            ("Sec-Fetch-Site", "same-origin"),
        ],
        &[host, ("Origin", "null")],
        &[host, ("Sec-Fetch-Site", "cross-site")],
        // The port of another program on this machine.
        &[host, ("Origin", "http://localhost:1")],
    ];
    for path in SOCKETS.into_iter().chain(POSTS) {
        for headers in foreign {
            let refused = ask(server.address(), path, headers).await;
            assert_eq!(refused.status, 403, "{path} {headers:?}: {refused:?}");
            assert!(refused.body.contains("--cors-origins"), "{refused:?}");
        }
    }
    let counted = r#"gaveurs_refusals_total{reason="foreign_page"}"#;
    assert_eq!(server.metric(counted).await, 50.0);
    server.finish().await;
}

#[actix_web::test]
async fn our_own_pages_those_that_are_named_older_screens_and_stations_may_write_and_open_sockets()
{
    let named = "https://ecran.example,null";
    let server = TestServer::start_with(&["--cors-origins", named]).await;
    let welcome: [&[Header]; 6] = [
        &[
            ("host", "localhost:8000"),
            ("origin", "http://localhost:8000"),
        ],
        &[("host", "localhost"), ("origin", "https://localhost")],
        &[
            ("origin", "https://ecran.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://localhost:5173")],
        &[("origin", "file://")],
    ];
    for headers in welcome {
        for path in SOCKETS {
            open(server.address(), path, headers).await;
        }
        let mut headers = headers.to_vec();
        if !headers.iter().any(|(name, _)| *name == "host") {
            headers.push(("host", "localhost"));
        }
        for path in POSTS {
            let answer = ask(server.address(), path, &headers).await;
            // There is no such alert or lot, or the body lacks a name.
            assert!(
                [404, 422].contains(&answer.status),
                "{path} {headers:?}: {answer:?}"
            );
        }
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_request_for_a_name_that_is_not_ours_is_refused_except_for_health() {
    let server = TestServer::start_with(&["--hosts", "gavage.example"]).await;
    let get = async |host: &str, path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n\r\n");
        raw::ask(server.address(), &head).await
    };
    let rebound = "evil.example:8000";
    for path in [
        "/",
        "/static/css/app.css",
        "/api/lots",
        "/metrics",
        "/docs/",
        "/nothing",
    ] {
        let refused = get(rebound, path).await;
        assert_eq!(refused.status, 421, "{path}: {refused:?}");
        assert!(refused.body.contains("--hosts"), "{refused:?}");
        for ours in ["gavage.example", "127.0.0.1:1", "[::1]", "backend:8000"] {
            let answer = get(ours, path).await;
            assert_ne!(answer.status, 421, "{ours} {path}: {answer:?}");
        }
    }
    let page = [("Host", "evil.example"), ("Origin", "http://evil.example")];
    for path in SOCKETS.into_iter().chain(POSTS) {
        let refused = ask(server.address(), path, &page).await;
        assert_eq!(refused.status, 421, "{path}: {refused:?}");
    }
    for path in ["/health", "/health/", "/health/ready", "/healthz"] {
        assert_eq!(get(rebound, path).await.status, 200, "{path}");
    }
    let counted = r#"gaveurs_refusals_total{reason="foreign_host"}"#;
    assert_eq!(server.metric(counted).await, 16.0);
    server.finish().await;
}
