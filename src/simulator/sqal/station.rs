//! One simulated station: it says hello, sends heartbeats, claims lots, scans their foies, and keeps samples until they are acked.

use super::{
    foie::{Foies, Label},
    queue::{Choice, Queue, choose},
    watching::{StationEvent, StationSummary, Watcher},
};
use crate::simulator::feeder::{
    backoff::Backoff,
    line::{Line, reset},
};
use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Interval of asking the queue while it is empty, unless another is set.
pub const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How long to wait for the welcome, and at the end for the last acks.
const PATIENCE: Duration = Duration::from_secs(5);
/// No further foie is scanned while this many samples are unacked.
const MOST_UNACKED: usize = 64;

#[derive(Debug, Clone)]
pub struct StationSettings {
    pub device_id: String,
    pub site: &'static str,
    /// `http://host:port`.
    pub server: String,
    /// Time from one foie to the next.
    pub pace: Duration,
    pub foies_per_lot: u32,
    pub seed: u64,
    /// How often the queue is asked while it is empty.
    pub ask_every: Duration,
    pub choice: Choice,
    /// Code or id of a lot that is claimed before all others.
    pub wanted: Option<String>,
    /// The station ends after this many lots.
    pub most_lots: Option<u64>,
    /// `None` for a server that asks for no key.
    pub key: Option<String>,
    /// The line that faults may cut.
    pub line: Line,
}

/// The lot being scanned.
struct Job {
    code_lot: String,
    foies: Foies,
    scanned: u32,
}

pub struct Station {
    settings: StationSettings,
    queue: Queue,
    job: Option<Job>,
    /// A lot that may be claimed, although no answer said so: to claim another would end it without a foie.
    in_doubt: Option<String>,
    /// Id and frame of each, in the order of scanning.
    unacked: VecDeque<(String, String)>,
    /// Part of the sample ids: distinguishes this run's samples from those of other runs.
    run: i64,
    number: u64,
    /// Damaged samples that were sent and not refused yet.
    damaged: u64,
    summary: StationSummary,
    watcher: Option<Watcher>,
}

impl Station {
    pub fn new(settings: StationSettings) -> Self {
        Station {
            queue: Queue::new(&settings.server, settings.key.as_deref()),
            settings,
            job: None,
            in_doubt: None,
            unacked: VecDeque::new(),
            run: Timestamp::now().as_millisecond(),
            number: 0,
            damaged: 0,
            summary: StationSummary::default(),
            watcher: None,
        }
    }

    /// Tells `watcher` what happens.
    pub fn watched(self, watcher: Watcher) -> Self {
        Station {
            watcher: Some(watcher),
            ..self
        }
    }

