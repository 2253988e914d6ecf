//! Producers, screens and requests of these tests.

use crate::common::{client::Client, server::TestServer};
use serde_json::{Value, json};

/// A socket whose welcome has been read.
pub async fn welcomed(server: &TestServer, path: &str) -> Client {
    let mut client = server.connect(path).await;
    client.next().await;
    client
}

/// A supervision screen that has its snapshot.
pub async fn supervision(server: &TestServer) -> Client {
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("site_stats").await;
    screen
}

/// Status and JSON body of a POST.
pub async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let request = awc::Client::default().post(server.url(path));
    let mut response = match body {
        Value::Null => request.send().await.unwrap(),
        body => request.send_json(&body).await.unwrap(),
    };
    let status = response.status().as_u16();
    let body = response.body().limit(1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(json!(null)))
}
