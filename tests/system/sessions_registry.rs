//! The registry of connected users while its database is unavailable.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        proxy::Line,
        server::{TestServer, ask, until},
    },
    outage::Distant,
    sessions_support::{keep_log, logged},
};
use actix::{Actor, Addr, Context, Handler};
use gaveurs::{
    actors::{deathwatch::Deathwatch, registrar::Registrar},
    domain::{identity::UserId, users::Generation},
    messages::{
        registrar_to_supervisor::UserCleared,
        supervisor_to_registrar::{ClearUser, RegisterUser},
    },
    store::registry::{Process, RegistryStore},
    telemetry::{
        health::Health,
        metrics::{Metrics, Reason},
    },
};
use serde_json::Value;
use std::{cell::Cell, rc::Rc, time::Duration};
use tokio::sync::mpsc::unbounded_channel;
use tokio_tungstenite::tungstenite::Error;

#[actix_web::test]
async fn a_clean_up_that_finds_no_database_is_an_error_in_the_log_and_is_made_up_for_later() {
    keep_log();
    let distant = Distant::start(&[
        "--acquire-timeout",
        "300ms",
        "--connect-timeout",
        "300ms",
        "--statement-timeout",
        "500ms",
    ])
    .await;
    let address = distant.app.address();
    let rows = async || {
        distant
            .database
            .rows("SELECT user_id FROM ws_registry")
            .await
            .len()
    };
    let screen = Client::connect(address, "/ws/realtime/?uid=outage").await;
    until("it is registered", async || rows().await == 1).await;
    distant.proxy.set(Line::Cut);
    screen.vanish();
    let count = async |name: &str| {
        ask(address, "/ws-metrics").await.1["server"][name]
            .as_u64()
            .unwrap()
    };
    until("the clean-up has failed", async || {
        count("cleanup_err_total").await == 1
    })
    .await;
    assert_eq!(
        (count("cleaning").await, count("cleanup_ok_total").await),
        (0, 0)
    );
    until("it is logged", async || {
        logged("REGISTRY_CLEANUP_ERROR uid=outage ").len() == 1
    })
    .await;
    assert_eq!(rows().await, 1);
    distant.proxy.set(Line::To(distant.target.clone()));
    until("the row is cleared", async || rows().await == 0).await;
    distant.end([]).await;
}

#[actix_web::test]
async fn a_name_with_something_invisible_is_refused_with_its_parameter_and_nobody_else_suffers() {
    let server = TestServer::start().await;
    for (path, name) in [
        ("/ws/realtime/?uid=%00", "uid"),
        ("/ws/realtime?uid=a%E2%80%AEb", "uid"),
        ("/ws/notifications/?uid=x&sid=%C2%ADs", "sid"),
        ("/ws/gaveur/1?sid=a%0Ab", "sid"),
    ] {
        let Err(Error::Http(response)) = Client::try_connect(server.address(), path).await else {
            panic!("{path} was not refused");
        };
        assert_eq!(response.status(), 400, "{path}");
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        let detail = body["detail"].as_str().unwrap();
        assert!(
            detail.starts_with(&format!("{name} must not hold ")),
            "{detail}"
        );
    }
    let rows = async || server.rows("SELECT user_id FROM ws_registry").await;
    let screen = server.connect("/ws/realtime/?uid=%20a%C3%A9%20").await;
    until("it is registered", async || !rows().await.is_empty()).await;
    assert_eq!(rows().await[0]["user_id"], "aé");
    screen.close().await;
    until("it is cleared", async || rows().await.is_empty()).await;
    server.finish().await;
}

#[actix_web::test]
async fn connecting_never_waits_for_the_registry() {
    let distant = Distant::start(&[]).await;
    distant.proxy.set(Line::Stalled);
    let address = distant.app.address();
    let mut screen = Client::connect(address, "/ws/realtime/?uid=patient").await;
    screen.next_of("snapshot").await;
    screen.close().await;
    assert_eq!(ask(address, "/health/live").await.0, 200);
    distant.proxy.set(Line::To(distant.target.clone()));
    distant.end([]).await;
}

