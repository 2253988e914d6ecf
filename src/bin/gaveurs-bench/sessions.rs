//! `gaveurs bench sessions`: the cost of connections, and a reconnect storm when all drop at once.

use crate::{
    file_limit,
    probe::HealthProbe,
    server::Server,
    subscriber::{connect, masked},
};
use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

/// Measure memory per connection, reconnect storms, and their effect on health checks
///
/// Starts its own server, on the given database or on a private one that is deleted afterwards.
#[derive(Debug, Args)]
pub struct BenchSessions {
    /// Connections; fewer if this machine allows fewer open files
    #[arg(long, default_value_t = 10_000)]
    connections: usize,

    /// Database of the server that is measured [default: a private PostgreSQL in a temporary directory]
    #[arg(long)]
    database_url: Option<String>,
}

/// Estimate of the server's descriptors that are not connections.
const OTHER_FILES: u64 = 200;
const AT_ONCE: usize = 64;
const WARM_UP: usize = 100;
const WORDS: [&str; 5] = [
    "ws_connect",
    "ws_disconnect",
    "ws_cleanup_complete",
    "user_detach_delay_start",
    "user_detach_executing",
];

type Lines = Arc<Mutex<BTreeMap<&'static str, u64>>>;

struct Measured {
    server: Server,
    lines: Lines,
}

impl BenchSessions {
    /// # Errors
    /// The measurement failed.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let files = file_limit();
        let most = files.saturating_sub(OTHER_FILES) as usize;
        let count = self.connections.min(most);
        if count < self.connections {
            println!("scaled down to {count} connections: {files} files may be open");
        }
        let lines = Lines::default();
        let counted = lines.clone();
        let server = Server::start(self.database_url.as_deref(), count + 10, move |line| {
            count_line(&counted, line);
        });
        let measured = Measured {
            server: server.await?,
            lines,
        };
        let outcome = measured.measure(count).await;
        measured.server.end().await?;
        outcome.map(|()| ExitCode::SUCCESS)
    }
}

fn count_line(lines: &Lines, line: &str) {
    let word = WORDS
        .iter()
        .find(|word| line.contains(&format!("] {word} ")));
    if let Some(word) = word {
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        *lines.entry(word).or_default() += 1;
    }
}

impl Measured {
    async fn measure(&self, count: usize) -> anyhow::Result<()> {
        let before = self.memory_once_warm().await?;
        let open = self.open(0..count).await?;
        self.until("open", count as u64).await?;
        sleep(Duration::from_secs(1)).await;
        let idle = self.server.memory()?;
        println!(
            "idle memory: {:.1} KB per connection ({count} connections)",
            per(idle, before, count)
        );
        self.drop_all(open, count).await?;
        let after = self.memory_given_back().await?;
        println!(
            "memory: {before} KB before, {idle} KB with all, {after} KB after they left ({:.2} times before)",
            times(after, before)
        );
        self.drop_and_return(count, after).await?;
        self.replay().await
    }
}

fn times(after: u64, before: u64) -> f64 {
    after as f64 / before as f64
}

fn per(with: u64, without: u64, count: usize) -> f64 {
    with.saturating_sub(without) as f64 / count as f64
}

impl Measured {
    /// Memory of a server that has already served a few connections, because what it allocates for the first ones stays.
    async fn memory_once_warm(&self) -> anyhow::Result<u64> {
        drop(self.open(0..WARM_UP).await?);
        self.until("cleanup_ok_total", WARM_UP as u64).await?;
        let memory = self.memory_given_back().await;
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clear();
        memory
    }

    /// Memory after the connections have ended. The allocator returns free memory with a short delay.
    async fn memory_given_back(&self) -> anyhow::Result<u64> {
        sleep(Duration::from_secs(3)).await;
        self.server.memory()
    }

