//! The commit of an entry is known to nobody: its answer is lost, or the server is killed before it answers.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        http,
        proxy::{target_of, through},
        readings::meal,
        server::until,
    },
    doubtful::{Doubtful, Forgetful},
    process::Process,
};
use gaveurs::store::migrate::migrate;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::atomic::Ordering};

const PATH: &str = "/api/lots/LL2611001/repas";

/// The second meal of the lot, under a key of its own.
fn entry() -> Value {
    let now = Timestamp::now();
    json!({
        "cle": "0123456789abcdef", "jour": 0, "moment": "soir", "dose_g": 250, "heure": now, "morts": 1, "temperature_c": 29.5,
        "saisi_le": now, "horloge": now,
    })
}

async fn enter(address: SocketAddr, entry: Value) -> (u16, Value) {
    let answer = http::post(&format!("http://{address}{PATH}"), entry).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

async fn assert_stored_once(database: &TestDatabase, meals: usize) {
    let rows = "SELECT (SELECT count(*) FROM gavage_data) AS meals, (SELECT count(*) FROM repas_versions) AS versions,
        (SELECT count(*) FROM saisies) AS entries, (SELECT count(*) FROM repas_saisis) AS notes, (SELECT count(*) FROM audit) AS record,
        (SELECT count(*) FROM alertes WHERE type = 'temperature') AS alerts";
    assert_eq!(
        database.rows(rows).await,
        [
            json!({"meals": meals, "versions": 0, "entries": 1, "notes": 1, "record": 1, "alerts": 1})
        ]
    );
}

#[actix_web::test]
async fn an_entry_whose_commit_is_in_doubt_gets_its_first_answer_and_reaches_every_screen_once() {
    let server = Doubtful::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    let mut screen = server.connect("/ws/realtime/").await;
    server.lose_one();
    let (status, answer) = enter(server.app.address(), entry()).await;
    server.assert_lost();
    assert_eq!(
        (status, &answer["rejoue"]),
        (201, &json!(false)),
        "{answer}"
    );
    let shown = screen.next_of("gavage_realtime").await;
    assert_eq!(shown["data"]["dose_reelle"], 250.0);
    assert_eq!(screen.next_of("alert").await["event"], "raised");
    producer.ask(meal("LL2611001", 1, 2)).await;
    let later = screen.published("gavage_realtime").await;
    let doses: Vec<_> = later
        .iter()
        .map(|meal| &meal["data"]["dose_reelle"])
        .collect();
    assert_eq!(doses, [&json!(402.5)], "nothing is published twice");
    assert_stored_once(&server.database, 3).await;
    for client in [producer, screen] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn after_the_server_was_killed_between_commit_and_answer_the_retry_is_answered_and_nothing_is_there_twice()
 {
    let database = TestDatabase::create_bare().await;
    migrate(database.pool()).await.unwrap();
    let line = Forgetful::start(target_of(&database.url())).await;
    let url = through(&database.url(), line.address);
    let serve =
        |url: &str| Process::start(&["serve", "--bind", "127.0.0.1:0", "--database-url", url]);
    let mut server = serve(&url);
    let address = server.address().await;
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.next().await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    line.falls_silent.store(true, Ordering::Relaxed);
    line.left.store(1, Ordering::Relaxed);
    let written = entry();
    let unanswered = tokio::task::spawn_local(enter_in_vain(address, written.clone()));
    until("the entry is committed", async || {
        database.rows("SELECT cle FROM saisies").await.len() == 1
    })
    .await;
    server.kill();
    drop(server);
    assert!(unanswered.await.unwrap(), "nobody was answered");
    let mut server = serve(&database.url());
    let address = server.address().await;
    let (status, answer) = enter(address, written).await;
    assert_eq!((status, &answer["rejoue"]), (200, &json!(true)), "{answer}");
    assert_eq!(answer["repas"][0]["effet"], "nouveau");
    assert_stored_once(&database, 2).await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

/// True if no answer comes.
async fn enter_in_vain(address: SocketAddr, entry: Value) -> bool {
    let request = ureq::http::Request::post(format!("http://{address}{PATH}"));
    http::send(request.body(entry.to_string()).unwrap())
        .await
        .is_err()
}
