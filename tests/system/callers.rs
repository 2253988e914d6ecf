//! Limits of those who present keys, and programs that are known by their address.

use crate::common::{
    client::Client,
    http,
    readings::meal,
    server::{TestServer, until},
};
use gaveurs::domain::{access::Role, grant::Grant, key::Key, site::Site};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};
use ureq::http::{Request, Response};

const HOME: &str = "192.0.2.1";
const BARN: &str = "192.0.2.2";
/// In no network that a test trusts.
const ELSEWHERE: &str = "198.51.100.1";

/// Trusts the tests as proxies that name their clients.
async fn start(flags: &[&str]) -> TestServer {
    let always = ["--auth", "on", "--trusted-proxies", "127.0.0.1"];
    TestServer::start_with(&[&always, flags].concat()).await
}

fn supervisor() -> Grant {
    Grant {
        sites: [Site::Ll].into(),
        ..Grant::new(Role::Superviseur)
    }
}

/// Asks as this client, with further headers.
async fn ask(
    server: &TestServer,
    client: &str,
    path: &str,
    headers: &[(&str, String)],
) -> Response<String> {
    let request = Request::get(server.url(path)).header("x-forwarded-for", client);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, value)
    });
    http::send(request.body(()).unwrap()).await.unwrap()
}

fn bearer(key: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {key}"))
}

async fn status(server: &TestServer, client: &str, key: &str) -> u16 {
    let answer = ask(server, client, "/api/lots", &[bearer(key)]).await;
    answer.status().as_u16()
}

fn refused(connected: Result<Client, Error>) -> u16 {
    match connected {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("let in"),
    }
}

async fn count(server: &TestServer, reason: &str) -> f64 {
    let sample = format!("gaveurs_refusals_total{{reason=\"{reason}\"}}");
    server.metric(&sample).await
}

