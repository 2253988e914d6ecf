//! `gaveurs bench fanout`: latency and throughput from one publication to many subscribers.

use crate::{
    feed::Feed,
    server::Server,
    stage::Stage,
    subscriber::{Latencies, Reader, STAMP, Summary, WARMING, connect, masked, now_us},
};
use anyhow::{Context as _, ensure};
use clap::Args;
use gaveurs::{
    domain::{audience::Audience, reading::Reading, stream::Topic},
    messages::{
        app_to_supervisor::CountSessions,
        writer_to_supervisor::{Committed, Publication, ToPublish},
    },
    protocol::frames::{At, OpenFrame, ServerFrame, reading_data},
    websocket::encoder,
};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::{
    io::Write,
    net::SocketAddr,
    process::{ExitCode, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::{Child, Command},
    time::{Instant, MissedTickBehavior, interval, sleep},
};

/// Measure how many frames a second reach how many subscribers, and how fast
///
/// The server (sessions and supervisor, without a database) runs in this process, the subscribers in another process. With --writer a
/// whole server with a database is measured as well. At the end one task writes the same bytes to as many raw sockets, as the limit of
/// what the machine can do.
#[derive(Debug, Args)]
pub struct BenchFanout {
    /// Number of subscribed screens
    #[arg(long, default_value_t = 1_000)]
    subscribers: usize,

    /// Frames a second, over all subscribers
    #[arg(long, default_value_t = 100_000)]
    rate: u64,

    /// Size of a frame, bytes
    #[arg(long, default_value_t = 200)]
    size: usize,

    /// How long to publish, s; one second of warm-up before it is not measured
    #[arg(long, default_value_t = 5)]
    seconds: u64,

    /// Measure a whole server too: readings are sent to it, stored in a private PostgreSQL and published. Latency counts from the
    /// sending, and --size does not apply
    #[arg(long)]
    writer: bool,

    /// Keep the server on one core and the subscribers on another
    #[arg(long)]
    pin: bool,

    /// Run the subscribers of this address (used by the measurement itself)
    #[arg(long, hide = true)]
    load: Option<SocketAddr>,

    /// Read frames without a handshake (used by the measurement itself)
    #[arg(long, hide = true)]
    raw: bool,
}

const PATH: &str = "/ws/gaveur/1";
/// Publications are batched for this long, as the writer does.
const TICK: Duration = Duration::from_millis(1);
/// Publishes this long before measuring, because new connections are served more slowly.
const WARM_UP: Duration = Duration::from_secs(1);

impl BenchFanout {
    /// # Errors
    /// The measurement failed.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        if self.pin {
            // Threads that are started later inherit the affinity.
            stay_on(usize::from(self.load.is_some()))?;
        }
        if let Some(address) = self.load {
            self.subscribe(address).await?;
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{} subscribers, frames of {} bytes, {} deliveries/s for {} s",
            self.subscribers, self.size, self.rate, self.seconds
        );
        let (sent, seen) = self.measure_server().await?;
        self.report("server", sent, seen);
        if self.writer {
            let (sent, seen) = self.measure_writer().await?;
            self.report("with writer", sent, seen);
        }
        let (sent, seen) = self.measure_yardstick().await?;
        self.report("raw sockets", sent, seen);
        Ok(ExitCode::SUCCESS)
    }

    fn report(&self, name: &str, sent: Sent, seen: Summary) {
        let expected = sent.messages * self.subscribers as u64;
        println!(
            "{name:>12}: {:>9.0} deliveries/s, lost {} of {expected}, p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            seen.frames as f64 / sent.took.as_secs_f64(),
            expected - seen.frames,
            seen.p50_us as f64 / 1e3,
            seen.p99_us as f64 / 1e3,
            seen.max_us as f64 / 1e3,
        );
    }

    async fn measure_server(&self) -> anyhow::Result<(Sent, Summary)> {
        let stage = Stage::start(self.subscribers)?;
        let mut load = self.start_load(stage.address, false).await?;
        ensure!(
            stage.supervisor.send(CountSessions).await?.listeners == self.subscribers,
            "not every subscriber is listening"
        );
        let publish = async |notices: Vec<Notice>| {
            let publications = notices.iter().map(|notice| Publication {
                topic: Topic::Gaveur(1),
                gaveur: None,
                audience: Audience::Sites(None),
                frame: notice.open(),
            });
            let to_publish = ToPublish {
                publications: publications.collect(),
                ..ToPublish::default()
            };
            let stored = Committed {
                to_publish,
                position: None,
                by_another: None,
                credit: None,
            };
            Ok(stage.supervisor.send(stored).await?)
        };
        let sent = self.publish(publish).await?;
        Ok((sent, finish_load(&mut load).await?))
    }

    /// Measures the whole path of a reading: a producer sends it, the writer commits it, a screen receives it.
    async fn measure_writer(&self) -> anyhow::Result<(Sent, Summary)> {
        let server = Server::start(None, self.subscribers + 100, |_| {}).await?;
        let mut load = self.start_load(server.address, false).await?;
        let (mut acks, mut producer) = connect(server.address, "/ws/gavage").await?.into_split();
        let acked = actix_web::rt::spawn(async move {
            tokio::io::copy(&mut acks, &mut tokio::io::sink()).await
        });
        let mut feed = Feed::new(0, 1, 0);
        let publish = async |notices: Vec<Notice>| {
            let readings = notices.iter().zip(feed.by_ref());
            let texts: Vec<_> = readings
                .map(|(notice, reading)| stamped_like(notice, reading))
                .collect();
            let array = [b"[", texts.join(&b","[..]).as_slice(), b"]"].concat();
            Ok(producer.write_all(&masked(&array)).await?)
        };
        let sent = self.publish(publish).await?;
        let seen = finish_load(&mut load).await?;
        acked.abort();
        server.end().await?;
        Ok((sent, seen))
    }

    /// One task that writes the same bytes to as many sockets.
    async fn measure_yardstick(&self) -> anyhow::Result<(Sent, Summary)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let accepting = async {
            let mut sockets = Vec::new();
            while sockets.len() < self.subscribers {
                let (socket, _) = listener.accept().await?;
                socket.set_nodelay(true)?;
                sockets.push(socket);
            }
            anyhow::Ok(sockets)
        };
        let (sockets, load) =
            futures_util::future::join(accepting, self.start_load(address, true)).await;
        let (mut sockets, mut load) = (sockets?, load?);
        let publish = async |notices: Vec<Notice>| {
            let closed = notices
                .iter()
                .map(|notice| notice.open().close(Topic::Gaveur(1), 0, encoder::text_of));
            let bytes = closed.collect::<Vec<_>>().concat();
            for socket in &mut sockets {
                socket.write_all(&bytes).await?;
            }
            Ok(())
        };
        let sent = self.publish(publish).await?;
        Ok((sent, finish_load(&mut load).await?))
    }

    /// Publishes during the warm-up and then during the measurement; returns what was measured.
    async fn publish(
        &self,
        mut publish: impl AsyncFnMut(Vec<Notice>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Sent> {
        self.publish_for(WARM_UP, WARMING, &mut publish).await?;
        let measured = Duration::from_secs(self.seconds);
        self.publish_for(measured, STAMP, &mut publish).await
    }

    /// Publishes at the requested rate, or as fast as possible if that is less.
    async fn publish_for(
        &self,
        duration: Duration,
        stamp: &str,
        publish: &mut impl AsyncFnMut(Vec<Notice>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Sent> {
        let per_second = self.rate as f64 / self.subscribers as f64;
        let begun = Instant::now();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut messages = 0;
        while begun.elapsed() < duration {
            ticks.tick().await;
            let due = (begun.elapsed().as_secs_f64() * per_second) as u64;
            if due > messages {
                let notices = (messages..due).map(|_| self.notice(stamp)).collect();
                publish(notices).await?;
                messages = due;
            }
        }
        let took = begun.elapsed();
        Ok(Sent { messages, took })
    }

    fn notice(&self, stamp: &str) -> Notice {
        Notice {
            id: format!("{stamp}{:016}", now_us()),
            size: self.size,
        }
    }

    async fn start_load(&self, address: SocketAddr, raw: bool) -> anyhow::Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["fanout", "--load", &address.to_string()]);
        command.args(["--subscribers", &self.subscribers.to_string()]);
        if raw {
            command.arg("--raw");
        }
        if self.pin {
            command.arg("--pin");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let ready = child
            .stdout
            .as_mut()
            .context("no way to hear it")?
            .read_u8()
            .await;
        ready.context("the subscribers could not connect")?;
        Ok(child)
    }

    /// The subscriber process: connects, reports that it is ready, and counts frames until told to stop.
    async fn subscribe(&self, address: SocketAddr) -> anyhow::Result<()> {
        let latencies = std::rc::Rc::new(std::cell::RefCell::new(Latencies::new()));
        for _ in 0..self.subscribers {
            let mut stream = if self.raw {
                tokio::net::TcpStream::connect(address).await?
            } else {
                connect(address, PATH).await?
            };
            let latencies = latencies.clone();
            actix_web::rt::spawn(async move {
                let mut reader = Reader::default();
                let mut piece = vec![0; 16 * 1024];
                while let Ok(count @ 1..) = stream.read(&mut piece).await {
                    reader.take(&piece[..count], &mut latencies.borrow_mut());
                }
            });
        }
        say("r")?;
        let asked = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        asked.await??;
        say(&serde_json::to_string(&latencies.borrow().summary())?)
    }
}

struct Sent {
    messages: u64,
    took: Duration,
}

/// One message to publish.
struct Notice {
    /// Contains the time of sending, and whether the message is measured.
    id: String,
    /// Size of the frame, bytes.
    size: usize,
}

impl Notice {
    /// A notification, because it has the fewest fields of all frames of a stream.
    fn open(&self) -> OpenFrame {
        /// Bytes of the frame without its message.
        const BARE: usize = 122;
        OpenFrame::from(&ServerFrame::Notification {
            id: self.id.clone(),
            r#type: "info",
            title: "",
            message: "x".repeat(self.size.saturating_sub(BARE)),
            timestamp: At::now(),
        })
    }
}

/// A meal of the gaveur that all subscribers follow; the notice's id is in a field that the server passes through.
fn stamped_like(notice: &Notice, reading: Reading) -> Vec<u8> {
    reading_data(&Reading {
        gaveur_id: 1,
        genetique: notice.id.clone(),
        ..reading
    })
}

fn stay_on(core: usize) -> anyhow::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).context("there is no second core to keep apart")
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Waits for frames in transit, then stops the subscribers and reads their result.
async fn finish_load(load: &mut Child) -> anyhow::Result<Summary> {
    sleep(Duration::from_secs(1)).await;
    let mut stdin = load.stdin.take().context("no way to tell it")?;
    stdin.write_all(b"stop\n").await?;
    let mut answer = String::new();
    let stdout = load.stdout.as_mut().context("no way to hear it")?;
    stdout.read_to_string(&mut answer).await?;
    load.wait().await?;
    Ok(serde_json::from_str(&answer)?)
}
