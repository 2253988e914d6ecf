//! Another session takes the locks of a command in the other order, or changes its row under it: the database itself rolls the command
//! back, and nobody notices.

use crate::{
    common::{
        database::TestDatabase,
        readings::{meal, with},
        server::{TestServer, ask, until},
    },
    suite::{
        one_owner::{deadlocks, fed, lot},
        support::{post, supervision, welcomed},
    },
};
use futures_util::future::join;
use serde_json::{Value, json};
use std::{cell::Cell, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// PostgreSQL looks for a deadlock after a second, and the writer carries out one transaction at a time. Less than any outage or time limit
/// takes.
const BYSTANDERS_WAIT: Duration = Duration::from_secs(8);

/// What the other session does: one statement before the command, and one when the command waits for that.
struct Collision {
    before: &'static str,
    then: &'static str,
}

const LOT: &str = "SELECT FROM lots_gavage FOR UPDATE";
const QUEUE: &str = "SELECT FROM sqal_pending_lots FOR UPDATE";
/// A command on the queue locks the lot first.
const QUEUE_BEFORE_LOT: Collision = Collision {
    before: QUEUE,
    then: LOT,
};
/// An acknowledgement locks one row only, but two tables.
const GAVEURS_BEFORE_ALERTS: Collision = Collision {
    before: "LOCK TABLE gaveurs_euralis IN ACCESS EXCLUSIVE MODE",
    then: "LOCK TABLE alertes IN SHARE MODE",
};
const LOT_CHANGED: Collision = Collision {
    before: "UPDATE lots_gavage SET updated_at = now()",
    then: "SELECT",
};
const ALERT_CHANGED: Collision = Collision {
    before: "UPDATE alertes SET simule = simule",
    then: "SELECT",
};

/// A server on a database whose transactions fail with 40001 when a row changes under them, if the database is strict.
async fn start(is_strict: bool) -> TestServer {
    let database = TestDatabase::create_bare().await;
    if is_strict {
        let strict = "DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''repeatable read''', current_database());
        END $$";
        database.client().await.batch_execute(strict).await.unwrap();
    }
    TestServer::start_on(database, &[]).await
}

async fn attempts_waiting(server: &TestServer) -> i64 {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND NOT query LIKE 'LOCK%'";
    server.count(query).await
}

/// Sends the command while the other session collides with it; gives the command's status. Until the command waits no meal is under way, which
/// would wait for the other session instead.
async fn collide(
    server: &TestServer,
    meals: &Mutex<()>,
    collision: &Collision,
    command: impl Future<Output = (u16, Value)>,
) -> u16 {
    let no_meal = meals.lock().await;
    let other = server.database.superuser().await;
    // Of the two, the server's session is the one that finds the deadlock.
    other
        .batch_execute(
            "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL deadlock_timeout = '60s'",
        )
        .await
        .unwrap();
    other.batch_execute(collision.before).await.unwrap();
    let colliding = async {
        until("the command waits", async || {
            attempts_waiting(server).await == 1
        })
        .await;
        drop(no_meal);
        other.batch_execute(collision.then).await.unwrap();
        other.batch_execute("COMMIT").await.unwrap();
    };
    let ((status, _), ()) = join(command, colliding).await;
    status
}

/// Runs everything beside a producer and a screen, and holds that neither notices. A meal is under way only while `meals` is locked.
async fn unnoticed(server: &TestServer, meals: &Mutex<()>, work: impl Future<Output = ()>) {
    let mut screen = supervision(server).await;
    let away = server.app().health().watch_database();
    let is_over = Cell::new(false);
    let bystander = async {
        let mut producer = welcomed(server, "/ws/gavage").await;
        let mut longest = Duration::ZERO;
        for number in 0.. {
            let _under_way = meals.lock().await;
            let asked = Instant::now();
            let ack = producer.ask(meal("MT2611099", 99, number)).await;
            assert_eq!(ack["type"], "ack");
            longest = longest.max(asked.elapsed());
            if is_over.get() {
                break;
            }
        }
        producer.close().await;
        longest
    };
    let work = async {
        work.await;
        is_over.set(true);
    };
    let (longest, ()) = join(bystander, work).await;
    assert!(longest < BYSTANDERS_WAIT, "{longest:?}");
    assert!(!away.has_changed().unwrap(), "health was red");
    assert_eq!(ask(server.address(), "/health").await.0, 200);
    assert_eq!(screen.so_far("stale").await, Vec::<Value>::new());
    screen.close().await;
}

/// One lot that waits for control, with an alert.
async fn begun(is_strict: bool) -> (TestServer, Value) {
    let server = start(is_strict).await;
    let mut screen = supervision(&server).await;
    fed(&server, 1).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    let refused = with(meal("LL2611050", 50, 0), json!({"dose_reelle": 100.0}));
    producer.ask(refused).await;
    let alert = screen.next_of("alert").await["data"]["id"].take();
    producer.close().await;
    screen.close().await;
    (server, alert)
}

async fn every_command(
    server: &TestServer,
    meals: &Mutex<()>,
    alert: &Value,
    [queue, alerts]: [&Collision; 2],
) {
    let path = |verb: &str| format!("/api/sqal/pending-lots/{}/{verb}", lot(1));
    let acknowledge = format!("/api/euralis/alertes/{alert}/acquitter");
    for (path, collision) in [
        (path("claim"), queue),
        (path("finish"), queue),
        (acknowledge, alerts),
    ] {
        let command = post(server, &path, json!({"par": "Jean"}));
        assert_eq!(
            collide(server, meals, collision, command).await,
            200,
            "{path}"
        );
    }
    let ended = format!(
        "SELECT statut, (SELECT acquittee_par FROM alertes WHERE id = {alert}) AS par FROM lots_gavage WHERE code_lot = '{}'",
        lot(1)
    );
    let told = json!({"statut": "clos", "par": "Jean"});
    assert_eq!(server.rows(&ended).await, [told]);
}

#[actix_web::test]
async fn a_command_that_a_real_deadlock_ends_is_carried_out_after_it_and_nobody_else_notices() {
    let ((server, alert), meals) = (begun(false).await, Mutex::new(()));
    let collisions = [&QUEUE_BEFORE_LOT, &GAVEURS_BEFORE_ALERTS];
    unnoticed(
        &server,
        &meals,
        every_command(&server, &meals, &alert, collisions),
    )
    .await;
    until("three deadlocks are counted", async || {
        deadlocks(&server).await == 3
    })
    .await;
    assert!(server.app().metrics().write_retries.get() >= 3);
    server.finish().await;
}

#[actix_web::test]
async fn a_command_whose_row_changes_under_it_is_carried_out_on_what_is_there_now_and_nobody_else_notices()
 {
    let ((server, alert), meals) = (begun(true).await, Mutex::new(()));
    let collisions = [&LOT_CHANGED, &ALERT_CHANGED];
    unnoticed(
        &server,
        &meals,
        every_command(&server, &meals, &alert, collisions),
    )
    .await;
    assert!(server.app().metrics().write_retries.get() >= 3);
    server.finish().await;
}
