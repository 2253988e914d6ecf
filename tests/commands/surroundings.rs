//! System limits of the process, and failures of what it depends on.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        raw::{self, get},
        server::{ask, until},
    },
    process::{Process, data_dir, reachable_directory},
};
use futures_util::future::join_all;
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, path::Path};
use tokio::{io::AsyncWriteExt, net::TcpStream};

#[tokio::test]
async fn an_empty_variable_is_none_at_all() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let environment = [
        ("DATABASE_URL", ""),
        ("GAVEURS_DATABASE_CA", ""),
        ("GAVEURS_POOL_SIZE", ""),
        ("GAVEURS_CORS_ORIGINS", ""),
        ("GAVEURS_BIND", "127.0.0.1:0"),
        ("GAVEURS_DATA_DIR", &data_dir),
    ];
    let mut server = Process::start_with(&["serve"], &environment);
    server.says("database cluster ready").await;
    server.address().await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

#[actix_web::test]
async fn as_many_connections_are_taken_as_there_are_files_and_health_is_always_answered() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let mut server = Process::start_limited(512, &serve);
    let allowed = server.says("this process may open 512 files: ").await;
    let (allowed, _) = allowed.split_once(' ').unwrap();
    let allowed: usize = allowed.parse().unwrap();
    let address = server.address().await;
    let mut screens = Vec::new();
    for _ in 0..allowed {
        screens.push(Client::connect(address, "/ws/realtime/").await);
    }
    assert!(Client::try_connect(address, "/ws/realtime/").await.is_err());
    let idle = join_all((0..60).map(async |_| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST / HTTP/1.1\r\n").await.unwrap();
        stream
    }));
    let idle = idle.await;
    for _ in 0..10 {
        assert_eq!(raw::ask(address, &get("/health")).await.status, 200);
    }
    drop((idle, screens));
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

/// The process of the private PostgreSQL, when it is ready.
fn postgres(data_dir: &str) -> Option<i32> {
    let text = fs::read_to_string(Path::new(data_dir).join("cluster/postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.parse().ok()?;
    (lines.nth(6)?.trim() == "ready").then_some(pid)
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

#[actix_web::test]
async fn a_private_database_that_is_killed_comes_back_and_one_that_cannot_ends_the_server() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let mut server = Process::start(&["serve", "--bind", "127.0.0.1:0", "--data-dir", &data_dir]);
    let address = server.address().await;
    let killed = postgres(&data_dir).unwrap();
    kill(killed);
    until("it runs again", async || {
        postgres(&data_dir).is_some_and(|pid| pid != killed)
    })
    .await;
    until("the server uses it", async || {
        ask(address, "/health").await.0 == 200 && ask(address, "/api/lots/").await.0 == 200
    })
    .await;

    fs::remove_file(Path::new(&data_dir).join("cluster/global/pg_control")).unwrap();
    kill(postgres(&data_dir).unwrap());
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(1), "{:#?}", ended.said);
    let error = ended.said.iter().find(|line| line.starts_with("error: "));
    let error = error.expect("an error is said");
    assert!(error.contains("could not be started again"), "{error}");
}

#[actix_web::test]
async fn the_cause_of_a_refused_statement_is_in_the_log_once() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let mut server = Process::start(&serve);
    let address = server.address().await;
    let forget = "ALTER TABLE alertes RENAME COLUMN levee_le TO levee";
    database.client().await.batch_execute(forget).await.unwrap();
    assert_eq!(ask(address, "/api/euralis/alertes").await.0, 500);
    let said = server.says("request not answered: ").await;
    assert_eq!(said.matches("does not exist").count(), 1, "{said}");
    assert!(!said.contains("DbError"), "{said}");
    server.terminate();
    server.ended().await;
}
