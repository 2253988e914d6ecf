//! Published status: noted every few seconds, read without waiting, also while the database is away.

use super::{health::Health, metrics::Metrics};
use crate::domain::{
    producers::{Heard, MOST_PRODUCERS, Producers},
    reasons::{DropReason, ErrorReason},
    status::{
        History, MINUTES, NOTED_EVERY, Observation, Part, Situation, State, Totals, situation,
    },
    stream::Topic,
    unwritten::Unwritten,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a screen loses if it does not keep up.
const OF_SCREENS: [DropReason; 4] = [
    DropReason::SlowConsumer,
    DropReason::SessionMailboxFull,
    DropReason::AnswerQueueFull,
    DropReason::WallFull,
];

/// Who was last heard when; clones share it. Sessions write it.
#[derive(Debug, Clone)]
pub struct ProducerWatch(Arc<Mutex<Producers>>);

impl Default for ProducerWatch {
    fn default() -> Self {
        ProducerWatch(Arc::new(Mutex::new(Producers::new(MOST_PRODUCERS))))
    }
}

impl ProducerWatch {
    /// For a few lines of work.
    pub fn open(&self) -> MutexGuard<'_, Producers> {
        // After a panic they are still usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which database it is, and when it was last asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedDatabase {
    pub kind: &'static str,
    pub version: String,
    /// Of PostgreSQL below an extension; `None` without one.
    pub below: Option<String>,
    /// Bytes.
    pub size: i64,
    pub at: Timestamp,
}

/// The last hour of the server; clones share it.
#[derive(Debug, Clone)]
pub struct Status(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    health: Health,
    metrics: Metrics,
    started: Timestamp,
    history: Mutex<History>,
    database: Mutex<Option<DescribedDatabase>>,
}

/// One part of the server.
#[derive(Debug, Clone)]
pub struct PartReport {
    pub part: Part,
    pub state: Option<State>,
    /// Since when it has been so, as far as is known.
    pub since: Timestamp,
    pub minutes: [Option<State>; MINUTES],
}

/// Everything that is known of the server at one instant.
#[derive(Debug, Clone)]
pub struct Report {
    pub at: Timestamp,
    pub started: Timestamp,
    pub situation: Situation,
    /// When the database was last available; `None` while it is.
    pub away_since: Option<Timestamp>,
    pub waiting: Unwritten,
    pub screens: u64,
    /// Since the server started.
    pub totals: Totals,
    /// A minute ago, or at the start.
    pub minute_ago: Totals,
    /// An hour ago, or at the start.
    pub hour_ago: Totals,
    /// When the database was last available, or now.
    pub before_outage: Totals,
    pub parts: Vec<PartReport>,
    pub producers: Vec<Heard>,
    pub forgotten_producers: u64,
    pub database: Option<DescribedDatabase>,
}

impl Status {
    pub fn new(health: Health, metrics: Metrics) -> Self {
        Status(Arc::new(Shared {
            health,
            metrics,
            started: Timestamp::now(),
            history: Mutex::default(),
            database: Mutex::default(),
        }))
    }

    /// Adds the present moment to the history.
    pub fn observe(&self) {
        let observation = self.present();
        self.history().note(observation);
    }

    pub fn describe(&self, database: DescribedDatabase) {
        *unpoisoned(&self.0.database) = Some(database);
    }

    pub fn report(&self) -> Report {
        let Shared {
            health, metrics, ..
        } = &*self.0;
        let present = self.present();
        let now = present.at;
        let history = self.history();
        let totals_ago = |ago: SignedDuration| self.totals_at(&history, now - ago, &present);
        let away_since = health.stale_since();
        let states = history.judge(&present);
        let part = |part: Part| {
            let state = states[part as usize];
            PartReport {
                part,
                state,
                since: history.since(part, state, now),
                minutes: history.minutes(part, state, now),
            }
        };
        let producers = metrics.producers.open();
        Report {
            at: now,
            started: self.0.started,
            situation: situation(!health.is_live(), &states),
            away_since,
            waiting: present.waiting,
            screens: present.screens,
            minute_ago: totals_ago(SignedDuration::from_mins(1)),
            hour_ago: totals_ago(SignedDuration::from_hours(1)),
            before_outage: away_since.map_or_else(
                || present.totals.clone(),
                |since| self.totals_at(&history, since, &present),
            ),
            parts: Part::ALL.map(part).into(),
            producers: producers.all(),
            forgotten_producers: producers.forgotten(),
            database: unpoisoned(&self.0.database).clone(),
            totals: present.totals,
        }
    }

    fn totals_at(&self, history: &History, instant: Timestamp, present: &Observation) -> Totals {
        // Everything counts from zero at the start.
        if instant < self.0.started + NOTED_EVERY {
            return Totals::default();
        }
        let known = history.totals_at(instant);
        known.unwrap_or(&present.totals).clone()
    }

    fn present(&self) -> Observation {
        let Shared {
            health, metrics, ..
        } = &*self.0;
        let at = Timestamp::now();
        let errors = |reason: ErrorReason| metrics.errors_of(reason);
        let refused = errors(ErrorReason::QueueFull);
        let all_errors: u64 = ErrorReason::ALL.into_iter().map(errors).sum();
        let dropped = OF_SCREENS.map(|it| metrics.drops_of(it));
        let open = Topic::LABELS.map(|it| metrics.open_sessions(it));
        Observation {
            at,
            totals: Totals {
                readings: metrics.readings_stored.get(),
                samples: metrics.samples_stored.get(),
                errors: all_errors - refused,
                refused,
                retries: metrics.write_retries.get(),
                deliveries: metrics.all_deliveries(),
                dropped: dropped.iter().sum(),
                ended: metrics.session_stats.open().disconnects.reasons().clone(),
            },
            waiting: metrics.waiting(),
            is_database_away: !health.has_database(),
            screens: open.iter().sum(),
            stations: metrics.producers.open().stations(at),
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        unpoisoned(&self.0.history)
    }
}

/// After a panic the figures are still usable.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
