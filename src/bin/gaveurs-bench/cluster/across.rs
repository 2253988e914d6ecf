//! From the ack of a reading by one server to its frame on screens of the others.

use crate::{feed::Feed, latency::Latencies, report::quantiles, server::Server, subscriber::STAMP};
use anyhow::Context as _;
use futures_util::{SinkExt, StreamExt, future::try_join_all};
use gaveurs::{domain::reading::Reading, protocol::frames::reading_data};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::time::{Instant, interval, sleep, sleep_until};
use tokio_tungstenite::{connect_async, tungstenite::Message};

const PRODUCERS: u32 = 10;
/// Not measured: connections and caches are new.
const WARM_UP: Duration = Duration::from_secs(1);
/// Beyond those of the other loads.
const FIRST_LOT: u64 = 9_000_000;

pub struct Across {
    rate: u32,
    acked: usize,
    lost: usize,
    latencies: Latencies,
}

impl fmt::Display for Across {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "on another server, {} readings/s asked for", self.rate)?;
        writeln!(f, "  acked            {} readings", self.acked)?;
        writeln!(f, "  not shown        {}", self.lost)?;
        writeln!(f, "  ack to screen    {}", quantiles(&self.latencies))
    }
}

/// When each reading was acked, and when a screen had it; by its number.
#[derive(Default)]
struct Times {
    next: Cell<usize>,
    acked: RefCell<Vec<Option<Instant>>>,
    seen: RefCell<Vec<Option<Instant>>>,
}

impl Times {
    fn number(&self) -> usize {
        self.acked.borrow_mut().push(None);
        self.seen.borrow_mut().push(None);
        self.next.replace(self.next.get() + 1)
    }

    fn note(of: &RefCell<Vec<Option<Instant>>>, number: usize) {
        if let Some(time) = of.borrow_mut().get_mut(number) {
            *time = Some(Instant::now());
        }
    }
}

/// Sends to the first server, and watches a screen of the second.
///
/// # Errors
/// A connection is refused or lost.
pub async fn measure(servers: &[Server], rate: u32, duration: Duration) -> anyhow::Result<Across> {
    let times = Rc::<Times>::default();
    let (sent_to, shown_by) = (servers[0].address, servers[1].address);
    let watching = watch(shown_by, times.clone()).await?;
    let until = Instant::now() + WARM_UP + duration;
    let pause = Duration::from_secs(1) * PRODUCERS / rate;
    let producing = (0..PRODUCERS).map(|number| {
        let feed = Feed::new(u64::from(number), u64::from(PRODUCERS), FIRST_LOT);
        produce(sent_to, feed, pause, until, &times)
    });
    let measured_from = Instant::now() + WARM_UP;
    try_join_all(producing).await?;
    // What is under way arrives.
    sleep(Duration::from_secs(1)).await;
    watching.abort();
    let (acked, seen) = (times.acked.borrow(), times.seen.borrow());
    let pairs = acked.iter().zip(seen.iter());
    let measured = pairs.filter_map(|(acked, seen)| Some(((*acked)?, *seen)));
    let mut across = Across {
        rate,
        acked: 0,
        lost: 0,
        latencies: Latencies::default(),
    };
    for (acked, seen) in measured.filter(|(acked, _)| *acked >= measured_from) {
        across.acked += 1;
        match seen {
            // A screen may have it before the producer has its ack.
            Some(seen) => across.latencies.record(seen.duration_since(acked)),
            None => across.lost += 1,
        }
    }
    Ok(across)
}

async fn watch(
    address: SocketAddr,
    times: Rc<Times>,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let url = format!("ws://{address}/ws/realtime/");
    let (mut socket, _) = connect_async(url).await.context("no server for a screen")?;
    Ok(actix_web::rt::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let number = message.to_text().ok().and_then(stamped);
            if let Some(number) = number {
                Times::note(&times.seen, number);
            }
        }
    }))
}

fn stamped(text: &str) -> Option<usize> {
    let frame = text.strip_prefix(r#"{"type":"gavage_realtime""#)?;
    let (_, stamp) = frame.split_once(STAMP)?;
    stamp.get(..16)?.parse().ok()
}

async fn produce(
    address: SocketAddr,
    mut feed: Feed,
    pause: Duration,
    until: Instant,
    times: &Times,
) -> anyhow::Result<()> {
    let url = format!("ws://{address}/ws/gavage");
    let (socket, _) = connect_async(url)
        .await
        .context("no server for a producer")?;
    let (mut to_server, mut from_server) = socket.split();
    let mut under_way = VecDeque::new();
    let mut due = interval(pause);
    loop {
        tokio::select! {
            _ = due.tick(), if Instant::now() < until => {
                let number = times.number();
                under_way.push_back(number);
                let reading = feed.next().context("the feed has ended")?;
                to_server.send(frame(reading, number)).await?;
            }
            answer = from_server.next() => {
                let answer = answer.context("the server closed the connection")??;
                let text = answer.to_text().unwrap_or_default();
                if text.starts_with(r#"{"type":"ack""#)
                    && let Some(number) = under_way.pop_front()
                {
                    Times::note(&times.acked, number);
                }
            }
            () = sleep_until(until), if Instant::now() < until => {}
        }
        if Instant::now() >= until && under_way.is_empty() {
            return Ok(());
        }
    }
}

/// Its number stands in a field that the server passes through.
fn frame(reading: Reading, number: usize) -> Message {
    let reading = Reading {
        genetique: format!("{STAMP}{number:016}"),
        ..reading
    };
    Message::text(String::from_utf8_lossy(&reading_data(&reading)).into_owned())
}
