//! Several servers on one database know where every tab and user is.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        server::{TestServer, settings, until},
    },
    sessions_support::{keep_log, logged, store},
};
use actix::Actor;
use gaveurs::{
    actors::{deathwatch::Deathwatch, registrar::Registrar},
    app::Application,
    domain::{
        identity::{Identity, UserId},
        presence::{Placed, ProcessKey, Step},
        subscriptions::ConnectionId,
        users::Generation,
    },
    messages::{
        supervisor_to_registrar::{PlaceStep, RegisterUser},
        writer_to_supervisor::ToPublish,
    },
    store::registry::{Process, RegistryStore},
    telemetry::{health::Health, metrics::Metrics},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{sync::mpsc::unbounded_channel, time::Instant};

const CLUSTER: &[&str] = &["--cluster"];
/// A grace in which a hop is read by all.
const HOPPING: &[&str] = &["--cluster", "--grace", "2s"];
const PATIENT: &[&str] = &["--cluster", "--grace", "30s"];

/// Another server on the same database.
async fn beside(database: &TestDatabase, flags: &[&str]) -> Application {
    Application::build(&settings(&database.url(), flags))
        .await
        .unwrap()
}

/// The code with which a connection ends.
async fn close_code(mut client: Client) -> u16 {
    loop {
        match client.next_message().await {
            Some(message) if message.is_close() => {
                let tokio_tungstenite::tungstenite::Message::Close(Some(frame)) = message else {
                    panic!("a close without a code");
                };
                return frame.code.into();
            }
            Some(_) => {}
            None => panic!("it ended without a close"),
        }
    }
}

async fn rows_of(server: &TestServer, user: &str) -> i64 {
    let query = format!("SELECT count(*) FROM ws_registry WHERE user_id = '{user}'");
    server.count(&query).await
}

/// Everything that a server tells of its connections and users has been read by all.
async fn until_known(server: &TestServer, arrivals: usize) {
    until("the arrivals are in the journal", async || {
        let entries = server.rows("SELECT corps FROM journal").await;
        let text = entries.iter().map(|row| row["corps"].as_str().unwrap());
        text.map(|corps| corps.matches("\"Arrived\"").count())
            .sum::<usize>()
            >= arrivals
    })
    .await;
}

#[actix_web::test]
async fn a_tab_that_arrives_at_another_server_closes_its_earlier_connection_with_4409() {
    let server = TestServer::start_with(PATIENT).await;
    let other = beside(&server.database, PATIENT).await;
    let path = "/ws/realtime/?uid=moves&sid=a";
    let here = server.connect(path).await;
    until_known(&server, 1).await;
    let there = Client::connect(other.address(), path).await;
    assert_eq!(close_code(here).await, 4409);
    let mut back = server.connect(path).await;
    assert_eq!(close_code(there).await, 4409);
    // The last one stays.
    back.send(json!({"type": "subscribe", "filters": {}})).await;
    back.next_of("subscribe_ack").await;
    back.close().await;
    other.stop().await.unwrap();
    server.stop().await;
}

#[actix_web::test]
async fn a_user_who_is_at_another_server_is_not_cleaned_up_and_his_tab_has_its_filter_there() {
    keep_log();
    let server = TestServer::start_with(HOPPING).await;
    let other = beside(&server.database, HOPPING).await;
    let path = "/ws/realtime/?uid=hops&sid=a";
    let mut here = server.connect(path).await;
    let subscribe = json!({"type": "subscribe", "filters": {"site_code": "LS"}});
    here.send(subscribe).await;
    here.next_of("subscribe_ack").await;
    // Another tab of the user, so that he is there before he leaves here.
    let beside = Client::connect(other.address(), "/ws/realtime/?uid=hops&sid=b").await;
    until("both servers have a row of him", async || {
        rows_of(&server, "hops").await == 2
    })
    .await;
    until_known(&server, 2).await;
    here.vanish();
    until("he has left here", async || {
        rows_of(&server, "hops").await == 1
    })
    .await;
    let cancelled = logged("user_detach_cancelled uid=hops ");
    assert!(
        cancelled
            .iter()
            .all(|line| line.ends_with("reason=elsewhere"))
    );
    assert_eq!(cancelled.len(), 1, "{cancelled:?}");
    assert!(logged("user_detach_executing uid=hops ").is_empty());

    let mut there = Client::connect(other.address(), path).await;
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 0).await;
    store(&mut producer, "LS2611001", 8, 0).await;
    let shown = there.next_of("gavage_realtime").await;
    assert_eq!(shown["data"]["code_lot"], "LS2611001");
    for client in [there, beside, producer] {
        client.close().await;
    }
    until("he is cleaned up once", async || {
        logged("REGISTRY_CLEANUP_SUCCESS uid=hops ").len() == 1
    })
    .await;
    other.stop().await.unwrap();
    server.finish().await;
}

