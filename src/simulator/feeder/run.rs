//! One run of a feeder: connect, send, receive, reconnect.

use super::{
    Event, Feeder, Summary,
    answer::{self, Answer},
    line::reset,
    outbox::{Outbox, Pending},
};
use crate::{
    domain::{
        panel::faulty::{Damage, Outgoing},
        reading::{MealKey, Reading},
    },
    protocol::frames,
};
use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::{Map, Value};
use std::{collections::VecDeque, future::Future, pin::Pin, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config as connect,
    tungstenite::{self, Message},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Without it the kernel delays a reading until the previous packet is acknowledged.
const NO_DELAY: bool = true;

/// How long the peer may take to answer our Close.
const CLOSING: Duration = Duration::from_secs(1);

pub(super) struct Run<S, D, F> {
    feeder: Feeder,
    readings: Pin<Box<S>>,
    exhausted: bool,
    shutdown: Pin<Box<D>>,
    /// Set when a stop was requested: leave at this instant even if answers are missing.
    leave_at: Option<Instant>,
    outbox: Outbox,
    /// Damaged texts to be sent.
    damaged: VecDeque<String>,
    /// Damaged texts that were sent and not refused yet.
    damaged_unanswered: usize,
    /// The server asked us to pause until then.
    paused_until: Option<Instant>,
    /// Since when an answer is outstanding.
    waiting_since: Instant,
    on_event: F,
    summary: Summary,
}

/// An event that a session handles.
enum Step {
    Frame(Option<Result<Message, tungstenite::Error>>),
    Due(Option<Outgoing>),
    PauseOver,
    Silence,
    Cut,
    Stop,
    Leave,
}

/// Why a session ended.
enum End {
    Finished,
    Lost(String),
}

impl<S, D, F> Run<S, D, F>
where
    S: Stream<Item: Into<Outgoing>>,
    D: Future<Output = ()>,
    F: FnMut(Event<'_>, &Summary),
{
    pub(super) fn new(feeder: Feeder, readings: S, shutdown: D, on_event: F) -> Self {
        Run {
            outbox: Outbox::new(feeder.window),
            damaged: VecDeque::new(),
            damaged_unanswered: 0,
            feeder,
            readings: Box::pin(readings),
            exhausted: false,
            shutdown: Box::pin(shutdown),
            leave_at: None,
            paused_until: None,
            waiting_since: Instant::now(),
            on_event,
            summary: Summary::default(),
        }
    }

    pub(super) async fn finish(mut self) -> Summary {
        let mut connections = 0;
        while self.leave_at.is_none() {
            let end = match self.connect().await {
                Some(Ok(socket)) => {
                    connections += 1;
                    self.summary.reconnections = connections - 1;
                    self.report(Event::Connected);
                    self.session(socket).await
                }
                Some(Err(reason)) => End::Lost(reason),
                None => break,
            };
            self.outbox.connection_lost();
            self.damaged.clear();
            self.damaged_unanswered = 0;
            match end {
                End::Finished => break,
                End::Lost(reason) => self.wait_to_reconnect(&reason).await,
            }
        }
        self.summary.unacked = self.outbox.len() as u64;
        self.summary
    }

    fn report(&mut self, event: Event<'_>) {
        (self.on_event)(event, &self.summary);
    }

    /// Returns `None` if a stop was requested meanwhile.
    async fn connect(&mut self) -> Option<Result<Socket, String>> {
        let patience = self.feeder.patience.connect;
        let (line, url) = (&mut self.feeder.line, self.feeder.url.as_str());
        let attempt = async {
            line.whole().await;
            timeout(patience, connect(url, None, NO_DELAY)).await
        };
        tokio::select! {
            () = self.shutdown.as_mut() => {
                self.leave_at = Some(Instant::now());
                None
            }
            outcome = attempt => Some(match outcome {
                Ok(Ok((socket, _))) => Ok(socket),
                Ok(Err(error)) => Err(format!("the server cannot be reached: {error}")),
                Err(_) => Err(format!("the server cannot be reached: no answer within {} s", patience.as_secs())),
            }),
        }
    }

    async fn wait_to_reconnect(&mut self, reason: &str) {
        if self.leave_at.is_some() {
            return;
        }
        let retry_in = self.feeder.patience.backoff.after_failure(rand::random());
        self.report(Event::Disconnected { reason, retry_in });
        tokio::select! {
            () = self.shutdown.as_mut() => self.leave_at = Some(Instant::now()),
            () = sleep(retry_in) => {}
        }
    }

    async fn session(&mut self, mut socket: Socket) -> End {
        loop {
            if let Err(reason) = self.send_waiting(&mut socket).await {
                return End::Lost(reason);
            }
            if self.outbox.is_empty() && (self.exhausted || self.leave_at.is_some()) {
                break;
            }
            match self.next_step(&mut socket).await {
                Step::Frame(Some(Ok(Message::Text(text)))) => self.settle(answer::parse(&text)),
                Step::Frame(Some(Ok(Message::Close(_))) | None) => {
                    return End::Lost("the server closed the connection".to_owned());
                }
                // The library answers Pings.
                Step::Frame(Some(Ok(_))) => {}
                Step::Frame(Some(Err(error))) => {
                    return End::Lost(format!("connection lost: {error}"));
                }
                Step::Due(Some(Outgoing::Reading(reading))) => self.outbox.push(reading),
                Step::Due(Some(Outgoing::Damaged(reading, damage))) => {
                    self.damaged.push_back(damaged(&reading, damage));
                }
                Step::Due(None) => self.exhausted = true,
                Step::PauseOver => self.paused_until = None,
                Step::Silence => return End::Lost(self.no_answer()),
                Step::Cut => {
                    reset(socket);
                    return End::Lost("a fault has cut the line".to_owned());
                }
                Step::Stop => self.leave_at = Some(Instant::now() + self.feeder.patience.farewell),
                Step::Leave => break,
            }
        }
        say_goodbye(&mut socket).await;
        End::Finished
    }

    async fn next_step(&mut self, socket: &mut Socket) -> Step {
        let wants_more = !self.exhausted && self.leave_at.is_none() && self.outbox.has_room();
        let silence_at = self
            .outbox
            .awaits_answers()
            .then(|| self.waiting_since + self.feeder.patience.answer);
        tokio::select! {
            biased;
            () = self.shutdown.as_mut(), if self.leave_at.is_none() => Step::Stop,
            () = reached(self.leave_at) => Step::Leave,
            () = self.feeder.line.cut() => Step::Cut,
            frame = socket.next() => Step::Frame(frame),
            () = reached(silence_at) => Step::Silence,
            () = reached(self.paused_until) => Step::PauseOver,
            reading = self.readings.next(), if wants_more => Step::Due(reading.map(Into::into)),
        }
    }

    /// Sends every reading that the window allows.
    async fn send_waiting(&mut self, socket: &mut Socket) -> Result<(), String> {
        if self.paused_until.is_some() {
            return Ok(());
        }
        while let Some(text) = self.damaged.pop_front() {
            self.damaged_unanswered += 1;
            self.in_time(socket.feed(Message::text(text))).await?;
        }
        while let Some(frame) = self.next_frame() {
            self.in_time(socket.feed(frame)).await?;
        }
        self.in_time(socket.flush()).await
    }

    fn next_frame(&mut self) -> Option<Message> {
        let first_to_wait = !self.outbox.awaits_answers();
        let pending = self.outbox.send_next()?;
        let frame = frames::reading_data(&pending.reading);
        match pending.sendings {
            1 => self.summary.sent += 1,
            _ => self.summary.retried += 1,
        }
        if first_to_wait {
            self.waiting_since = Instant::now();
        }
        Some(Message::text(String::from_utf8_lossy(&frame).as_ref()))
    }

    /// Fails if sending takes too long: a peer that stops reading must not block us for ever.
    async fn in_time(
        &self,
        sending: impl Future<Output = Result<(), tungstenite::Error>>,
    ) -> Result<(), String> {
        match timeout(self.feeder.patience.answer, sending).await {
            Ok(sent) => sent.map_err(|error| format!("connection lost: {error}")),
            Err(_) => Err(self.no_answer()),
        }
    }

    fn no_answer(&self) -> String {
        let seconds = self.feeder.patience.answer.as_secs_f32();
        format!("the server has not answered for {seconds} s")
    }

    fn settle(&mut self, answer: Answer) {
        match answer {
            Answer::Ack { meal } => self.acked(meal.as_ref()),
            Answer::Error {
                meal,
                sentence,
                retry_after,
            } => self.declined(meal.as_ref(), &sentence, retry_after),
            Answer::Other => {}
        }
    }

    fn acked(&mut self, meal: Option<&MealKey>) {
        // An ack for a reading that we did not send is ignored, and does not count as an answer.
        if let Some(pending) = self.outbox.take_acked(meal) {
            self.waiting_since = Instant::now();
            self.summary.acked += 1;
            self.feeder.patience.backoff.reset();
            self.report(Event::Acked(&pending.reading));
        }
    }

    fn declined(&mut self, meal: Option<&MealKey>, sentence: &str, retry: Option<Duration>) {
        // A damaged text names no meal, or that of the whole reading behind it. It is never to be sent again.
        if self.damaged_unanswered > 0 && retry.is_none() {
            self.damaged_unanswered -= 1;
            self.summary.damaged += 1;
            return self.report(Event::DamageRefused { sentence });
        }
        let Some(pending) = self.outbox.take_refused(meal) else {
            log::warn!("the server reports an error that is about no reading: {sentence}");
            return;
        };
        self.waiting_since = Instant::now();
        match retry {
            Some(retry_in) => self.postpone(pending, sentence, retry_in),
            None => {
                self.summary.refused += 1;
                let reading = &pending.reading;
                self.report(Event::Refused { reading, sentence });
            }
        }
    }

    /// The server cannot store now: send nothing at all until the pause that it asked for is over.
    fn postpone(&mut self, pending: Pending, sentence: &str, retry_in: Duration) {
        self.paused_until = self.paused_until.max(Some(Instant::now() + retry_in));
        self.report(Event::Postponed {
            reading: &pending.reading,
            sentence,
            retry_in,
        });
        self.outbox.put_back(pending);
    }
}

/// The text of a reading that no server can read.
fn damaged(reading: &Reading, damage: Damage) -> String {
    const DOSE: &str = "dose_reelle";
    let whole = frames::reading_data(reading);
    let mut fields: Map<String, Value> =
        serde_json::from_slice(&whole).expect("the frame of a reading is an object");
    let dose = fields.remove(DOSE).unwrap_or_default();
    match damage {
        Damage::MissingField => Value::Object(fields).to_string(),
        // No JSON has a NaN, but the older simulators write it.
        Damage::NotANumber => {
            let whole = String::from_utf8_lossy(&whole);
            whole.replacen(&format!("\"{DOSE}\":{dose}"), &format!("\"{DOSE}\":NaN"), 1)
        }
    }
}

async fn reached(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Sends Close and reads until the peer has closed too, for a limited time.
async fn say_goodbye(socket: &mut Socket) {
    let farewell = async {
        if socket.close(None).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    // Everything is settled, so an error while closing does not matter.
    let _ = timeout(CLOSING, farewell).await;
}
