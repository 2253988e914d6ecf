//! `/api/etat`: what it says of a server, also without its database.

use crate::{
    common::{
        client::Client,
        proxy::Line,
        readings::meal,
        server::{TestServer, ask, until},
    },
    outage::Distant,
};
use serde_json::{Value, json};
use tokio::time::Instant;

async fn status(app: &gaveurs::app::Application) -> Value {
    let (code, status) = ask(app.address(), "/api/etat").await;
    assert_eq!(code, 200, "{status}");
    status
}

async fn producer(app: &gaveurs::app::Application) -> Client {
    let mut producer = Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    producer
}

fn part<'a>(status: &'a Value, name: &str) -> &'a Value {
    let parts = status["parties"].as_array().unwrap();
    parts.iter().find(|part| part["partie"] == name).unwrap()
}

#[actix_web::test]
async fn a_server_at_work_says_that_all_is_well_who_sends_and_which_database_it_has() {
    let server = TestServer::start().await;
    let mut feeder = producer(server.app()).await;
    feeder.ask(meal("LL2611001", 7, 0)).await;
    feeder.ask(meal("LL2611001", 7, 1)).await;
    let mut station = server.connect("/ws/sensors/").await;
    station.next_of("connection_established").await;
    station
        .ask(json!({"type": "esp32_hello", "device_id": "ESP32_MT_01"}))
        .await;
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    feeder.close().await;
    until("the database has been asked", async || {
        !status(server.app()).await["base"].is_null()
    })
    .await;
    let said = status(server.app()).await;
    assert_eq!(said["situation"], "tout_va_bien");
    assert_eq!(said["base_injoignable_depuis"], Value::Null);
    assert_eq!(said["en_attente"], json!({"releves": 0, "echantillons": 0}));
    assert_eq!(said["releves_par_minute"], 2);
    assert_eq!(said["ecrans"], 1);
    assert_eq!(said["serveur"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(said["base"]["genre"], "PostgreSQL");
    let version = server
        .rows("SELECT current_setting('server_version_num')::int / 10000 AS major")
        .await;
    let shown = said["base"]["version"].as_str().unwrap();
    assert!(
        shown.starts_with(&version[0]["major"].to_string()),
        "{shown}"
    );
    assert!(said["base"]["taille_octets"].as_i64().unwrap() > 1_000_000);
    let producers = said["producteurs"].as_array().unwrap().iter();
    let producers: Vec<_> = producers
        .map(|it| json!([it["genre"], it["nom"], it["site_code"], it["messages"]]))
        .collect();
    let expected = [
        json!(["gaveur", "7", "LL", 2]),
        json!(["station", "ESP32_MT_01", "MT", 1]),
    ];
    assert_eq!(producers, expected);
    let ended = until_ended(&server).await;
    assert_eq!(
        ended,
        json!([{"raison": "no_status", "derniere_heure": 1, "total": 1}])
    );
    // Nothing is said of the time before the start.
    let minutes = part(&said, "base")["minutes"].as_array().unwrap();
    assert_eq!(minutes.len(), 60);
    assert!(minutes[..58].iter().all(Value::is_null), "{minutes:?}");
    assert_eq!(minutes[59], "ok");
    assert_eq!(part(&said, "stations")["etat"], "ok");
    station.close().await;
    screen.close().await;
    server.finish().await;
}

async fn until_ended(server: &TestServer) -> Value {
    until("the end of the producer is counted", async || {
        status(server.app()).await["deconnexions"] != json!([])
    })
    .await;
    status(server.app()).await["deconnexions"].clone()
}

#[actix_web::test]
async fn without_its_database_it_answers_at_once_since_when_and_how_many_readings_wait() {
    let distant = Distant::start(&[]).await;
    let app = &distant.app;
    let mut feeder = producer(app).await;
    assert_eq!(feeder.ask(meal("LL2611001", 1, 0)).await["type"], "ack");
    until("the database has been asked", async || {
        !status(app).await["base"].is_null()
    })
    .await;
    distant.proxy.set(Line::Cut);
    for number in 1..=3 {
        feeder.send(meal("LL2611001", 1, number)).await;
    }
    until("the readings wait", async || {
        let said = status(app).await;
        said["situation"] == "base_injoignable" && said["en_attente"]["releves"] == 3
    })
    .await;
    let asked = Instant::now();
    let said = status(app).await;
    assert!(asked.elapsed().as_secs() < 2, "{:?}", asked.elapsed());
    let since: jiff::Timestamp = said["base_injoignable_depuis"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let now: jiff::Timestamp = said["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(since < now && now.duration_since(since).as_secs() < 60);
    assert_eq!(said["refuses"], 0);
    assert!(
        said["base"]["taille_octets"].is_i64(),
        "it is the last that is known"
    );

    distant.proxy.set(Line::To(distant.target.clone()));
    for _ in 1..=3 {
        assert_eq!(feeder.next().await["type"], "ack");
    }
    until("all is well again", async || {
        let said = status(app).await;
        said["base_injoignable_depuis"].is_null() && said["en_attente"]["releves"] == 0
    })
    .await;
    distant.end([feeder]).await;
}