/// A process that has users, and of which only the database knows.
async fn stranger(database: &TestDatabase, key: i64, user: &str) -> RegistryStore {
    let process = Process {
        key,
        pid: 1,
        address: "127.0.0.1:1".to_owned(),
    };
    let patience = Duration::from_secs(10);
    let mut store = RegistryStore::new(database.pool().clone(), process, patience).shared();
    let user = UserId::new(user).unwrap();
    let arrived = Step::Arrived {
        cid: ConnectionId(1),
        who: Identity {
            user: Some(user.clone()),
            tab: None,
        },
        since: None,
        wanted: None,
    };
    store.write(&[(user, Generation(1))], &[]).await.unwrap();
    let told = ToPublish {
        presence: Some(Placed {
            process: ProcessKey(key),
            steps: vec![arrived],
        }),
        ..ToPublish::default()
    };
    let entry = told.to_entry().unwrap();
    store.place(1, &entry).await.unwrap();
    // As after a lost answer.
    store.place(1, &entry).await.unwrap();
    store
}

#[actix_web::test]
async fn users_of_a_dead_server_are_in_grace_at_one_other_and_leave_the_registry_in_five_seconds() {
    keep_log();
    let server = TestServer::start_with(CLUSTER).await;
    let other = beside(&server.database, CLUSTER).await;
    let dying = stranger(&server.database, 77, "orphan").await;
    until_known(&server, 1).await;
    let arrivals = "SELECT count(*) FROM journal WHERE corps LIKE '%\"orphan\"%'";
    assert_eq!(server.count(arrivals).await, 1, "an entry is placed once");
    // As long as it lives, it keeps its rows: two beats of the others.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(rows_of(&server, "orphan").await, 1);
    let health = server.get("/health").await;
    assert!(health["other_servers"].is_null(), "{health}");
    let died = Instant::now();
    drop(dying);
    until("its rows are gone", async || {
        rows_of(&server, "orphan").await == 0
    })
    .await;
    assert!(
        died.elapsed() < Duration::from_secs(5),
        "{:?}",
        died.elapsed()
    );
    until("its user is cleaned up", async || {
        logged("REGISTRY_CLEANUP_SUCCESS uid=orphan ").len() == 1
    })
    .await;
    assert_eq!(logged("user_detach_delay_start uid=orphan ").len(), 1);
    let told = "SELECT count(*) FROM journal WHERE corps LIKE '%\"Gone\"%'";
    assert_eq!(server.count(told).await, 1, "it is told once");
    other.stop().await.unwrap();
    server.finish().await;
}

#[actix_web::test]
async fn a_server_that_was_taken_for_dead_puts_its_users_and_tabs_back() {
    let server = TestServer::start_with(PATIENT).await;
    let path = "/ws/realtime/?uid=paused&sid=a";
    let here = server.connect(path).await;
    until("it is registered", async || {
        rows_of(&server, "paused").await == 1
    })
    .await;
    until_known(&server, 1).await;
    let mut finder = stranger(&server.database, 78, "finder").await;
    let key: i64 = server
        .count("SELECT process_key FROM ws_processes WHERE process_key <> 78")
        .await;
    // The server takes its locks again within a second.
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks \
        WHERE locktype = 'advisory' AND objsubid = 2 AND objid::bigint = ";
    let mut swept = Vec::new();
    while swept.is_empty() {
        server
            .count(&format!("{cut}{}", key & i64::from(i32::MAX)))
            .await;
        let entry = |swept: &[gaveurs::store::presence::Swept]| {
            let gone = swept.iter().map(|one| Step::Gone {
                process: ProcessKey(one.process_key),
            });
            let told = ToPublish {
                presence: Some(Placed {
                    process: ProcessKey(78),
                    steps: gone.collect(),
                }),
                ..ToPublish::default()
            };
            Ok(told.to_entry().unwrap())
        };
        swept = finder.bury(&[key], entry).await.unwrap();
    }
    until("its user is there again", async || {
        rows_of(&server, "paused").await == 1
    })
    .await;
    until_known(&server, 3).await;
    let other = beside(&server.database, PATIENT).await;
    let there = Client::connect(other.address(), path).await;
    assert_eq!(close_code(here).await, 4409);
    there.close().await;
    other.stop().await.unwrap();
    server.stop().await;
}

fn at(path: &str, epoch: &Value, last_seq: u64) -> String {
    let epoch = epoch.as_str().unwrap();
    format!("{path}?sid=a&epoch={epoch}&last_seq={last_seq}")
}

