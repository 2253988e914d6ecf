//! A client of `/ws/gavage` that loses nothing: one connection kept open, a bounded window of unanswered readings, acks awaited,
//! everything unanswered sent again, in order, after a reconnection.

pub mod answer;
pub mod backoff;
pub mod outbox;
mod run;

use crate::domain::reading::Reading;
use backoff::Backoff;
use futures_util::Stream;
use std::{fmt, future::Future, process::ExitCode, time::Duration};

/// What happened, for the one who watches.
#[derive(Debug)]
pub enum Event<'a> {
    Connected,
    /// No connection, for this reason; the next attempt comes after `retry_in`.
    Disconnected {
        reason: &'a str,
        retry_in: Duration,
    },
    Acked(&'a Reading),
    /// The server asks to send the reading again after `retry_in`.
    Postponed {
        reading: &'a Reading,
        sentence: &'a str,
        retry_in: Duration,
    },
    /// The reading will never be stored; it is dropped.
    Refused {
        reading: &'a Reading,
        sentence: &'a str,
    },
}

/// Counts of one run. At the end `sent = acked + refused + unacked` unless readings were taken up and never put on a connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Distinct readings put on a connection at least once.
    pub sent: u64,
    pub acked: u64,
    /// Repeated sendings.
    pub retried: u64,
    pub refused: u64,
    /// Connections after the first.
    pub reconnections: u64,
    /// Readings taken up that had no answer when the run ended.
    pub unacked: u64,
}

impl Summary {
    /// A refused reading is lost for the server: whoever started the command must learn of it.
    pub fn exit_code(&self) -> ExitCode {
        match self.refused {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} readings sent, {} acked, {} retried, {} refused, {} unanswered, {} reconnections",
            self.sent, self.acked, self.retried, self.refused, self.unacked, self.reconnections
        )
    }
}

/// How long a feeder waits for what.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For a connection to be made.
    pub connect: Duration,
    /// For any answer while readings are unanswered; then the connection is taken to be dead.
    pub answer: Duration,
    /// For the last answers, once asked to stop.
    pub farewell: Duration,
    pub backoff: Backoff,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            farewell: Duration::from_secs(5),
            backoff: Backoff::new(Duration::from_millis(250), Duration::from_secs(15)),
        }
    }
}

/// Sends readings to one server.
#[derive(Debug, Clone)]
pub struct Feeder {
    url: String,
    window: usize,
    patience: Patience,
}

impl Feeder {
    /// At most `window` readings are unanswered at any time; `url` is that of `/ws/gavage` (`ws://…`).
    pub fn new(url: impl Into<String>, window: usize) -> Self {
        Feeder {
            url: url.into(),
            window,
            patience: Patience::default(),
        }
    }

    pub fn with_patience(self, patience: Patience) -> Self {
        Feeder { patience, ..self }
    }

    /// Sends every reading of the stream as soon as it yields it, and returns when all are settled or `shutdown` completes.
    ///
    /// The stream is not asked for more while the window is full or the server is away.
    pub async fn run<S, D, F>(self, readings: S, shutdown: D, on_event: F) -> Summary
    where
        S: Stream<Item = Reading>,
        D: Future<Output = ()>,
        F: FnMut(Event<'_>, &Summary),
    {
        run::Run::new(self, readings, shutdown, on_event)
            .finish()
            .await
    }
}
