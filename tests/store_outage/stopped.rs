//! The database is stopped during ingest and restarted after 6 s, or after `GAVEURS_OUTAGE_SECONDS`.

use crate::{
    common::{
        client::Client,
        readings::{meal, with},
        server::{ask, settings, until},
    },
    kill::start_cluster,
    process::{data_dir, reachable_directory},
};
use futures_util::future::join_all;
use gaveurs::app::Application;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, interval},
};

const GAVEURS: [i32; 4] = [1, 2, 3, 4];
/// Messages that a producer has under way at the most: more than the queue of the server holds, also if none of the others has a place in it.
const WINDOW: usize = 80;
const QUEUE: &str = "20000";

fn outage() -> Duration {
    let seconds = std::env::var("GAVEURS_OUTAGE_SECONDS");
    Duration::from_secs(seconds.map_or(6, |seconds| seconds.parse().unwrap()))
}

/// One version of a meal: its number and its dose.
type Said = (i32, f64);

/// A producer that sends every meal twice, the second time with another dose, and repeats what was refused.
#[derive(Default)]
struct Producer {
    gaveur: i32,
    next: Cell<i32>,
    /// In the order in which they were sent and must be acked, with the time of sending.
    under_way: RefCell<VecDeque<(Said, Instant)>>,
    refused: RefCell<VecDeque<Said>>,
    /// Last acked dose of each meal.
    acked: RefCell<BTreeMap<i32, f64>>,
    acks: RefCell<Vec<Instant>>,
    /// When each refusal came, and how long after the sending.
    refusals: RefCell<Vec<(Instant, Duration)>>,
    stopping: Cell<bool>,
}

impl Producer {
    fn code_lot(&self) -> String {
        format!("LL261100{}", self.gaveur)
    }

    fn message(&self, (number, dose): Said) -> Value {
        let meal = meal(&self.code_lot(), self.gaveur, number);
        with(meal, json!({"dose_reelle": dose}))
    }

    fn next_said(&self) -> Option<Said> {
        if let Some(again) = self.refused.borrow_mut().pop_front() {
            return Some(again);
        }
        if self.stopping.get() {
            return None;
        }
        let number = self.next.replace(self.next.get() + 1);
        Some((number / 2, 400.0 + f64::from(number % 2)))
    }

    /// Runs one connection from start to end.
    async fn run(self: Rc<Self>, server: SocketAddr) {
        let mut socket = Client::connect(server, "/ws/gavage").await;
        socket.next().await;
        loop {
            while self.under_way.borrow().len() < WINDOW
                && let Some(said) = self.next_said()
            {
                let sent = (said, Instant::now());
                self.under_way.borrow_mut().push_back(sent);
                socket.send(self.message(said)).await;
            }
            if self.under_way.borrow().is_empty() {
                return socket.close().await;
            }
            self.hear(&answer(&mut socket).await);
        }
    }

    fn hear(&self, answer: &Value) {
        let mut under_way = self.under_way.borrow_mut();
        match answer["type"].as_str() {
            Some("ack") => {
                let ((number, dose), _) = under_way.pop_front().unwrap();
                assert_eq!(
                    place(answer),
                    number,
                    "acks come in the order of what was accepted"
                );
                self.acked.borrow_mut().insert(number, dose);
                self.acks.borrow_mut().push(Instant::now());
            }
            Some("error") => {
                assert!(answer["retry_after_ms"].as_u64().is_some(), "{answer}");
                let dose = answer["data"]["dose_reelle"].as_f64().unwrap();
                let refused = (place(&answer["data"]), dose);
                let at = under_way.iter().position(|(said, _)| *said == refused);
                let (_, sent) = under_way.remove(at.unwrap()).unwrap();
                self.refused.borrow_mut().push_back(refused);
                let refusal = (Instant::now(), sent.elapsed());
                self.refusals.borrow_mut().push(refusal);
            }
            _ => panic!("{answer}"),
        }
    }
}

/// An outage may last longer than the usual deadline.
async fn answer(socket: &mut Client) -> Value {
    loop {
        match socket.next_message_within(outage() * 3).await {
            Some(tokio_tungstenite::tungstenite::Message::Text(text)) => {
                return serde_json::from_str(&text).unwrap();
            }
            Some(_) => {}
            None => panic!("the connection has ended"),
        }
    }
}

fn place(reading: &Value) -> i32 {
    let jour = reading["jour"].as_i64().unwrap() as i32;
    // The next sixty meals belong to another lot, see `readings::meal`.
    let lots = reading["code_lot"].as_str().unwrap().split_once('-');
    let lots: i32 = lots.map_or(0, |(_, number)| number.parse().unwrap());
    60 * lots + jour * 2 + i32::from(reading["moment"] == "soir")
}

/// A screen that stays connected and records all its frames.
struct Screen {
    frames: Rc<RefCell<Vec<Value>>>,
    reading: JoinHandle<()>,
}

impl Screen {
    async fn open(server: SocketAddr, path: &str) -> Self {
        let mut socket = Client::connect(server, path).await;
        let frames = Rc::new(RefCell::new(Vec::new()));
        let kept = frames.clone();
        let reading = spawn_local(async move {
            loop {
                let frame = answer(&mut socket).await;
                kept.borrow_mut().push(frame);
            }
        });
        Screen { frames, reading }
    }

    fn first(&self, kind: &str) -> Option<Value> {
        let frames = self.frames.borrow();
        frames.iter().find(|frame| frame["type"] == kind).cloned()
    }