/// What a tab that has seen `last` frames of gaveur 7 gets at this server, and that it is the next `missed` ones.
async fn resumes(address: std::net::SocketAddr, epoch: &Value, last: u64, missed: u64) {
    let mut tab = Client::connect(address, &at("/ws/gaveur/7", epoch, last)).await;
    let resume = tab.next_of("resume").await;
    assert_eq!(
        (&resume["recovered"], &resume["epoch"]),
        (&json!(true), epoch),
        "{resume}"
    );
    for seq in last + 1..=last + missed {
        let frame = tab.next_of("gavage").await;
        assert_eq!(frame["seq"], seq);
    }
    tab.close().await;
}

#[actix_web::test]
async fn a_tab_resumes_at_any_server_and_a_rolling_restart_loses_no_position() {
    let server = TestServer::start_with(PATIENT).await;
    let other = beside(&server.database, PATIENT).await;
    let mut producers = [
        server.connect("/ws/gavage").await,
        Client::connect(other.address(), "/ws/gavage").await,
    ];
    let mut first = server.connect("/ws/gaveur/7?sid=a").await;
    let epoch = first.next().await["epoch"].clone();
    first.close().await;
    for number in 0..6 {
        store(&mut producers[number as usize % 2], "LL2611001", 7, number).await;
    }
    // The frame before the meals tells that the lot has begun.
    let last = 7;
    until("all is read everywhere", async || {
        let mut at = Vec::new();
        for address in [server.address(), other.address()] {
            let mut tab = Client::connect(address, &at_the_end(&epoch)).await;
            at.push(tab.next_of("resume").await["to"].as_u64());
            tab.close().await;
        }
        at.iter().all(|to| *to == Some(last))
    })
    .await;
    resumes(other.address(), &epoch, 3, 4).await;
    resumes(server.address(), &epoch, 3, 4).await;

    for producer in producers {
        producer.close().await;
    }
    let database = server.stop().await;
    let third = TestServer::start_on(database, PATIENT).await;
    other.stop().await.unwrap();
    resumes(third.address(), &epoch, 5, 2).await;
    let mut producer = third.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 6).await;
    producer.close().await;
    let fourth = beside(&third.database, PATIENT).await;
    resumes(fourth.address(), &epoch, 5, 3).await;
    fourth.stop().await.unwrap();
    third.stop().await;
}

fn at_the_end(epoch: &Value) -> String {
    at("/ws/gaveur/7", epoch, 1).replace("sid=a", "sid=probe")
}

/// Records every statement that writes the registry or the journal.
const NOTE_STATEMENTS: &str = "
    CREATE TABLE writes (verb text);
    CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO writes VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER note_write AFTER INSERT OR DELETE ON ws_registry
        FOR EACH STATEMENT EXECUTE FUNCTION note_write();
    CREATE TRIGGER note_write AFTER INSERT ON journal
        FOR EACH STATEMENT EXECUTE FUNCTION note_write();";

#[actix_web::test]
async fn fifteen_thousand_tabs_that_hop_to_a_server_need_few_statements_to_be_known_everywhere() {
    const CROWD: i32 = 15_000;
    let database = TestDatabase::create().await;
    let client = database.client().await;
    client.batch_execute(NOTE_STATEMENTS).await.unwrap();
    let one = async |query: &str| -> i64 { client.query_one(query, &[]).await.unwrap().get(0) };
    let process = Process {
        key: 1,
        pid: 1,
        address: "127.0.0.1:1".to_owned(),
    };
    let patience = Duration::from_secs(10);
    let store = RegistryStore::new(database.pool().clone(), process, patience).shared();
    let (deaths, _) = unbounded_channel();
    let watch = Deathwatch::new("registrar", Health::default(), deaths);
    let registrar = Registrar::new(store, Metrics::default(), watch).start();
    for number in 0..CROWD {
        let user = UserId::from(number);
        registrar.do_send(RegisterUser {
            user: user.clone(),
            generation: Generation(1),
        });
        registrar.do_send(PlaceStep(Step::Arrived {
            cid: ConnectionId(number as u64),
            who: Identity {
                user: Some(user),
                tab: None,
            },
            since: None,
            wanted: None,
        }));
        if number % 100 == 0 {
            // As a crowd that comes over some seconds.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let arrivals = "SELECT coalesce(sum((length(corps) - length(replace(corps, 'Arrived', ''))) / 7), 0)::bigint FROM journal";
    until("all are registered, and all know", async || {
        one("SELECT count(*) FROM ws_registry").await == i64::from(CROWD)
            && one(arrivals).await == i64::from(CROWD)
    })
    .await;
    let statements = one("SELECT count(*) FROM writes").await;
    assert!((6..25).contains(&statements), "{statements} statements");
}