    /// Runs until `stopped` is true, or all lots are done; reconnects for as long as necessary.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) -> StationSummary {
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15));
        let mut connections = 0;
        while !*stopped.borrow() && !self.is_done() {
            tokio::select! {
                () = self.settings.line.whole() => {}
                _ = stopped.changed() => break,
            }
            match self.connect().await {
                Ok(socket) => {
                    backoff.reset();
                    connections += 1;
                    self.summary.reconnections = connections - 1;
                    if let Err(reason) = self.work(socket, &mut stopped).await {
                        self.report_loss(&reason);
                    }
                }
                Err(reason) => self.report_loss(&reason),
            }
            if self.is_done() {
                break;
            }
            let wait = sleep(backoff.after_failure(rand::random()));
            tokio::select! {
                () = wait => {}
                _ = stopped.changed() => {}
            }
        }
        self.summary.unacked = self.unacked.len() as u64;
        self.summary
    }

    fn is_done(&self) -> bool {
        let most = self.settings.most_lots;
        most.is_some_and(|most| self.summary.lots >= most)
    }

    fn report(&self, event: StationEvent<'_>) {
        if let Some(watcher) = &self.watcher {
            watcher(&self.settings.device_id, event, &self.summary);
        }
    }

    fn report_loss(&self, reason: &str) {
        log::warn!("{}: {reason}", self.settings.device_id);
        self.report(StationEvent::Lost(reason));
    }

    async fn connect(&mut self) -> Result<Socket, String> {
        let server = self.settings.server.replacen("http", "ws", 1);
        let url = match &self.settings.key {
            Some(key) => format!("{server}/ws/sensors/?key={key}"),
            None => format!("{server}/ws/sensors/"),
        };
        let connecting = timeout(PATIENCE, connect_async(url)).await;
        let (mut socket, _) = connecting
            .map_err(|_| "server unreachable: no answer".to_owned())?
            .map_err(|error| format!("server unreachable: {error}"))?;
        // The server's first frame is the welcome.
        let welcome = timeout(PATIENCE, socket.next()).await;
        if !matches!(welcome, Ok(Some(Ok(Message::Text(_))))) {
            return Err("the server does not say welcome".to_owned());
        }
        self.damaged = 0;
        let hello = json!({"type": "esp32_hello", "device_id": self.settings.device_id, "location": "Ligne simulée",
            "firmware_version": "simule", "simule": true, "timestamp": Timestamp::now().to_string()});
        send(&mut socket, hello.to_string()).await?;
        for (_, frame) in &self.unacked {
            self.summary.resent += 1;
            send(&mut socket, frame.clone()).await?;
        }
        Ok(socket)
    }

    async fn work(
        &mut self,
        mut socket: Socket,
        stopped: &mut watch::Receiver<bool>,
    ) -> Result<(), String> {
        let (mut heartbeat, mut pace) = (ticks(HEARTBEAT), ticks(self.settings.pace));
        let mut ask = ticks(self.settings.ask_every);
        let mut faults = self.settings.line.clone();
        loop {
            if self.is_done() {
                return self.leave(socket).await;
            }
            let speaks = !self.settings.line.is_silent();
            tokio::select! {
                _ = stopped.changed() => return self.leave(socket).await,
                () = self.settings.line.cut() => {
                    reset(socket);
                    return Err("a fault has cut the line".to_owned());
                }
                frame = socket.next() => self.receive(frame)?,
                _ = heartbeat.tick(), if speaks => send(&mut socket, self.heartbeat()).await?,
                _ = pace.tick(), if speaks && self.may_scan() => self.scan(&mut socket).await?,
                _ = ask.tick(), if speaks && !self.may_scan() => self.look_for_work().await,
                // A fault may have begun or ended.
                () = faults.changed() => {}
            }
        }
    }

    fn heartbeat(&self) -> String {
        json!({"type": "heartbeat", "device_id": self.settings.device_id, "status": "online", "simule": true,
            "buffer_size": self.unacked.len(), "timestamp": Timestamp::now().to_string()})
        .to_string()
    }

    fn may_scan(&self) -> bool {
        let has_work = |job: &Job| job.scanned < self.settings.foies_per_lot;
        self.job.as_ref().is_some_and(has_work) && self.unacked.len() < MOST_UNACKED
    }

    async fn scan(&mut self, socket: &mut Socket) -> Result<(), String> {
        let Some(job) = self.job.as_mut() else {
            return Ok(());
        };
        job.scanned += 1;
        self.number += 1;
        let sample_id = format!(
            "SIM-{}-{}-{}",
            self.settings.device_id, self.run, self.number
        );
        let label = Label {
            sample_id: &sample_id,
            device_id: &self.settings.device_id,
            code_lot: &job.code_lot,
            at: Timestamp::now(),
        };
        let mut frame = job.foies.next_frame(label);
        let whole = frame.to_string();
        self.unacked.push_back((sample_id, whole.clone()));
        if self.settings.line.damages() {
            frame["device_id"] = Value::Null;
            self.damaged += 1;
            send(socket, frame.to_string()).await?;
        }
        for _ in 0..self.settings.line.times() {
            send(socket, whole.clone()).await?;
        }
        Ok(())
    }

    fn receive(
        &mut self,
        frame: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), String> {
        match frame {
            Some(Ok(Message::Text(text))) => {
                self.settle(&serde_json::from_str(&text).unwrap_or_default());
                Ok(())
            }
            Some(Ok(Message::Close(_))) | None => {
                Err("the server closed the connection".to_owned())
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(format!("connection lost: {error}")),
        }
    }

    /// An ack names its sample. An error concerns the oldest sample; if it asks to retry later, the sample stays and the reconnection
    /// sends it again.
    fn settle(&mut self, answer: &Value) {
        if answer["type"] == "ack" {
            let before = self.unacked.len();
            self.unacked
                .retain(|(id, _)| answer["sample_id"] != id.as_str());
            self.summary.acked += (before - self.unacked.len()) as u64;
            if let Some(job) = &self.job {
                self.report(StationEvent::Acked(&job.code_lot));
            }
        } else if answer["type"] == "error" && answer["retry_after_ms"].is_null() {
            self.summary.refused += 1;
            let sentence = answer["error"].as_str().unwrap_or_default();
            if self.damaged > 0 {
                self.damaged -= 1;
                return self.report(StationEvent::Refused(sentence));
            }
            let refused = self.unacked.pop_front().map(|(id, _)| id);
            log::warn!(
                "{}: {refused:?} is refused: {}",
                self.settings.device_id,
                answer["error"]
            );
            self.report(StationEvent::Refused(sentence));
        }
    }

    /// Ends a lot that is completely scanned and acked, and claims the next.
    async fn look_for_work(&mut self) {
        if !self.unacked.is_empty() {
            return;
        }
        let done = match self.job.take() {
            Some(job) => self.end(job).await,
            None => self.claim().await,
        };
        if let Err(reason) = done {
            log::warn!("{}: {reason}", self.settings.device_id);
        }
    }

    async fn end(&mut self, job: Job) -> Result<(), String> {
        match self
            .queue
            .finish(&job.code_lot, &self.settings.device_id)
            .await
        {
            Ok(_) => {
                self.summary.lots += 1;
                log::info!("{}: {} is inspected", self.settings.device_id, job.code_lot);
                self.report(StationEvent::Inspected(&job.code_lot));
                if self.is_done() {
                    return Ok(());
                }
                self.claim().await
            }
            Err(reason) => {
                self.job = Some(job);
                Err(reason)
            }
        }
    }

    async fn claim(&mut self) -> Result<(), String> {
        let code_lot = match self.in_doubt.take() {
            Some(code_lot) => code_lot,
            None => match self.choose().await? {
                Some(code_lot) => code_lot,
                None => return Ok(()),
            },
        };
        let claimed = self.queue.claim(&code_lot, &self.settings.device_id).await;
        if claimed.is_err() {
            self.in_doubt = Some(code_lot.clone());
        }
        // Another station may have claimed it first; then the queue is asked again later.
        if claimed? {
            log::info!("{}: inspects {code_lot}", self.settings.device_id);
            self.report(StationEvent::Claimed(&code_lot));
            self.job = Some(Job {
                foies: Foies::of_lot(self.settings.seed, &code_lot),
                code_lot,
                scanned: 0,
            });
        }
        Ok(())
    }

    /// The lot to claim next, if one waits.
    async fn choose(&self) -> Result<Option<String>, String> {
        let waiting = self.queue.waiting().await?;
        let wanted = self.settings.wanted.as_deref();
        let lot = choose(&waiting, self.settings.site, self.settings.choice, wanted);
        Ok(lot.map(|lot| lot.code_lot.clone()))
    }

    /// Waits for the last acks, then closes.
    async fn leave(&mut self, mut socket: Socket) -> Result<(), String> {
        let acks = async {
            while !self.unacked.is_empty() {
                let frame = socket.next().await;
                self.receive(frame)?;
            }
            Ok(())
        };
        let acked = timeout(PATIENCE, acks).await.unwrap_or(Ok(()));
        // Everything is settled, so an error while closing does not matter.
        let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
        acked
    }
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn send(socket: &mut Socket, text: String) -> Result<(), String> {
    match timeout(PATIENCE, socket.send(Message::text(text))).await {
        Ok(sent) => sent.map_err(|error| format!("connection lost: {error}")),
        Err(_) => Err("the server does not read any more".to_owned()),
    }
}