    fn count(&self, kind: &str) -> usize {
        let frames = self.frames.borrow();
        frames.iter().filter(|frame| frame["type"] == kind).count()
    }

    /// Ends it; fails if it ended before or has missed a frame.
    fn finish(self) {
        assert!(
            !self.reading.is_finished(),
            "the screen did not stay connected"
        );
        self.reading.abort();
        let frames = self.frames.borrow();
        let seqs: Vec<_> = frames
            .iter()
            .filter_map(|frame| frame["seq"].as_u64())
            .collect();
        let first = seqs[0];
        let gapless: Vec<_> = (first..).take(seqs.len()).collect();
        assert_eq!(seqs, gapless);
    }
}

#[actix_web::test]
async fn a_database_that_is_stopped_in_the_middle_of_ingest_costs_nothing_that_was_acked_and_nothing_that_was_accepted()
 {
    let patience = outage() / 6;
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let cluster = start_cluster(&data_dir).await;
    cluster.create_database("gaveurs").await.unwrap();
    let url = cluster.url("gaveurs");
    let patience_flag = format!("{}ms", patience.as_millis());
    let flags = [
        "--ingest-queue",
        QUEUE,
        "--max-gavage-message",
        QUEUE,
        "--ingest-patience",
        &patience_flag,
    ];
    let app = Application::build(&settings(&url, &flags)).await.unwrap();
    let supervision = Screen::open(app.address(), "/ws/realtime/").await;
    let farmer = Screen::open(app.address(), "/ws/gaveur/1").await;
    until("the supervision has its snapshot", async || {
        supervision.first("snapshot").is_some()
    })
    .await;
    let producers = GAVEURS.map(|gaveur| {
        Rc::new(Producer {
            gaveur,
            ..Producer::default()
        })
    });
    let running = producers
        .clone()
        .map(|producer| spawn_local(producer.run(app.address())));
    let acks = |producer: &Rc<Producer>| producer.acks.borrow().len();
    until("readings flow", async || {
        producers.iter().all(|producer| acks(producer) > 100)
    })
    .await;

    let before = Timestamp::now();
    cluster.stop().await.unwrap();
    let (stopped, gone) = (Instant::now(), Timestamp::now());
    until("screens are told", async || {
        supervision.count("stale") + farmer.count("stale") == 2
    })
    .await;
    // What was sent before the end may be read a little later.
    let quiet = Instant::now() + Duration::from_secs(1);
    let mut looks = interval(Duration::from_millis(200));
    let mut live = 0;
    while stopped.elapsed() < outage() {
        looks.tick().await;
        live += usize::from(ask(app.address(), "/health/live").await.0 == 200);
    }
    assert!(live > 10);
    let was_refused = |producer: &Rc<Producer>| {
        let refusals = producer.refusals.borrow();
        refusals.iter().any(|(at, _)| *at > stopped)
    };
    until("everybody has reached the bound", async || {
        producers.iter().all(was_refused)
    })
    .await;
    for screen in [&supervision, &farmer] {
        let stale = screen.first("stale").expect("screens are told");
        let since: Timestamp = stale["since"].as_str().unwrap().parse().unwrap();
        let second = jiff::SignedDuration::from_secs(1);
        assert!(
            (before - second..=gone).contains(&since),
            "{stale}, stopped at {gone}"
        );
        assert_eq!(screen.count("fresh"), 0);
    }
    assert_eq!(ask(app.address(), "/health").await.0, 503);
    let returning = Instant::now();
    let cluster = start_cluster(&data_dir).await;
    until("everybody is acked again", async || {
        producers.iter().all(|producer| {
            producer
                .acks
                .borrow()
                .last()
                .is_some_and(|ack| *ack > returning)
        })
    })
    .await;
    until("screens know", async || {
        supervision.count("fresh") + farmer.count("fresh") == 2
    })
    .await;
    producers
        .iter()
        .for_each(|producer| producer.stopping.set(true));
    join_all(running)
        .await
        .into_iter()
        .for_each(|ended| ended.unwrap());

    for producer in &producers {
        let without = quiet..returning;
        let acks = producer.acks.borrow();
        assert!(
            !acks.iter().any(|ack| without.contains(ack)),
            "an ack without a database"
        );
        let refusals = producer.refusals.borrow();
        assert!(
            refusals.iter().all(|(_, waited)| *waited >= patience),
            "{refusals:?}"
        );
    }
    assert_stored(&app, &producers).await;
    let shown = producers[0].acks.borrow().len();
    until("the farmer's screen has it all", async || {
        farmer.count("gavage") >= shown / 2
    })
    .await;
    supervision.finish();
    farmer.finish();
    app.stop().await.unwrap();
    cluster.stop().await.unwrap();
}

/// Every acked meal is stored once with its last acked dose, and no other meal is stored.
async fn assert_stored(app: &Application, producers: &[Rc<Producer>]) {
    let client = app.pool().get().await.unwrap();
    let query = "SELECT 60 * coalesce(nullif(split_part(code_lot, '-', 2), '')::integer, 0) + 2 * jour + (moment = 'soir')::integer, dose_reelle
        FROM gavage_data WHERE starts_with(code_lot, $1)";
    for producer in producers {
        let rows = client.query(query, &[&producer.code_lot()]).await.unwrap();
        let stored: BTreeMap<i32, f64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(rows.len(), stored.len(), "a meal is there twice");
        assert_eq!(stored, *producer.acked.borrow());
    }
}
