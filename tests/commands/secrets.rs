//! What a server leaves behind of the keys that are shown to it: no secret, neither in its log nor in its database.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        http,
        server::{ask_text, until},
    },
    process::Process,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gaveurs::domain::key::Key;
use rustix::process::{Signal, kill_process};
use serde_json::json;
use std::net::SocketAddr;
use ureq::http::Request;

async fn created(url: &str, role: &str) -> Key {
    let line = [
        "keys",
        "--database-url",
        url,
        "create",
        "--role",
        role,
        "--name",
        "essai",
    ];
    let created = Process::start(&line).ended().await;
    Key::parse(created.stdout.trim()).unwrap_or_else(|| panic!("{:#?}", created.said))
}

/// A key with another last letter, and the checksum of the right one.
fn misspelt(key: &str) -> String {
    let at = key.len() - 10;
    let letter = if key.as_bytes()[at] == b'a' { "b" } else { "a" };
    format!("{}{letter}{}", &key[..at], &key[at + 1..])
}

/// Presents this text in every way in which a key may come, and in some in which it may not.
async fn present(address: SocketAddr, key: &str) {
    let basic = BASE64_STANDARD.encode(format!("essai:{key}"));
    for (name, value) in [
        ("authorization", format!("Bearer {key}")),
        ("authorization", format!("Basic {basic}")),
        ("authorization", key.to_owned()),
        ("cookie", format!("__Host-gaveurs={key}")),
        ("cookie", format!("access_token={key}")),
        ("referer", format!("http://{address}/?key={key}")),
        ("x-api-key", key.to_owned()),
    ] {
        let request = Request::get(format!("http://{address}/api/lots")).header(name, value);
        http::send(request.body(()).unwrap()).await.unwrap();
    }
    for path in [
        "/api/lots?key=",
        "/?key=",
        "/nothing/",
        "/ws/realtime/?key=",
        "/ws/nothing?token=",
    ] {
        ask_text(address, &format!("{path}{key}")).await;
    }
    for path in [
        "/auth/key",
        "/auth/logout",
        "/api/lots/LL2611001/repas",
        "/nothing",
    ] {
        http::post(&format!("http://{address}{path}"), json!({"key": key})).await;
    }
    for endpoint in [
        "realtime/",
        "gavage",
        "sensors/",
        "notifications/",
        "gaveur/1",
    ] {
        for parameter in ["key", "token"] {
            let path = format!("/ws/{endpoint}?sid=a&{parameter}={key}");
            let Ok(mut client) = Client::try_connect(address, &path).await else {
                continue;
            };
            client.send(json!({"type": "auth", "token": key})).await;
            client
                .send(json!({"type": "subscribe", "filters": {"lot": key}}))
                .await;
            client.send(format!("no JSON, but {key}")).await;
            client.settled().await;
            client.close().await;
        }
    }
}

/// Everything in the tables of a database, as text; bytes are in hexadecimal.
async fn dump(database: &TestDatabase) -> String {
    let tables = "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let mut dump = String::new();
    for table in database.rows(tables).await {
        let name = table["name"].as_str().unwrap();
        let rows = database
            .rows(&format!("SELECT whole::text AS line FROM {name} whole"))
            .await;
        dump += &format!("{name}: {}\n", json!(rows));
    }
    dump
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[actix_web::test]
async fn neither_the_log_nor_the_database_holds_the_secret_of_a_key_however_it_was_presented() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let keys = [
        created(&url, "admin").await,
        created(&url, "simulateur").await,
    ];
    let stranger = Key::generate(&mut rand::rng());
    let mut texts: Vec<_> = keys.iter().map(|key| key.reveal().to_owned()).collect();
    texts.extend([misspelt(keys[0].reveal()), stranger.reveal().to_owned()]);
    let serve = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--auth",
        "on",
        "--database-url",
        &url,
    ];
    let everything = [("RUST_LOG", "trace")];
    let mut server = Process::start_with(&serve, &everything);
    let address = server.address().await;
    let pid = server.pid();
    // Its log is read meanwhile, so that it does not wait for room.
    let (ended, shown) = futures_util::future::join(server.ended(), async {
        for text in &texts {
            present(address, text).await;
        }
        let revoke = ["keys", "--database-url", &url, "revoke", keys[1].id()];
        assert_eq!(Process::start(&revoke).ended().await.code, Some(0));
        let path = format!("/ws/gavage?key={}", keys[1].reveal());
        until("the key is refused", async || {
            Client::try_connect(address, &path).await.is_err()
        })
        .await;
        let shown = dump(&database).await;
        kill_process(pid, Signal::TERM).unwrap();
        shown
    })
    .await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);
    let log = ended.said.join("\n");
    // Both would hold the secret if anything did: the key is named in them.
    assert!(shown.contains(keys[1].id()), "{shown}");
    assert!(log.contains(keys[0].id()), "{log}");
    for text in &texts {
        let secret = text.split('_').nth(2).unwrap();
        let basic = BASE64_STANDARD.encode(format!("essai:{text}"));
        for form in [
            secret,
            &hexadecimal(secret),
            &basic,
            &BASE64_STANDARD.encode(text),
        ] {
            for (place, said) in [("log", &log), ("database", &shown)] {
                let line = said.lines().find(|line| line.contains(form));
                assert!(line.is_none(), "in the {place}: {line:?}");
            }
        }
    }
}
