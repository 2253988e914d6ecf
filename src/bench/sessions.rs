//! `gaveurs bench sessions`: what connections cost, and what happens when they all drop at once.

use super::{file_limit, probe::HealthProbe, subscriber::connect, this_binary};
use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::Permissions,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    process::{ExitCode, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};

/// Measure memory per connection, reconnect storms, and what health checks notice of them
///
/// Starts a server of its own, on the given database or on a private one that is thrown away afterwards.
#[derive(Debug, Args)]
pub struct BenchSessions {
    /// Connections; fewer when this machine allows fewer open files
    #[arg(long, default_value_t = 10_000)]
    connections: usize,

    /// Database of the server that is measured [default: a private PostgreSQL in a temporary directory]
    #[arg(long)]
    database_url: Option<String>,
}

/// Descriptors of the server that are not connections, roughly.
const OTHER_FILES: u64 = 200;
const AT_ONCE: usize = 64;
const WORDS: [&str; 5] = [
    "ws_connect",
    "ws_disconnect",
    "ws_cleanup_complete",
    "user_detach_delay_start",
    "user_detach_executing",
];

type Lines = Arc<Mutex<BTreeMap<&'static str, u64>>>;

struct Server {
    child: Child,
    address: SocketAddr,
    lines: Lines,
}

impl BenchSessions {
    /// # Errors
    /// The measurement could not be made.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let most = file_limit().saturating_sub(OTHER_FILES) as usize;
        let count = self.connections.min(most);
        if count < self.connections {
            println!(
                "scaled down to {count} connections: {} files may be open",
                file_limit()
            );
        }
        let directory = std::env::temp_dir().join(format!("gaveurs-bench-{}", std::process::id()));
        let database = match &self.database_url {
            Some(url) => ["--database-url".into(), url.into()],
            None => {
                std::fs::create_dir(&directory)?;
                // The private PostgreSQL may have to pass through it as another user.
                std::fs::set_permissions(&directory, Permissions::from_mode(0o755))?;
                ["--data-dir".into(), directory.join("data").into_os_string()]
            }
        };
        let outcome = measure(database, count).await;
        if self.database_url.is_none() {
            std::fs::remove_dir_all(&directory)?;
        }
        outcome.map(|()| ExitCode::SUCCESS)
    }
}

async fn measure(database: [OsString; 2], count: usize) -> anyhow::Result<()> {
    let server = Server::start(database, count).await?;
    let outcome = server.measure(count).await;
    server.end().await?;
    outcome
}

impl Server {
    async fn measure(&self, count: usize) -> anyhow::Result<()> {
        let before = self.memory()?;
        let open = self.open(0..count).await?;
        self.until("open", count as u64).await?;
        sleep(Duration::from_secs(1)).await;
        let idle = self.memory()?;
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

    async fn end(mut self) -> anyhow::Result<()> {
        let id = self.child.id().context("the server has ended")?;
        let id = Pid::from_raw(id.cast_signed()).context("no process")?;
        kill_process(id, Signal::TERM)?;
        self.child.wait().await?;
        Ok(())
    }
}

fn times(after: u64, before: u64) -> f64 {
    after as f64 / before as f64
}

fn per(with: u64, without: u64, count: usize) -> f64 {
    with.saturating_sub(without) as f64 / count as f64
}

impl Server {
    async fn start(database: [OsString; 2], count: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(this_binary()?)
            .args(["serve", "--bind", "127.0.0.1:0"])
            .args(database)
            .args(["--max-connections", &(count + 10).to_string()])
            .env("RUST_LOG", "info")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut said = BufReader::new(child.stderr.take().context("no way to hear it")?).lines();
        let address = loop {
            let line = said
                .next_line()
                .await?
                .context("the server did not start")?;
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().parse()?;
            }
        };
        let lines = Lines::default();
        let counted = lines.clone();
        actix_web::rt::spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                let word = WORDS
                    .iter()
                    .find(|word| line.contains(&format!("] {word} ")));
                if let Some(word) = word {
                    let mut lines = counted.lock().unwrap_or_else(PoisonError::into_inner);
                    *lines.entry(word).or_default() += 1;
                }
            }
        });
        Ok(Server {
            child,
            address,
            lines,
        })
    }

    /// Resident memory of the server, KB.
    fn memory(&self) -> anyhow::Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let figure = line.and_then(|line| line.split_whitespace().next());
        Ok(figure.context("no resident memory is stated")?.parse()?)
    }

    /// The allocator gives back what is free with a little delay.
    async fn memory_given_back(&self) -> anyhow::Result<u64> {
        sleep(Duration::from_secs(3)).await;
        self.memory()
    }

    async fn open(&self, numbers: std::ops::Range<usize>) -> anyhow::Result<Vec<TcpStream>> {
        let connecting = numbers.map(|number| async move {
            let path = format!("/ws/realtime/?uid=bench-{number}&sid=tab-{number}");
            connect(self.address, &path).await
        });
        stream::iter(connecting)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn counters(&self) -> anyhow::Result<Value> {
        let mut stream = TcpStream::connect(self.address).await?;
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
        let probe = HealthProbe::start(self.address);
        let begun = Instant::now();
        drop(open);
        self.until("closed_total", count as u64).await?;
        println!(
            "all dropped at once: {} noticed in {:.2} s",
            count,
            begun.elapsed().as_secs_f64()
        );
        self.until("cleanup_ok_total", count as u64).await?;
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
        let probe = HealthProbe::start(self.address);
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
        let mut tab = connect(self.address, "/ws/gaveur/424242?sid=a").await?;
        let first = next_text(&mut tab).await?;
        let epoch = first["epoch"].as_str().context("no epoch")?.to_owned();
        let mut producer = connect(self.address, "/ws/gavage").await?;
        next_text(&mut producer).await?;
        for batch in (0..FRAMES).collect::<Vec<_>>().chunks(FRAMES / 4) {
            let meals: Vec<_> = batch.iter().copied().map(meal).collect();
            producer
                .write_all(&masked(&json!(meals).to_string()))
                .await?;
            let ack = next_text(&mut producer).await?;
            ensure!(ack["type"] == "ack", "the readings were not stored: {ack}");
        }
        // Acked is committed; published is what has been shown.
        for _ in 0..FRAMES {
            next_text(&mut tab).await?;
        }
        let begun = Instant::now();
        let mut tab = connect(
            self.address,
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

/// The next frame of the server, which is short and unmasked.
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

/// A text frame of a client, with a mask of zero.
fn masked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0xFF];
    frame.extend((text.len() as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

fn meal(number: usize) -> Value {
    json!({
        "code_lot": format!("LLBENCH{}", number / 26), "gaveur_id": 424_242, "gaveur_nom": "Banc d'essai", "site": "LL",
        "genetique": "Mulard", "jour": number % 26 / 2, "moment": (["matin", "soir"][number % 2]), "dose_theorique": 400.0,
        "dose_reelle": 400.0, "poids_moyen": 5000.0, "nb_canards_vivants": 100, "taux_mortalite": 0.0,
        "temperature_stabule": 20.0, "humidite_stabule": 60.0, "timestamp": "2026-11-22T05:21:25Z", "simule": true,
    })
}
