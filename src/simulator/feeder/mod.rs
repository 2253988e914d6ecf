//! A client of `/ws/gavage` that loses no reading: it keeps one connection open, limits unacked readings to a window, and after a
//! reconnection sends all unacked readings again, in order.

pub mod answer;
pub mod backoff;
pub mod line;
pub mod outbox;
mod run;

use crate::domain::{panel::faulty::Outgoing, reading::Reading};
use backoff::Backoff;
use futures_util::Stream;
use line::Line;
use std::{fmt, future::Future, process::ExitCode, time::Duration};

/// An event of a run, for the observer's callback.
#[derive(Debug)]
pub enum Event<'a> {
    Connected,
    /// There is no connection, for this reason; the next attempt comes after `retry_in`.
    Disconnected {
        reason: &'a str,
        retry_in: Duration,
    },
    Acked(&'a Reading),
    /// The server asked for the reading again after `retry_in`.
    Postponed {
        reading: &'a Reading,
        sentence: &'a str,
        retry_in: Duration,
    },
    /// The server will never store the reading; it is dropped.
    Refused {
        reading: &'a Reading,
        sentence: &'a str,
    },
    /// The server has said what is wrong with a text that was damaged on purpose.
    DamageRefused {
        sentence: &'a str,
    },
}

/// Counts of one run. At the end `sent = acked + refused + unacked`, unless some readings were accepted but never sent.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Distinct readings that were sent at least once.
    pub sent: u64,
    pub acked: u64,
    /// Readings sent again.
    pub retried: u64,
    pub refused: u64,
    /// Connections after the first.
    pub reconnections: u64,
    /// Readings without an answer when the run ended.
    pub unacked: u64,
    /// Texts that were damaged on purpose and refused.
    pub damaged: u64,
}

impl Summary {
    /// Fails when a reading was refused: the server never gets it, and the caller must know.
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

/// Timeouts of a feeder.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For opening a connection.
    pub connect: Duration,
    /// For any answer while readings are unanswered; after it the connection counts as dead.
    pub answer: Duration,
    /// For the last answers after a stop was requested.
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
    line: Line,
}

impl Feeder {
    /// At most `window` readings are unanswered at any time; `url` is that of `/ws/gavage` (`ws://…`).
    pub fn new(url: impl Into<String>, window: usize) -> Self {
        Feeder {
            url: url.into(),
            window,
            patience: Patience::default(),
            line: Line::default(),
        }
    }

    /// Over a line that a fault may cut.
    pub fn over(self, line: Line) -> Self {
        Feeder { line, ..self }
    }

    pub fn with_patience(self, patience: Patience) -> Self {
        Feeder { patience, ..self }
    }

    /// Sends every reading as soon as the stream yields it; returns when all are settled or `shutdown` completes.
    ///
    /// Does not poll the stream while the window is full or the server is unreachable.
    pub async fn run<S, D, F>(self, readings: S, shutdown: D, on_event: F) -> Summary
    where
        S: Stream<Item: Into<Outgoing>>,
        D: Future<Output = ()>,
        F: FnMut(Event<'_>, &Summary),
    {
        run::Run::new(self, readings, shutdown, on_event)
            .finish()
            .await
    }
}
