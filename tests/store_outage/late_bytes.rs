//! The bytes of a transaction that was given up arrive after all, when newer ones have been acked.

use crate::common::{
    client::Client,
    database::TestDatabase,
    proxy::{Stream, Target, target_of, through},
    readings::{meal, with},
    server::{settings, until},
};
use gaveurs::{app::Application, store::migrate::migrate};
use serde_json::{Value, json};
use std::{cell::Cell, net::SocketAddr, rc::Rc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, spawn_local},
};

const LOT: &str = "LL2611001";
/// A name that the transaction writes first, and no question before it asks for.
const NAME: &str = "Jeanne Retard";
/// A time that it writes, when it holds its lot already.
const TIME: &str = "2026-11-22T05:30:10.101010";
/// How it begins.
const BEGIN: &str = "gaveurs.computes";

/// Passes everything on, but for what one connection says from certain words on: that waits, and its client may leave meanwhile.
struct Delaying {
    address: SocketAddr,
    words: Words,
    release: watch::Sender<bool>,
    /// What the database answered to the late bytes.
    landed: Rc<Cell<Option<String>>>,
    accepting: JoinHandle<()>,
}

/// Taken by the connection that says them.
type Words = Rc<Cell<Option<&'static str>>>;

impl Delaying {
    async fn start(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (words, landed) = (Words::default(), Rc::new(Cell::new(None)));
        let release = watch::Sender::new(false);
        let (wanted, heard, released) = (words.clone(), landed.clone(), release.subscribe());
        let accepting = spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = target.connect().await.unwrap();
                let (wanted, heard, mut released) =
                    (wanted.clone(), heard.clone(), released.clone());
                spawn_local(async move {
                    let Some((mut server, late)) = pass_on(client, server, &wanted).await else {
                        return;
                    };
                    released.wait_for(|released| *released).await.unwrap();
                    let mut answer = Vec::new();
                    // A session that has ended meanwhile takes nothing.
                    if server.write_all(&late).await.is_ok() {
                        let _ = server.shutdown().await;
                        let _ = server.read_to_end(&mut answer).await;
                    }
                    heard.set(Some(String::from_utf8_lossy(&answer).into_owned()));
                });
            }
        });
        Delaying {
            address,
            words,
            release,
            landed,
            accepting,
        }
    }

    /// From these words on, of whoever says them next.
    fn hold(&self, words: &'static str) {
        self.words.set(Some(words));
    }

    async fn holds(&self) {
        until("the bytes wait", async || self.words.get().is_none()).await;
    }

    /// Lets the late bytes go; gives what the database said to them.
    async fn released(&self) -> String {
        self.release.send_replace(true);
        until("the late bytes have landed", async || {
            let said = self.landed.take();
            let has_landed = said.is_some();
            self.landed.set(said);
            has_landed
        })
        .await;
        self.landed.take().unwrap()
    }
}

impl Drop for Delaying {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Gives the line to the database and what the client said from the words on until it left.
async fn pass_on(
    mut client: TcpStream,
    mut server: Box<dyn Stream>,
    words: &Cell<Option<&'static str>>,
) -> Option<(Box<dyn Stream>, Vec<u8>)> {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            Ok(count) = client.read(&mut asked) => {
                let said = &asked[..count];
                let holds = |words: &str| said.windows(words.len()).any(|part| part == words.as_bytes());
                if words.get().is_some_and(holds) {
                    words.set(None);
                    let mut late = said.to_vec();
                    // Whether it leaves in order or not.
                    let _ = client.read_to_end(&mut late).await;
                    return Some((server, late));
                }
                if count == 0 || server.write_all(said).await.is_err() {
                    return None;
                }
            }
            Ok(count) = server.read(&mut answered) => {
                if count == 0 || client.write_all(&answered[..count]).await.is_err() {
                    return None;
                }
            }
            else => return None,
        }
    }
}