#[actix_web::test]
async fn a_script_with_a_bad_key_is_told_to_wait_and_a_farmer_behind_the_same_address_is_not() {
    let server = start(&[]).await;
    let good = server.key(&supervisor(), None).await;
    let bad = Key::generate(&mut rand::rng());
    for _ in 0..10 {
        assert_eq!(status(&server, HOME, bad.reveal()).await, 401);
    }
    // Another place may become free meanwhile, every six seconds.
    until("the address is told to wait", async || {
        status(&server, HOME, bad.reveal()).await == 429
    })
    .await;
    let answer = ask(&server, HOME, "/api/lots", &[bearer("gvk_nothing")]).await;
    assert_eq!(answer.status(), 429, "{}", answer.body());
    assert_eq!(answer.headers()["retry-after"], "60");
    let socket = |key: &str| format!("/ws/realtime/?key={key}");
    let connect = async |path: String| Client::try_connect_for(HOME, server.address(), &path).await;
    assert_eq!(refused(connect(socket(bad.reveal())).await), 429);
    let log_in = Request::post(server.url("/auth/key")).header("x-forwarded-for", HOME);
    let log_in = log_in.header("content-type", "application/json");
    let pasted = json!({"key": bad.reveal()}).to_string();
    let answer = http::send(log_in.body(pasted).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(count(&server, "too_many_failures").await >= 4.0);
    assert!(count(&server, "bad_credentials").await >= 10.0);

    assert_eq!(status(&server, HOME, good.reveal()).await, 200);
    connect(socket(good.reveal())).await.unwrap().close().await;
    assert_eq!(status(&server, BARN, bad.reveal()).await, 401);
    // A browser whose login has ended is led to the login page, and its pages ask whether it has.
    let cookie = ("cookie", format!("__Host-gaveurs={}", bad.reveal()));
    let page = ("accept", "text/html".to_owned());
    for (path, headers, expected) in [
        ("/auth/me", vec![cookie.clone()], 401),
        ("/auth/login", vec![cookie, page], 200),
    ] {
        let answer = ask(&server, HOME, path, &headers).await;
        assert_eq!(answer.status(), expected, "{path}");
    }
    // Who presents nothing has presented nothing bad.
    assert_eq!(ask(&server, HOME, "/api/lots", &[]).await.status(), 401);
    server.stop().await;
}

#[actix_web::test]
async fn one_who_asks_too_often_or_opens_too_many_sockets_takes_nothing_from_others() {
    let server = start(&["--request-rate", "1", "--max-connections-per-person", "1"]).await;
    let one = server.key(&supervisor(), None).await;
    let other = server.key(&supervisor(), None).await;
    until("the one has asked too often", async || {
        status(&server, HOME, one.reveal()).await == 429
    })
    .await;
    // From anywhere, but not for what needs no key.
    let answer = ask(&server, BARN, "/api/lots", &[bearer(one.reveal())]).await;
    assert_eq!(answer.status(), 429, "{}", answer.body());
    assert_eq!(answer.headers()["retry-after"], "1");
    for _ in 0..20 {
        let answer = ask(
            &server,
            HOME,
            "/static/css/app.css",
            &[bearer(one.reveal())],
        )
        .await;
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(status(&server, HOME, other.reveal()).await, 200);
    assert!(count(&server, "too_many_requests").await >= 2.0);

    let connect = async |client, key: &Key, path: &str| {
        let path = format!("{path}?key={}", key.reveal());
        Client::try_connect_for(client, server.address(), &path).await
    };
    let wall = "/ws/realtime/";
    let first = connect(HOME, &one, wall).await.unwrap();
    assert_eq!(refused(connect(BARN, &one, wall).await), 429);
    assert_eq!(count(&server, "too_many_sockets").await, 1.0);
    let mut open = vec![connect(BARN, &other, wall).await.unwrap()];
    let simulator = server.key(&Grant::new(Role::Simulateur), None).await;
    for _ in 0..3 {
        open.push(connect(BARN, &simulator, "/ws/gavage").await.unwrap());
    }
    first.close().await;
    until("the place is free", async || {
        connect(BARN, &one, wall).await.is_ok()
    })
    .await;
    for client in open {
        client.close().await;
    }
    server.stop().await;
}

/// What a producer is answered to its meals of two sites.
async fn written(mut producer: Client) -> [Value; 2] {
    producer.next().await;
    let answers = [
        producer.ask(meal("LL2611001", 1, 0)).await,
        producer.ask(meal("MT2611001", 3, 0)).await,
    ];
    producer.close().await;
    answers.map(|answer| answer["type"].clone())
}

#[actix_web::test]
async fn a_station_with_a_fixed_address_of_the_server_is_known_by_its_own() {
    let rules = "192.0.2.0/24=station:LL,192.0.2.2=simulateur";
    let server = start(&["--trust-network", rules]).await;
    let connect =
        async |client, path: &str| Client::try_connect_for(client, server.address(), path).await;
    let firmware = connect(HOME, "/ws/gavage").await.unwrap();
    assert_eq!(written(firmware).await, [json!("ack"), json!("error")]);
    // The smaller of two networks counts.
    let barn = connect(BARN, "/ws/gavage").await.unwrap();
    assert_eq!(written(barn).await, [json!("ack"), json!("ack")]);
    connect(HOME, "/ws/sensors/").await.unwrap().close().await;
    assert_eq!(refused(connect(ELSEWHERE, "/ws/gavage").await), 401);
    // It is a station, and no more: neither a wall nor the meals of a farmer.
    for (path, expected) in [
        ("/ws/realtime/", 403),
        ("/ws/gaveur/1", 403),
        ("/ws/notifications/", 403),
    ] {
        assert_eq!(refused(connect(HOME, path).await), expected, "{path}");
    }
    for (path, expected) in [
        ("/api/lots", 403),
        ("/metrics", 403),
        ("/api/sqal/pending-lots", 200),
    ] {
        let answer = ask(&server, HOME, path, &[]).await;
        assert_eq!(answer.status(), expected, "{path}");
    }
    // A key outranks the address, also one that is not valid.
    let simulator = server.key(&Grant::new(Role::Simulateur), None).await;
    let path = |key: &str| format!("/ws/gavage?key={key}");
    let with_key = connect(HOME, &path(simulator.reveal())).await.unwrap();
    assert_eq!(written(with_key).await, [json!("ack"), json!("ack")]);
    assert_eq!(refused(connect(HOME, &path("gvk_nothing")).await), 401);

    // What it does is on record under its network.
    let queue = "INSERT INTO sqal_pending_lots (lot_id) SELECT id FROM lots_gavage WHERE code_lot = 'LL2611001'";
    let client = server.database.client().await;
    client.batch_execute(queue).await.unwrap();
    let claim = Request::post(server.url("/api/sqal/pending-lots/LL2611001/claim"));
    let claim = claim
        .header("x-forwarded-for", HOME)
        .header("content-type", "application/json");
    let body = json!({"station": "ESP32_LL_01"}).to_string();
    let claimed = http::send(claim.body(body).unwrap()).await.unwrap();
    assert_eq!(claimed.status(), 200, "{}", claimed.body());
    let recorded = server
        .rows("SELECT principal, role, address FROM audit WHERE action = 'claim'")
        .await;
    let station = json!({"principal": "net:192.0.2.0/24", "role": "station", "address": HOME});
    assert_eq!(recorded, [station]);
    server.stop().await;
}

async fn handshake(address: SocketAddr, headers: &[(&'static str, &str)]) -> Option<u16> {
    let mut request = format!("ws://{address}/ws/gavage")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok(_) => None,
        Err(Error::Http(response)) => Some(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

#[actix_web::test]
async fn no_page_and_no_unknown_proxy_acts_as_the_machine_that_is_trusted() {
    let flags = ["--auth", "on", "--trust-network", "127.0.0.1=station"];
    let server = TestServer::start_with(&flags).await;
    let own = server.url("");
    for (headers, expected) in [
        (&[][..], None),
        (&[("origin", "file://")], None),
        (&[("origin", own.as_str())], Some(401)),
        // A page of an older screen may use the server, but as its user.
        (&[("origin", "http://localhost:3000")], Some(401)),
        (&[("origin", "https://evil.example")], Some(403)),
        (&[("sec-fetch-site", "same-origin")], Some(401)),
        (&[("x-forwarded-for", "127.0.0.1")], Some(401)),
    ] {
        let refused = handshake(server.address(), headers).await;
        assert_eq!(refused, expected, "{headers:?}");
    }
    server.stop().await;
}