    async fn open(&self, numbers: std::ops::Range<usize>) -> anyhow::Result<Vec<TcpStream>> {
        let connecting = numbers.map(|number| async move {
            let path = format!("/ws/realtime/?uid=bench-{number}&sid=tab-{number}");
            connect(self.server.address, &path).await
        });
        stream::iter(connecting)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn counters(&self) -> anyhow::Result<Value> {
        let mut stream = TcpStream::connect(self.server.address).await?;
        stream
            .write_all(b"GET /ws-metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let begin = answer.find("\r\n\r\n").context("no answer")? + 4;
        Ok(serde_json::from_str::<Value>(&answer[begin..])?["server"].take())
    }

    async fn counter(&self, name: &str) -> anyhow::Result<u64> {
        let counters = self.counters().await?;
        counters[name]
            .as_u64()
            .with_context(|| format!("no {name}"))
    }

    async fn until(&self, name: &str, value: u64) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.counter(name).await? != value {
            ensure!(
                Instant::now() < deadline,
                "{name} did not reach {value} in two minutes"
            );
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    async fn drop_all(&self, open: Vec<TcpStream>, count: usize) -> anyhow::Result<()> {
        let probe = HealthProbe::start(self.server.address);
        let begun = Instant::now();
        drop(open);
        self.until("closed_total", (WARM_UP + count) as u64).await?;
        println!(
            "all dropped at once: {} noticed in {:.2} s",
            count,
            begun.elapsed().as_secs_f64()
        );
        self.until("cleanup_ok_total", (WARM_UP + count) as u64)
            .await?;
        println!(
            "all cleaned up {:.2} s after the drop (5 s of it grace)",
            begun.elapsed().as_secs_f64()
        );
        report("health under the storm", probe.finish());
        let lines = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        println!("log lines: {}", json!(lines));
        Ok(())
    }

    async fn drop_and_return(&self, count: usize, first: u64) -> anyhow::Result<()> {
        let before = self.counter("detach_cancelled_total").await?;
        let closed = self.counter("closed_total").await?;
        let open = self.open(0..count).await?;
        self.until("open", count as u64).await?;
        let probe = HealthProbe::start(self.server.address);
        drop(open);
        let returning = count * 9 / 10;
        let begun = Instant::now();
        let back = self.open(0..returning).await?;
        println!(
            "{returning} came back in {:.2} s",
            begun.elapsed().as_secs_f64()
        );
        self.until("closed_total", closed + count as u64).await?;
        self.until("in_grace", 0).await?;
        report("health meanwhile", probe.finish());
        let counters = self.counters().await?;
        let cancelled = counters["detach_cancelled_total"].as_u64().unwrap_or(0) - before;
        println!(
            "graces cancelled: {cancelled}, connections open: {}",
            counters["open"]
        );
        drop(back);
        self.until("open", 0).await?;
        self.until("in_grace", 0).await?;
        self.until("cleaning", 0).await?;
        let second = self.memory_given_back().await?;
        println!(
            "memory after the second storm: {second} KB ({:.2} times after the first)",
            times(second, first)
        );
        Ok(())
    }

    async fn replay(&self) -> anyhow::Result<()> {
        const FRAMES: usize = 1_000;
        let mut tab = connect(self.server.address, "/ws/gaveur/424242?sid=a").await?;
        let first = next_text(&mut tab).await?;
        let epoch = first["epoch"].as_str().context("no epoch")?.to_owned();
        let mut producer = connect(self.server.address, "/ws/gavage").await?;
        next_text(&mut producer).await?;
        for batch in (0..FRAMES).collect::<Vec<_>>().chunks(FRAMES / 4) {
            let meals: Vec<_> = batch.iter().copied().map(meal).collect();
            producer
                .write_all(&masked(json!(meals).to_string().as_bytes()))
                .await?;
            let ack = next_text(&mut producer).await?;
            ensure!(ack["type"] == "ack", "the readings were not stored: {ack}");
        }
        // An ack means committed; the frame on the screen means published.
        for _ in 0..FRAMES {
            next_text(&mut tab).await?;
        }
        let begun = Instant::now();
        let mut tab = connect(
            self.server.address,
            &format!("/ws/gaveur/424242?sid=a&epoch={epoch}&last_seq=0"),
        )
        .await?;
        let resume = next_text(&mut tab).await?;
        let replayed = resume["replayed"].as_u64().unwrap_or(0);
        for _ in 0..replayed {
            next_text(&mut tab).await?;
        }
        println!(
            "replay: {replayed} frames {:.1} ms after the first byte of the handshake",
            begun.elapsed().as_secs_f64() * 1e3
        );
        Ok(())
    }
}

fn report(name: &str, answers: Vec<Duration>) {
    let at = |share: f64| {
        answers
            .get((answers.len() as f64 * share) as usize)
            .or(answers.last())
    };
    let ms =
        |duration: Option<&Duration>| duration.map_or(0.0, |duration| duration.as_secs_f64() * 1e3);
    println!(
        "{name}: {} probes, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        answers.len(),
        ms(at(0.5)),
        ms(at(0.99)),
        ms(answers.last())
    );
}

/// The next text frame of the server, which is unmasked.
async fn next_text(stream: &mut TcpStream) -> anyhow::Result<Value> {
    loop {
        let first = stream.read_u8().await?;
        let length = match stream.read_u8().await? {
            126 => usize::from(stream.read_u16().await?),
            127 => stream.read_u64().await? as usize,
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await?;
        if first == 0x81 {
            return Ok(serde_json::from_slice(&payload)?);
        }
    }
}

fn meal(number: usize) -> Value {
    json!({
        "code_lot": format!("LLBENCH{}", number / 26), "gaveur_id": 424_242, "gaveur_nom": "Banc d'essai", "site": "LL",
        "genetique": "Mulard", "jour": number % 26 / 2, "moment": (["matin", "soir"][number % 2]), "dose_theorique": 400.0,
        "dose_reelle": 400.0, "poids_moyen": 5000.0, "nb_canards_vivants": 100, "taux_mortalite": 0.0,
        "temperature_stabule": 20.0, "humidite_stabule": 60.0, "timestamp": "2026-11-22T05:21:25Z", "simule": true,
    })
}
