//! What a crowd of tabs sees that hops to a server that has just started, because its own was killed.

mod statements;
mod tab;

use super::member_of;
use crate::{
    feed,
    latency::Latencies,
    report::quantiles,
    server::{self, Server},
};
use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt, StreamExt, future::join_all};
use gaveurs::{domain::reading::Reading, embedded::Cluster, protocol::frames::reading_data};
use statements::Statements;
use std::{
    cell::{Cell, RefCell},
    fmt,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tab::{Tab, Whereto};
use tokio::{
    sync::{Notify, Semaphore, watch},
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// Tabs of one gaveur, so that a wall has room for a lot of each.
const TABS_OF_A_GAVEUR: usize = 5;
/// One of so many tabs is a wall's.
const WALL_EVERY: usize = 500;
/// Readings a second meanwhile, so many in a frame.
const RATE: u32 = 500;
const BATCH: usize = 50;
/// Handshakes under way: more would only wait in the kernel, or be refused by it.
const AT_ONCE: usize = 256;
/// Between the arrival of all tabs and the kill.
const BEFORE: Duration = Duration::from_secs(2);
/// Nothing takes longer than this, or is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What all tabs share.
pub struct Crowd {
    handshakes: Semaphore,
    received: RefCell<Box<[u8]>>,
    size: usize,
    since: Cell<Instant>,
    /// When each was whole, from then on.
    whole: RefCell<Vec<Duration>>,
    all_whole: Notify,
    refused: Cell<u64>,
}

impl Crowd {
    fn new(size: usize) -> Self {
        Crowd {
            handshakes: Semaphore::new(AT_ONCE),
            received: RefCell::new(vec![0; 64 * 1024].into()),
            size,
            since: Cell::new(Instant::now()),
            whole: RefCell::default(),
            all_whole: Notify::new(),
            refused: Cell::new(0),
        }
    }

    fn one_is_whole(&self) {
        let mut whole = self.whole.borrow_mut();
        whole.push(self.since.get().elapsed());
        if whole.len() == self.size {
            self.all_whole.notify_one();
        }
    }

    fn refused(&self, error: &anyhow::Error) {
        log::debug!("a tab is refused: {error:#}");
        self.refused.set(self.refused.get() + 1);
    }

    /// Sends all tabs there, and waits until each has everything that it had missed. Returns how long that took them.
    async fn move_to(
        &self,
        address: SocketAddr,
        tell: &watch::Sender<Whereto>,
    ) -> anyhow::Result<Vec<Duration>> {
        self.since.set(Instant::now());
        self.whole.borrow_mut().clear();
        tell.send_replace(Whereto::At(address));
        let waited = timeout(PATIENCE, self.all_whole.notified()).await;
        let whole = self.whole.take();
        waited.with_context(|| format!("only {} of {} tabs are there", whole.len(), self.size))?;
        Ok(whole)
    }
}

pub struct Hop {
    tabs: usize,
    walls: usize,
    acked: u64,
    /// From the kill until the new server listens.
    start: Duration,
    whole: Vec<Duration>,
    replayed: u64,
    refused: u64,
    missed: u64,
    repeated: u64,
    lost_place: u64,
    unequal: usize,
    statements: Option<i64>,
    /// Seconds that the new server, the other one and this process worked until all were whole.
    worked: [f64; 3],
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hop { tabs, walls, .. } = self;
        let mut latencies = Latencies::default();
        self.whole.iter().for_each(|one| latencies.record(*one));
        let last = self.whole.iter().max().copied().unwrap_or_default();
        let [server, other, own] = self.worked;
        writeln!(
            f,
            "hop of {tabs} tabs, {walls} of them walls, to a server that has just started, {RATE} readings/s"
        )?;
        writeln!(f, "  acked meanwhile  {} readings", self.acked)?;
        writeln!(f, "  whole again      {}", quantiles(&latencies))?;
        writeln!(f, "  the last one     {:.2} s", last.as_secs_f64())?;
        let silent = self.start + last;
        writeln!(f, "  since the kill   {:.2} s", silent.as_secs_f64())?;
        writeln!(f, "  replayed         {} frames", self.replayed)?;
        writeln!(f, "  missed           {}", self.missed)?;
        writeln!(f, "  repeated         {}", self.repeated)?;
        writeln!(f, "  places lost      {}", self.lost_place)?;
        writeln!(f, "  readings wrong   on {} tabs", self.unequal)?;
        writeln!(f, "  refused          {} handshakes", self.refused)?;
        match self.statements {
            Some(count) => writeln!(f, "  statements       {count}, beside those of ingest")?,
            None => writeln!(
                f,
                "  statements       – (this PostgreSQL has no pg_stat_statements)"
            )?,
        }
        writeln!(
            f,
            "  worked           the new server {server:.1} s, the other {other:.1} s, the tabs {own:.1} s"
        )
    }
}

/// Kills the server of the tabs while readings go on at another, and sends them to a third.
///
/// # Errors
/// A server does not start or refuses readings, or not all tabs come back.
pub async fn measure(database: &Cluster, tabs: usize) -> anyhow::Result<Hop> {
    const NAME: &str = "hop";
    database.create_database(NAME).await?;
    let url = database.url(NAME);
    let room = tabs + 100;
    // The first one keeps the journal: otherwise the new one might do it, whose statements are counted.
    let stays = member_of(&url, room).await?;
    let killed = member_of(&url, room).await?;
    let mut statements = Statements::of(database, NAME).await;

    let gaveurs = (tabs / TABS_OF_A_GAVEUR).max(1);
    let mut producer = Producer::connect(stays.address, gaveurs).await?;
    producer.round(None).await?;
    let (tell, told) = watch::channel(Whereto::Nowhere);
    let crowd = Rc::new(Crowd::new(tabs));
    let all = (0..tabs).map(|number| match number % WALL_EVERY {
        0 => Tab::of_wall(number, gaveurs),
        _ => Tab::of_gaveur(number, 1 + number % gaveurs),
    });
    let running = all.map(|tab| actix_web::rt::spawn(tab.run(crowd.clone(), told.clone())));
    let running: Vec<_> = running.collect();
    crowd.move_to(killed.address, &tell).await?;

    let is_over = Rc::<Cell<bool>>::default();
    let feeding = actix_web::rt::spawn(producer.feed(is_over.clone()));
    sleep(BEFORE).await;
    tell.send_replace(Whereto::Nowhere);
    let at = Instant::now();
    killed.kill().await?;
    let newcomer = statements.as_ref().map_or(url.as_str(), Statements::url);
    let new = member_of(newcomer, room).await?;
    let start = at.elapsed();
    if let Some(statements) = &mut statements {
        statements.begin().await?;
    }
    let before = worked(&new, &stays)?;
    let whole = crowd.move_to(new.address, &tell).await?;
    let after = worked(&new, &stays)?;
    let statements = match &statements {
        Some(statements) => Some(statements.asked().await?),
        None => None,
    };
    sleep(BEFORE).await;
    is_over.set(true);
    let rounds = feeding.await.context("the producer has ended")??;
    // What is under way arrives.
    sleep(BEFORE).await;
    tell.send_replace(Whereto::Over);
    let ended = join_all(running).await;
    let tabs: Vec<Tab> = ended.into_iter().collect::<Result<_, _>>()?;
    for server in [new, stays] {
        server.end().await?;
    }
    let sum = |of: fn(&Tab) -> u64| tabs.iter().map(of).sum();
    let is_unequal = |tab: &&Tab| tab.readings != tab.share * rounds;
    Ok(Hop {
        tabs: tabs.len(),
        walls: tabs.len().div_ceil(WALL_EVERY),
        acked: rounds * gaveurs as u64,
        start,
        whole,
        replayed: sum(|tab| tab.replayed),
        refused: crowd.refused.get(),
        missed: sum(|tab| tab.place.missed),
        repeated: sum(|tab| tab.place.repeated),
        lost_place: sum(|tab| tab.place.lost),
        unequal: tabs.iter().filter(is_unequal).count(),
        statements,
        worked: [0, 1, 2].map(|of| after[of] - before[of]),
    })
}

fn worked(new: &Server, stays: &Server) -> anyhow::Result<[f64; 3]> {
    let own = server::worked(std::process::id())?;
    Ok([new.worked()?, stays.worked()?, own])
}

/// Sends a reading of each gaveur in turn.
struct Producer {
    socket: tokio_tungstenite::WebSocketStream<
        tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>,
    >,
    readings: Box<dyn Iterator<Item = Reading>>,
    gaveurs: usize,
    pause: Duration,
}

impl Producer {
    async fn connect(address: SocketAddr, gaveurs: usize) -> anyhow::Result<Self> {
        let connected = connect_async(format!("ws://{address}/ws/gavage")).await;
        let (socket, _) = connected.context("no server for a producer")?;
        let number = (1..=gaveurs as i32).cycle();
        let readings = number.zip(feed::in_turn(gaveurs as u64, 0));
        let readings = readings.map(|(gaveur_id, reading)| Reading {
            gaveur_id,
            ..reading
        });
        Ok(Producer {
            socket,
            readings: Box::new(readings),
            gaveurs,
            pause: Duration::from_secs(1) * BATCH as u32 / RATE,
        })
    }

    /// Whole rounds at the asked rate, until it is over. Returns how many.
    async fn feed(mut self, is_over: Rc<Cell<bool>>) -> anyhow::Result<u64> {
        let (mut rounds, mut due) = (0, Instant::now());
        while !is_over.get() {
            due = self.round(Some(due)).await?;
            rounds += 1;
        }
        Ok(rounds)
    }

    /// One reading of each gaveur; at once unless something is said of when. Returns when the next one is due.
    async fn round(&mut self, due: Option<Instant>) -> anyhow::Result<Instant> {
        let mut next = due.unwrap_or_else(Instant::now);
        let mut left = self.gaveurs;
        while left > 0 {
            if due.is_some() {
                tokio::time::sleep_until(next).await;
                next += self.pause;
            }
            let count = left.min(BATCH);
            self.send(count).await?;
            left -= count;
        }
        Ok(next)
    }

    /// Until they are acked.
    async fn send(&mut self, count: usize) -> anyhow::Result<()> {
        let readings = self.readings.by_ref().take(count);
        let texts = readings.map(|reading| reading_data(&reading));
        let texts: Result<Vec<_>, _> = texts.map(String::from_utf8).collect();
        let text = format!("[{}]", texts?.join(","));
        self.socket.send(Message::text(text)).await?;
        loop {
            let answer = timeout(PATIENCE, self.socket.next()).await;
            let answer = answer.context("no ack came")?;
            let Some(Ok(Message::Text(text))) = answer else {
                ensure!(matches!(answer, Some(Ok(_))), "the connection was lost");
                continue;
            };
            match text.as_str() {
                text if text.starts_with(r#"{"type":"ack""#) => return Ok(()),
                text if text.starts_with(r#"{"type":"error""#) => bail!("refused: {text}"),
                _ => {}
            }
        }
    }
}
