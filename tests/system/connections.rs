//! HTTP connections: how many are allowed, how long they may take, and that health is always answered.

use crate::common::{
    database::TestDatabase,
    raw::{self, Answer, answer, get},
    server::{DEADLINE, TestServer, ask, settings, until},
};
use futures_util::future::{join, join_all};
use gaveurs::app::Application;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

/// Starts a request whose body is never completed.
async fn slow_post(address: SocketAddr, path: &str, number: usize) -> TcpStream {
    let (length, begin) = match number % 2 {
        0 => ("Content-Length: 100", "{"),
        _ => ("Transfer-Encoding: chunked", "1\r\n{\r\n"),
    };
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n{begin}");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn last_answer(mut stream: TcpStream) -> Answer {
    let answer = timeout(DEADLINE, answer(&mut stream)).await;
    answer.expect("the server ends the connection")
}

#[actix_web::test]
async fn slow_posts_close_the_door_to_nobody_but_themselves_and_never_to_health() {
    let flags = ["--max-http-connections", "8", "--body-timeout", "3s"];
    let server = TestServer::start_with(&flags).await;
    let address = server.address();
    let path = "/api/alertes/1/acquitter";
    let mut slow = Vec::new();
    until("all places are taken", async || {
        slow.push(slow_post(address, path, slow.len()).await);
        raw::ask(address, &get("/api/lots/")).await.status == 503
    })
    .await;
    let beyond = join_all((8..60).map(|number| slow_post(address, path, number))).await;
    for path in ["/health", "/health/live", "/health/ready", "/metrics"] {
        assert_eq!(raw::ask(address, &get(path)).await.status, 200, "{path}");
    }
    server.connect("/ws/realtime").await.close().await;
    for refused in join_all(beyond.into_iter().map(last_answer)).await {
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(refused.head.contains("retry-after: "), "{refused:?}");
    }
    let late = join_all(slow.into_iter().map(last_answer)).await;
    let with_status = |status| late.iter().filter(|late| late.status == status).count();
    // The last one may have been refused because another request used the last permit.
    assert!(with_status(408) >= 8 && with_status(408) + with_status(503) == late.len());
    assert_eq!(server.status("/api/lots/").await, 200);
    server.finish().await;
}

#[actix_web::test]
async fn a_body_has_its_deadline_also_where_nobody_wants_one() {
    let server = TestServer::start_with(&["--body-timeout", "300ms"]).await;
    let paths = ["/nothing", "/api/lots/", "/health", "/"];
    let slow = (0..8).map(|number| slow_post(server.address(), paths[number / 2], number));
    for late in join_all(join_all(slow).await.into_iter().map(last_answer)).await {
        assert_eq!(late.status, 408, "{late:?}");
    }
    server.finish().await;
}

/// Sends a request over a keep-alive connection and reads the head of the response.
async fn ask_over(stream: &mut TcpStream) -> bool {
    let request = "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if stream.write_all(request.as_bytes()).await.is_err() {
        return false;
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    head.starts_with(b"HTTP/1.1 200 ")
}

#[actix_web::test]
async fn an_idle_connection_stays_open_for_longer_than_a_balancer_keeps_one_or_for_as_long_as_is_set()
 {
    let patient = async {
        let server = TestServer::start().await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        assert!(ask_over(&mut stream).await);
        // Longer than the HTTP layer's default of five seconds.
        sleep(Duration::from_secs(7)).await;
        assert!(ask_over(&mut stream).await);
        drop(stream);
        server.finish().await;
    };
    let brief = async {
        let server = TestServer::start_with(&["--keep-alive", "6s"]).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        assert!(ask_over(&mut stream).await);
        let (idle, mut rest) = (Instant::now(), Vec::new());
        let end = timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        assert_eq!(end.unwrap().unwrap(), 0);
        // The HTTP layer looks at its clock every half second.
        assert!(idle.elapsed() > Duration::from_secs(4));
        server.finish().await;
    };
    join(patient, brief).await;
}

#[actix_web::test]
async fn whatever_ends_the_http_server_ends_the_run_with_an_error() {
    let database = TestDatabase::create_bare().await;
    let app = Application::build(&settings(&database.url(), &[]))
        .await
        .unwrap();
    let address = app.address();
    assert_eq!(ask(address, "/health").await.0, 200);
    app.http().stop(false).await;
    let ended = timeout(DEADLINE, app.run(std::future::pending())).await;
    let error = ended.expect("it ends").unwrap_err().to_string();
    assert!(error.contains("the HTTP server ended"), "{error}");
    assert!(TcpStream::connect(address).await.is_err());
}
