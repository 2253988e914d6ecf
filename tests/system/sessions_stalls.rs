//! Screens that read slowly or not at all, and their effect on others.

use crate::{
    common::{
        client::Client,
        raw,
        readings::meal,
        server::{TestServer, until},
    },
    sessions_support::{reason, until_counter},
};
use gaveurs::domain::wall::MOST_LOTS;
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr};
use tokio::net::TcpStream;

const BATCHES: i32 = 60;
const PER_BATCH: i32 = 100;
const LOTS: i32 = 100;

/// Thousands of readings of a hundred lots, in batches, each of them acked.
async fn flood(server: &TestServer) {
    let mut producer = server.connect("/ws/gavage").await;
    for batch in 0..BATCHES {
        let meals = (0..PER_BATCH).map(|number| {
            let lot = format!("LL26110{:02}", number % LOTS);
            meal(&lot, 7, batch * (PER_BATCH / LOTS) + number / LOTS)
        });
        producer.send(Value::from_iter(meals)).await;
        producer.next_of("ack").await;
    }
    producer.close().await;
}

#[actix_web::test]
async fn screens_that_never_read_are_cut_and_the_one_beside_them_misses_nothing() {
    let server = TestServer::start_with(&["--outbox-frames", "1024"]).await;
    let mut deaf: Vec<TcpStream> = Vec::new();
    for number in 0..20 {
        let path = match number % 2 {
            0 => "/ws/gaveur/7",
            _ => "/ws/realtime/?uid=deaf",
        };
        deaf.push(raw::connect(server.address(), path).await);
    }
    let mut healthy = server.connect("/ws/gaveur/7").await;
    let total = (BATCHES * PER_BATCH) as usize;
    let ((), seen) = futures_util::future::join(flood(&server), healthy.positions(total)).await;
    assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
    until_counter(&server, "dropped_slow_total", 20).await;
    assert_eq!(reason(&server, "slow_consumer").await, 20);
    until("their sockets are gone", async || {
        sockets_of(server.address(), &deaf) == 0
    })
    .await;
    healthy.so_far("gavage").await;
    healthy.close().await;
    server.finish().await;
}

/// How many of these connections the kernel still has on the server's side.
fn sockets_of(server: SocketAddr, clients: &[TcpStream]) -> usize {
    let hex = |address: SocketAddr| format!(":{:04X}", address.port());
    let server = hex(server);
    let ours: Vec<_> = clients
        .iter()
        .map(|client| hex(client.local_addr().unwrap()))
        .collect();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    // The local and the remote address on the server's side, since other programs may use the same port numbers.
    let is_ours = |line: &&str| {
        let mut columns = line.split_whitespace().skip(1);
        let (local, remote) = (
            columns.next().unwrap_or_default(),
            columns.next().unwrap_or_default(),
        );
        local.ends_with(&server) && ours.iter().any(|client| remote.ends_with(client))
    };
    table.lines().filter(is_ours).count()
}

#[actix_web::test]
async fn a_slow_screen_is_not_cut_but_gets_the_newest_value_of_each_lot_and_word_of_the_gap() {
    // A long timeout, so that the screen may stop reading however slow this machine is.
    let server = TestServer::start_with(&["--stall-timeout", "1h", "--outbox-frames", "512"]).await;
    let mut slow = Client::with_small_buffers(server.address(), "/ws/realtime/?uid=slow").await;
    slow.next_of("site_stats").await;
    flood(&server).await;
    let frames = read_up(&mut slow).await;
    let mut covered = Vec::new();
    let mut newest = BTreeMap::new();
    let mut gaps = 0;
    for frame in &frames {
        match frame["type"].as_str().unwrap() {
            "gap" => {
                gaps += 1;
                covered.push((
                    frame["from"].as_u64().unwrap(),
                    frame["to"].as_u64().unwrap(),
                ));
            }
            _ => {
                let seq = frame["seq"].as_u64().unwrap();
                covered.push((seq, seq));
                if let Some(lot) = frame["data"]["code_lot"].as_str() {
                    newest.insert(
                        lot.to_owned(),
                        (
                            frame["data"]["jour"].clone(),
                            frame["data"]["moment"].clone(),
                        ),
                    );
                }
            }
        }
    }
    assert!(gaps > 0, "nothing was left out of {} frames", frames.len());
    assert!(frames.len() < (BATCHES * PER_BATCH) as usize);
    let last = covered.iter().map(|(_, to)| *to).max().unwrap();
    let shown = |seq| {
        covered
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&seq))
    };
    assert!((2..=last).all(shown), "a hole without a word");
    assert_eq!(newest.len(), LOTS as usize);
    let last_meal = (BATCHES * PER_BATCH / LOTS - 1) / 2;
    for (jour, moment) in newest.into_values() {
        assert_eq!((jour, moment), (last_meal.into(), "soir".into()));
    }
    assert_eq!(reason(&server, "slow_consumer").await, 0);
    slow.close().await;
    server.finish().await;
}

/// Reads until it has the newest value of every lot.
async fn read_up(screen: &mut Client) -> Vec<Value> {
    let last_meal = (BATCHES * PER_BATCH / LOTS - 1) / 2;
    let mut frames = Vec::new();
    let mut complete = 0;
    while complete < LOTS {
        let frame = screen.next().await;
        let data = &frame["data"];
        if data["jour"] == last_meal && data["moment"] == "soir" {
            complete += 1;
        }
        frames.push(frame);
    }
    frames
}

/// The most that a lot takes of a snapshot, bytes: so much memory may a screen cost that reads slowly, times the lots of a wall.
const BYTES_OF_A_LOT: usize = 1_024;

#[actix_web::test]
async fn the_largest_wall_comes_whole_to_a_slow_screen_for_which_hardly_anything_may_wait() {
    let small = ["--stall-timeout", "1h", "--outbox-bytes", "65536"];
    let server = TestServer::start_with(&small).await;
    let mut producer = server.connect("/ws/gavage").await;
    let lots: Vec<_> = (0..MOST_LOTS).map(|lot| format!("MT26{lot:05}")).collect();
    let mut feed = async |number: i32| {
        for some in lots.chunks(500) {
            let meals = some.iter().map(|lot| meal(lot, 3, number));
            producer.send(Value::from_iter(meals)).await;
            producer.next_of("ack").await;
        }
    };
    feed(0).await;
    let mut slow = Client::with_small_buffers(server.address(), "/ws/realtime/").await;
    // Behind the snapshot, of which the screen has read nothing yet.
    feed(1).await;
    let (mut seen, mut bytes) = (0, 0);
    while seen < MOST_LOTS {
        let text = slow.next_text_of("snapshot").await;
        let part: Value = serde_json::from_str(&text).unwrap();
        seen += part["lots"].as_array().unwrap().len();
        bytes += text.len();
    }
    assert!(
        bytes <= MOST_LOTS * BYTES_OF_A_LOT && bytes > 1 << 20,
        "{bytes} bytes"
    );
    slow.next_of("site_stats").await;
    for lot in &lots {
        let fed = slow.next_of("gavage_realtime").await;
        assert_eq!(fed["data"]["code_lot"], lot.as_str());
    }
    assert_eq!(reason(&server, "slow_consumer").await, 0);
    for client in [slow, producer] {
        client.close().await;
    }
    server.finish().await;
}
