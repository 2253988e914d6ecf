//! Screens that never read, connected to a process whose memory and response times are measured.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        raw,
        readings::{meal, with},
        server::{ask, until},
    },
    process::Process,
};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::time::Instant;

const DEAF: usize = 20;
const LOTS: i32 = 10;
const PER_BATCH: i32 = 100;
/// Enough to fill the ring of every topic and every queue.
const BATCHES: i32 = 60;
/// KB of memory that a screen that never reads may use: 2,048 entries of its queue, as many of its backlog, and the allocator's reserve.
/// See decision 0011 for the measurement.
const MOST_PER_PEER: u64 = 650;

/// How long a screen may read nothing, by default.
const STALL_TIMEOUT: Duration = Duration::from_millis(1_800);

struct Flow {
    producer: Client,
    screen: Client,
    stored: i32,
    /// Of the last frame that the screen got.
    seq: u64,
}

impl Flow {
    async fn start(address: SocketAddr) -> Self {
        let mut producer = Client::connect(address, "/ws/gavage").await;
        producer.next().await;
        let mut screen = Client::connect(address, "/ws/gaveur/7").await;
        screen.settled().await;
        Flow {
            producer,
            screen,
            stored: 0,
            seq: 0,
        }
    }

    /// Stores batches one by one; returns the median time from sending one until the screen has received all of it.
    async fn run(&mut self, batches: i32) -> Duration {
        let mut times = Vec::new();
        for _ in 0..batches {
            let begun = Instant::now();
            self.batch().await;
            times.push(begun.elapsed());
        }
        times.sort();
        times[times.len() / 2]
    }

    async fn batch(&mut self) {
        let numbers = self.stored..self.stored + PER_BATCH;
        let meals = numbers.map(|number| {
            let of_lot = number / LOTS;
            let meal = meal(&format!("LL26110{:02}", number % LOTS), 7, of_lot);
            // A lot that ends without its last meal would be a silent feed, whose alert has a number in the stream.
            with(meal, json!({"pret_abattage": of_lot % 60 == 59}))
        });
        self.producer.send(Value::from_iter(meals)).await;
        let all = self.stored + PER_BATCH;
        while self.stored < all {
            let frame = self.screen.next().await;
            // Steps of lots have numbers too.
            if frame["seq"].is_u64() {
                self.seq += 1;
                assert_eq!(
                    frame["seq"], self.seq,
                    "the screen that reads misses nothing"
                );
            }
            self.stored += i32::from(frame["type"] == "gavage");
        }
        self.producer.next_of("ack").await;
    }
}

async fn cut(address: SocketAddr) -> u64 {
    let metrics = ask(address, "/ws-metrics").await.1;
    metrics["server"]["dropped_slow_total"].as_u64().unwrap()
}

#[actix_web::test]
async fn twenty_screens_that_never_read_cost_little_memory_and_delay_nobody() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    // The ring must not grow while memory is measured.
    let ring = ["--ring-frames", "2048", "--heartbeat-interval", "1s"];
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let mut server = Process::start_quiet(&[&serve[..], &ring].concat());
    let address = server.address().await;
    let mut flow = Flow::start(address).await;
    flow.run(BATCHES).await;
    server.forget_peak();
    let alone = flow.run(BATCHES).await;
    let before = server.peak_kilobytes();

    let mut deaf = Vec::new();
    for number in 0..DEAF {
        let path = ["/ws/gaveur/7", "/ws/realtime/?uid=deaf"][number % 2];
        deaf.push(raw::connect(address, path).await);
    }
    server.forget_peak();
    let beside = flow.run(BATCHES).await;
    until("all are cut", async || {
        flow.batch().await;
        cut(address).await == DEAF as u64
    })
    .await;
    let grown = server.peak_kilobytes().saturating_sub(before);
    println!(
        "{} KB for each deaf screen; a batch took {alone:?} without them, {beside:?} beside them",
        grown / DEAF as u64
    );
    assert!(
        grown < DEAF as u64 * MOST_PER_PEER,
        "{grown} KB for {DEAF} of them"
    );
    assert!(
        beside < STALL_TIMEOUT,
        "{alone:?} became {beside:?}, as if somebody waited for the deaf"
    );
    drop(deaf);
    flow.producer.close().await;
    flow.screen.close().await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}
