//! `gaveurs simulate sqal` against a real server.

use super::support::welcomed;
use crate::common::{
    readings::{meal, with},
    server::{DEADLINE, TestServer, until},
};
use futures_util::{SinkExt, StreamExt};
use gaveurs::simulator::{
    feeder::line::Line,
    sqal::{ASK_AGAIN, Choice, Station, StationSettings, Stations},
};
use serde_json::{Value, json};
use std::{cell::Cell, collections::BTreeSet, net::SocketAddr, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::spawn_local,
    time::timeout,
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

#[actix_web::test]
async fn stations_claim_the_lots_that_wait_scan_their_foies_and_end_them() {
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for lot in ["LL2611001", "MT2611001", "LS2611001"] {
        for number in 0..2 {
            let last = json!({"pret_abattage": number == 1, "simule": true});
            producer.ask(with(meal(lot, 1, number), last)).await;
        }
    }
    let stations = Stations {
        server: server.url(""),
        count: 2,
        pace: Duration::from_millis(5),
        foies_per_lot: 12,
        seed: 7,
        ask_every: ASK_AGAIN,
        key: None,
        watcher: None,
        line: Line::default(),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let working = actix_web::rt::spawn(stations.run(async { drop(stopped.await) }));
    until("three lots are inspected", async || {
        server
            .count("SELECT count(*) FROM sqal_pending_lots WHERE terminee_le IS NOT NULL")
            .await
            == 3
    })
    .await;
    stop.send(()).unwrap();
    let total = working.await.unwrap().0;
    assert_eq!(
        (total.lots, total.acked, total.refused, total.unacked),
        (3, 36, 0, 0)
    );
    for lot in server.get("/api/sqal/lots").await.as_array().unwrap() {
        assert_eq!(
            (&lot["echantillons"], &lot["statut"]),
            (&json!(12), &json!("inspected")),
            "{lot}"
        );
    }
    assert_eq!(
        server
            .count("SELECT count(*) FROM sensor_samples WHERE NOT simule OR code_lot IS NULL")
            .await,
        0
    );
    assert_eq!(
        server
            .count("SELECT count(*) FROM sqal_devices WHERE simule")
            .await,
        2
    );
    producer.close().await;
    server.finish().await;
}

/// Passes everything on to the server, except that the answer to the first claim never comes: the connection is lost in its place.
async fn lose_a_claim(listener: TcpListener, server: SocketAddr) {
    let is_lost = Rc::new(Cell::new(false));
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let is_lost = is_lost.clone();
        spawn_local(async move {
            let mut server = TcpStream::connect(server).await.unwrap();
            let (mut asked, mut answer) = ([0; 16_384], [0; 16_384]);
            loop {
                tokio::select! {
                    Ok(read @ 1..) = client.read(&mut asked) => {
                        server.write_all(&asked[..read]).await.unwrap();
                        let head = String::from_utf8_lossy(&asked[..read]).into_owned();
                        if head.starts_with("POST ") && head.contains("/claim ") && !is_lost.replace(true) {
                            assert!(server.read(&mut answer).await.unwrap() > 0);
                            return;
                        }
                    }
                    Ok(read @ 1..) = server.read(&mut answer) => {
                        let _ = client.write_all(&answer[..read]).await;
                    }
                    else => return,
                }
            }
        });
    }
}

#[actix_web::test]
async fn a_station_whose_claim_was_not_answered_claims_that_lot_again_before_any_other() {
    let server = TestServer::start().await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for lot in ["LL2611001", "LL2611002"] {
        let last = json!({"pret_abattage": true, "simule": true});
        producer.ask(with(meal(lot, 1, 0), last)).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxied = format!("http://{}", listener.local_addr().unwrap());
    let losing = spawn_local(lose_a_claim(listener, server.address()));
    let stations = Stations {
        server: proxied,
        count: 1,
        pace: Duration::from_millis(5),
        foies_per_lot: 3,
        seed: 7,
        ask_every: Duration::from_millis(50),
        key: None,
        watcher: None,
        line: Line::default(),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let working = actix_web::rt::spawn(stations.run(async { drop(stopped.await) }));
    until("both lots are inspected", async || {
        let ended = "SELECT count(*) FROM sqal_pending_lots WHERE terminee_le IS NOT NULL";
        server.count(ended).await == 2
    })
    .await;
    stop.send(()).unwrap();
    assert_eq!(working.await.unwrap().0.lots, 2);
    for lot in server.get("/api/sqal/lots").await.as_array().unwrap() {
        assert_eq!(lot["echantillons"], 3, "{lot}");
    }
    losing.abort();
    producer.close().await;
    server.finish().await;
}

/// Serves a queue with one lot, accepts every claim, and returns each WebSocket.
async fn fake_server(
    listener: TcpListener,
    lines: tokio::sync::mpsc::Sender<tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 512];
        let read = stream.peek(&mut head).await.unwrap();
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        if head.starts_with("GET /ws/sensors/") {
            let mut socket = accept_async(stream).await.unwrap();
            let welcome = json!({"type": "connection_established"}).to_string();
            socket.send(Message::text(welcome)).await.unwrap();
            lines.send(socket).await.unwrap();
            continue;
        }
        let body = r#"[{"code_lot":"LL2611001","lot_id":1,"site_code":"LL"}]"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = stream;
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// Ids of the next `count` samples.
async fn samples(
    socket: &mut tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
    count: usize,
) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let frame = timeout(DEADLINE, socket.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        if frame["type"] == "sensor_data" {
            ids.push(frame["sample_id"].as_str().unwrap().to_owned());
        }
    }
    ids
}

#[actix_web::test]
async fn what_is_not_acked_is_sent_again_on_the_next_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let (lines, mut sockets) = tokio::sync::mpsc::channel(4);
    let serving = actix_web::rt::spawn(fake_server(listener, lines));
    let (stop, stopped) = watch::channel(false);
    let settings = StationSettings {
        device_id: "ESP32_LL_01".to_owned(),
        site: "LL",
        server,
        pace: Duration::from_millis(5),
        foies_per_lot: 5,
        seed: 7,
        ask_every: ASK_AGAIN,
        choice: Choice::OwnSiteFirst,
        wanted: None,
        most_lots: None,
        key: None,
        line: Line::default(),
    };
    let working = actix_web::rt::spawn(Station::new(settings).run(stopped));
    let mut first = timeout(DEADLINE, sockets.recv()).await.unwrap().unwrap();
    let sent = samples(&mut first, 5).await;
    let ack = json!({"type": "ack", "sample_id": sent[1]}).to_string();
    first.send(Message::text(ack)).await.unwrap();
    first.close(None).await.unwrap();
    drop(first);
    let mut second = timeout(DEADLINE, sockets.recv()).await.unwrap().unwrap();
    let again = samples(&mut second, 4).await;
    let expected: Vec<_> = sent.iter().filter(|id| **id != sent[1]).cloned().collect();
    assert_eq!(again, expected);
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), 5);
    for id in again {
        let ack = json!({"type": "ack", "sample_id": id}).to_string();
        second.send(Message::text(ack)).await.unwrap();
    }
    stop.send(true).unwrap();
    // Until the station has closed.
    while timeout(DEADLINE, second.next())
        .await
        .unwrap()
        .is_some_and(|frame| frame.is_ok())
    {}
    let summary = timeout(DEADLINE, working).await.unwrap().unwrap();
    assert_eq!(
        (
            summary.acked,
            summary.resent,
            summary.reconnections,
            summary.unacked
        ),
        (5, 4, 1, 0)
    );
    serving.abort();
}