/// A server that gives a transaction up after a second, before a database that does not end a session that has said nothing for as long.
async fn start() -> (TestDatabase, Delaying, Application) {
    let database = TestDatabase::create_bare().await;
    migrate(database.pool()).await.unwrap();
    let line = Delaying::start(target_of(&database.url())).await;
    let url = format!(
        "{}&options=-c%20idle_in_transaction_session_timeout%3D0",
        through(&database.url(), line.address)
    );
    let url = url.replace("?&", "?");
    let app = Application::build(&settings(&url, &["--statement-timeout", "1s"]))
        .await
        .unwrap();
    (database, line, app)
}

async fn producer(app: &Application) -> Client {
    let mut producer = Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    producer
}

fn said(number: i32, dose: f64, timestamp: &str) -> Value {
    let fields = json!({"dose_reelle": dose, "timestamp": timestamp, "gaveur_nom": NAME});
    with(meal(LOT, 1, number), fields)
}

/// The first word on a meal is held on its way and given up; it is written again and acked, and so is the next word. Then it lands.
async fn assert_the_newer_word_stands(number: i32, from: &'static str) {
    let (database, line, app) = start().await;
    let mut producer = producer(&app).await;
    for earlier in 0..number {
        let ack = producer.ask(meal(LOT, 1, earlier)).await;
        assert_eq!(ack["type"], "ack");
    }
    line.hold(from);
    producer.send(said(number, 401.0, TIME)).await;
    line.holds().await;
    assert_eq!(producer.next().await["type"], "ack");
    let newer = said(number, 402.0, "2026-11-22T05:40:20");
    assert_eq!(producer.ask(newer).await["type"], "ack");
    let everything = "SELECT (SELECT jsonb_agg(lot) FROM lots_gavage lot) AS lots, (SELECT jsonb_agg(m ORDER BY id) FROM gavage_data m) AS meals,
        (SELECT jsonb_agg(a) FROM alertes a) AS alertes, (SELECT jsonb_agg(g ORDER BY id) FROM gaveurs_euralis g) AS gaveurs";
    let before = database.rows(everything).await;

    let answer = line.released().await;
    assert!(
        answer.contains("ROLLBACK\0") && !answer.contains("COMMIT\0"),
        "{answer:?}"
    );
    assert_eq!(database.rows(everything).await, before);
    let last = format!(
        "SELECT dose_reelle FROM gavage_data WHERE jour = {} ORDER BY moment DESC LIMIT 1",
        number / 2
    );
    assert_eq!(database.rows(&last).await, [json!({"dose_reelle": 402})]);
    // The lot goes on from there.
    let next = producer.ask(meal(LOT, 1, number + 1)).await;
    assert_eq!(next["type"], "ack");
    producer.close().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn late_bytes_that_begin_a_lot_do_not_land_over_what_was_acked_of_it_since() {
    assert_the_newer_word_stands(0, NAME).await;
}

#[actix_web::test]
async fn late_bytes_of_the_next_meal_of_a_lot_do_not_land_over_what_was_acked_of_it_since() {
    assert_the_newer_word_stands(2, BEGIN).await;
}

#[actix_web::test]
async fn the_bytes_of_a_correction_hold_their_lot_until_they_land_and_the_last_word_stands() {
    let (database, line, app) = start().await;
    let mut producer = producer(&app).await;
    for number in 0..3 {
        assert_eq!(producer.ask(meal(LOT, 1, number)).await["type"], "ack");
    }
    line.hold(TIME);
    producer.send(said(1, 401.0, TIME)).await;
    line.holds().await;
    producer.send(said(1, 402.0, "2026-11-22T05:40:20")).await;
    until("the lot is held", async || {
        let waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        database.rows(waiting).await.len() == 1
    })
    .await;
    line.released().await;
    for _ in 0..2 {
        assert_eq!(producer.next().await["type"], "ack");
    }
    let words = "SELECT dose_reelle FROM gavage_data WHERE jour = 0 AND moment = 'soir'";
    assert_eq!(database.rows(words).await, [json!({"dose_reelle": 402})]);
    producer.close().await;
    app.stop().await.unwrap();
}
