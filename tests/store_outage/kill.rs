//! kill −9 at random (seeded) moments under load. Every acked reading is stored once, with its last value, and after producers have
//! resent the unacked ones the stored set is exact. `GAVEURS_KILL_ROUNDS` makes the run longer.

use crate::{
    common::{
        database::TestDatabase,
        readings::{meal, with},
        server::{settings, until},
    },
    process::{Process, data_dir, postmaster, reachable_directory},
};
use futures_util::{SinkExt, StreamExt, future::join_all};
use gaveurs::{
    app::Application,
    embedded::{Cluster, ClusterSettings},
    store::{
        Pool,
        pool::{self, PoolSettings},
    },
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
};
use tokio::sync::watch;
use tokio_tungstenite::{connect_async, tungstenite::Message};

const PRODUCERS: usize = 6;
/// Maximum number of unacked messages of a producer.
const WINDOW: usize = 20;
/// Meals are sent in any order, and a reading may be at most 16 days beyond the front of its lot.
const MEALS: i32 = 32;

fn rounds() -> usize {
    std::env::var("GAVEURS_KILL_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap())
}

/// What one producer has sent and what was acked.
#[derive(Default)]
struct Ledger {
    /// Last acked dose of each meal.
    acked: BTreeMap<i32, f64>,
    /// Sent, or to be sent again, in order.
    unacked: VecDeque<(i32, f64)>,
}

struct Producer {
    code_lot: String,
    ledger: RefCell<Ledger>,
    acks: Cell<usize>,
    stopping: Cell<bool>,
}

impl Producer {
    fn new(number: usize) -> Rc<Self> {
        Rc::new(Producer {
            code_lot: format!("LL26110{number:02}"),
            ledger: RefCell::default(),
            acks: Cell::default(),
            stopping: Cell::default(),
        })
    }

    fn is_done(&self) -> bool {
        self.stopping.get() && self.ledger.borrow().unacked.is_empty()
    }

    fn message(&self, (number, dose): (i32, f64)) -> Message {
        let message = with(
            meal(&self.code_lot, 1, number),
            json!({"dose_reelle": dose}),
        );
        Message::text(message.to_string())
    }

    /// Sends to the current address of the server until told to stop and everything is acked.
    async fn run(
        self: Rc<Self>,
        mut server: watch::Receiver<Option<SocketAddr>>,
        mut rng: ChaCha8Rng,
    ) {
        while !self.is_done() {
            let Ok(address) = server
                .wait_for(Option::is_some)
                .await
                .map(|address| *address)
            else {
                return;
            };
            if self.talk(address.unwrap(), &mut rng).await.is_none() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Uses one connection; returns `None` if it was lost.
    async fn talk(&self, address: SocketAddr, rng: &mut ChaCha8Rng) -> Option<()> {
        let (mut socket, _) = connect_async(format!("ws://{address}/ws/gavage"))
            .await
            .ok()?;
        let again: Vec<_> = self.ledger.borrow().unacked.iter().copied().collect();
        for reading in again {
            socket.send(self.message(reading)).await.ok()?;
        }
        while !self.is_done() {
            while let Some(reading) = self.next_reading(rng) {
                socket.send(self.message(reading)).await.ok()?;
            }
            match socket.next().await?.ok()? {
                Message::Text(text) => self.hear(&serde_json::from_str(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
        Some(())
    }

    /// A meal; often one that was sent before, then with another dose.
    fn next_reading(&self, rng: &mut ChaCha8Rng) -> Option<(i32, f64)> {
        let mut ledger = self.ledger.borrow_mut();
        if self.stopping.get() || ledger.unacked.len() >= WINDOW {
            return None;
        }
        let reading = (
            rng.random_range(0..MEALS),
            f64::from(rng.random_range(3_900..4_100)) / 10.0,
        );
        ledger.unacked.push_back(reading);
        Some(reading)
    }

    fn hear(&self, answer: &Value) {
        match answer["type"].as_str().unwrap() {
            "connection_established" => {}
            "ack" => {
                let mut ledger = self.ledger.borrow_mut();
                let (number, dose) = ledger.unacked.pop_front().unwrap();
                assert_eq!(answer["jour"], number / 2, "acks come in order");
                ledger.acked.insert(number, dose);
                self.acks.set(self.acks.get() + 1);
            }
            _ => panic!("{answer}"),
        }
    }

    /// Every acked meal is stored once: with the acked dose, or with one that was sent later and may have been stored without an ack.
    /// Nothing is stored that was never sent.
    async fn assert_kept(&self, database: &Pool) {
        let query = "SELECT jour * 2 + (moment = 'soir')::int, dose_reelle FROM gavage_data WHERE code_lot = $1";
        let client = database.get().await.unwrap();
        let rows = client.query(query, &[&self.code_lot]).await.unwrap();
        let stored: BTreeMap<i32, f64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(stored.len(), rows.len(), "a meal is there twice");
        let ledger = self.ledger.borrow();
        let later = |meal: i32, dose: f64| ledger.unacked.contains(&(meal, dose));
        for (number, acked) in &ledger.acked {
            let found = stored.get(number).copied();
            let kept = found.is_some_and(|dose| dose == *acked || later(*number, dose));
            assert!(
                kept,
                "{} meal {number}: acked {acked}, stored {found:?}",
                self.code_lot
            );
        }
        for (meal, dose) in stored {
            let known = ledger.acked.get(&meal) == Some(&dose) || later(meal, dose);
            assert!(
                known,
                "{} meal {meal}: {dose} was never sent last",
                self.code_lot
            );
        }
    }
}

/// Running producers, whose server address may change.
struct Load {
    producers: Vec<Rc<Producer>>,
    server: watch::Sender<Option<SocketAddr>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(seed: u64) -> Self {
        let server = watch::Sender::new(None);
        let producers: Vec<_> = (0..PRODUCERS).map(Producer::new).collect();
        let tasks = producers.iter().zip(seed * 100..).map(|(producer, seed)| {
            let rng = ChaCha8Rng::seed_from_u64(seed);
            tokio::task::spawn_local(producer.clone().run(server.subscribe(), rng))
        });
        let tasks = tasks.collect();
        Load {
            producers,
            server,
            tasks,
        }
    }

    async fn further_acks(&self, count: usize) {
        let acks = || {
            self.producers
                .iter()
                .map(|producer| producer.acks.get())
                .sum::<usize>()
        };
        let goal = acks() + count;
        until("the producers are acked", async || acks() >= goal).await;
    }

    async fn assert_kept(&self, database: &Pool) {
        for producer in &self.producers {
            producer.assert_kept(database).await;
        }
    }

    async fn finish(&mut self) {
        self.producers
            .iter()
            .for_each(|producer| producer.stopping.set(true));
        for ended in join_all(self.tasks.drain(..)).await {
            ended.unwrap();
        }
    }
}

#[actix_web::test]
async fn after_kill_9_of_the_server_every_acked_reading_is_there_once_with_its_last_value() {
    let seed = 1;
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let database = TestDatabase::create().await;
    let url = database.url();
    let mut load = Load::start(seed);
    for _ in 0..rounds() {
        let mut server =
            Process::start(&["serve", "--bind", "127.0.0.1:0", "--database-url", &url]);
        load.server.send_replace(Some(server.address().await));
        load.further_acks(rng.random_range(1..400)).await;
        // Dropping the processes kills them.
        drop(server);
        load.server.send_replace(None);
        until("the killed server's sessions have left the database", async || {
            let others = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
            database.rows(others).await == [json!({"n": 0})]
        })
        .await;
        load.assert_kept(database.pool()).await;
    }
    let mut server = Process::start(&["serve", "--bind", "127.0.0.1:0", "--database-url", &url]);
    load.server.send_replace(Some(server.address().await));
    load.finish().await;
    load.assert_kept(database.pool()).await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

pub async fn start_cluster(data_dir: &str) -> Cluster {
    let settings = ClusterSettings {
        data_dir: data_dir.into(),
        ..ClusterSettings::default()
    };
    Cluster::start(&settings).await.unwrap()
}

fn kill_postmaster(data_dir: &str) {
    kill_process(postmaster(data_dir), Signal::KILL).unwrap();
}

#[actix_web::test]
async fn after_kill_9_of_postgresql_every_acked_reading_is_there_once_with_its_last_value() {
    let seed = 2;
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let mut cluster = start_cluster(&data_dir).await;
    cluster.create_database("gaveurs").await.unwrap();
    let url = cluster.url("gaveurs");
    let app = Application::build(&settings(&url, &[])).await.unwrap();
    let mut load = Load::start(seed);
    load.server.send_replace(Some(app.address()));
    for _ in 0..rounds() {
        load.further_acks(rng.random_range(1..400)).await;
        kill_postmaster(&data_dir);
        drop(cluster);
        cluster = start_cluster(&data_dir).await;
    }
    load.further_acks(100).await;
    load.finish().await;
    let pool = pool::build(&PoolSettings::new(url)).unwrap();
    load.assert_kept(&pool).await;
    pool.close();
    app.stop().await.unwrap();
    cluster.stop().await.unwrap();
}