/// Records every statement that writes the registry.
const NOTE_STATEMENTS: &str = "
    CREATE TABLE writes (verb text);
    CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO writes VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER note_write AFTER INSERT OR DELETE ON ws_registry
        FOR EACH STATEMENT EXECUTE FUNCTION note_write();";

/// Stands in for the supervisor; counts successful clean-ups.
struct Cleared(Rc<Cell<usize>>);

impl Actor for Cleared {
    type Context = Context<Self>;
}

impl Handler<UserCleared> for Cleared {
    type Result = ();

    fn handle(&mut self, cleared: UserCleared, _: &mut Self::Context) {
        self.0
            .set(self.0.get() + usize::from(cleared.error.is_none()));
    }
}

/// A registrar without other actors, and its metrics.
fn registrar(database: &TestDatabase) -> (Addr<Registrar>, Metrics) {
    let process = Process {
        key: 1,
        pid: 1,
        address: "127.0.0.1:1".to_owned(),
    };
    let store = RegistryStore::new(database.pool().clone(), process, Duration::from_secs(10));
    let (deaths, _) = unbounded_channel();
    let watch = Deathwatch::new("registrar", Health::default(), deaths);
    let metrics = Metrics::default();
    let registrar = Registrar::new(store, metrics.clone(), watch).start();
    (registrar, metrics)
}

/// The user that the database refuses.
const REFUSED: i32 = 137;

#[actix_web::test]
async fn a_user_whom_the_database_refuses_is_dropped_and_all_others_are_written_and_cleared() {
    const CROWD: i32 = 500;
    let database = TestDatabase::create().await;
    let client = database.client().await;
    let constraint = format!("ALTER TABLE ws_registry ADD CHECK (user_id <> '{REFUSED}')");
    client.batch_execute(&constraint).await.unwrap();
    let here = async || -> i64 {
        let query = "SELECT count(*) FROM ws_registry";
        client.query_one(query, &[]).await.unwrap().get(0)
    };
    let (registrar, metrics) = registrar(&database);
    let count = Rc::new(Cell::new(0));
    let cleared = Cleared(count.clone()).start();
    for number in 0..CROWD {
        registrar.do_send(RegisterUser {
            user: UserId::from(number),
            generation: Generation(1),
        });
    }
    until("all others are registered", async || {
        here().await == i64::from(CROWD) - 1
    })
    .await;
    let refused = metrics.drops.get_or_create(&Reason {
        reason: "registry_refused",
    });
    assert_eq!(refused.get(), 1);
    drop(refused);
    for number in 0..CROWD {
        registrar.do_send(ClearUser {
            user: UserId::from(number),
            generation: Generation(2),
            cleared: Some(cleared.clone().recipient()),
        });
    }
    until("all are cleared", async || count.get() == CROWD as usize).await;
    assert_eq!(here().await, 0);
}

#[actix_web::test]
async fn ten_thousand_users_at_once_are_written_and_cleared_with_a_few_statements() {
    const CROWD: i32 = 10_000;
    let database = TestDatabase::create().await;
    let client = database.client().await;
    client.batch_execute(NOTE_STATEMENTS).await.unwrap();
    let one = async |query: &str| -> i64 { client.query_one(query, &[]).await.unwrap().get(0) };
    let (registrar, _) = registrar(&database);
    let count = Rc::new(Cell::new(0));
    let cleared = Cleared(count.clone()).start();

    for number in 0..CROWD {
        registrar.do_send(RegisterUser {
            user: UserId::from(number),
            generation: Generation(1),
        });
    }
    until("all are registered", async || {
        one("SELECT count(*) FROM ws_registry").await == i64::from(CROWD)
    })
    .await;
    for number in 0..CROWD {
        registrar.do_send(ClearUser {
            user: UserId::from(number),
            generation: Generation(2),
            cleared: Some(cleared.clone().recipient()),
        });
    }
    until("all are cleared", async || count.get() == CROWD as usize).await;
    assert_eq!(one("SELECT count(*) FROM ws_registry").await, 0);
    // Five thousand users per statement at most. The first user of a crowd is written alone, and sometimes dead rows are deleted.
    let statements = one("SELECT count(*) FROM writes").await;
    assert!((4..=20).contains(&statements), "{statements} statements");
}
