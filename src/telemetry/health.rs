//! Published health: writers store it, readers load it, and nobody waits.

use jiff::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// A server that is this far behind the others is not ready.
const MOST_LAG: Duration = Duration::from_secs(2);

/// Shared flags; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    started: AtomicBool,
    stopping: AtomicBool,
    broken: AtomicBool,
    /// When everything in the journal was published last; `None` without one.
    journal: watch::Sender<Option<Instant>>,
    /// True if no source finds the database unavailable; cheap to read.
    has_database: AtomicBool,
    database: watch::Sender<Database>,
}

/// A component that uses the database often enough to know whether it is available. When one reports it unavailable, only the same one
/// can report it available again: a database may answer queries and still refuse writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthSource {
    Probe,
    Writer,
    MatrixWriter,
}

impl HealthSource {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// State of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Database {
    /// Bit set of the sources that find it unavailable.
    away: u8,
    /// When it last answered while no source found it unavailable.
    answered: Timestamp,
}

impl Default for Database {
    /// Unavailable until the first probe.
    fn default() -> Self {
        Database {
            away: HealthSource::Probe.bit(),
            answered: Timestamp::now(),
        }
    }
}

impl Database {
    /// When the database was last available; `None` while it is. Nothing newer was stored.
    pub fn stale_since(&self) -> Option<Timestamp> {
        (self.away != 0).then_some(self.answered)
    }

    fn note(&mut self, source: HealthSource, is_there: bool, now: Timestamp) {
        if is_there {
            self.away &= !source.bit()
        } else {
            self.away |= source.bit()
        }
        if self.away == 0 {
            self.answered = now;
        }
    }

    fn finds_away(&self, source: HealthSource) -> bool {
        self.away & source.bit() != 0
    }
}

impl Health {
    /// The server has bound its address and its actors run.
    pub fn set_started(&self) {
        self.0.started.store(true, Ordering::Release);
    }

    /// The database did what this source asked. Returns true if this source found it unavailable before.
    pub fn database_answered(&self, source: HealthSource) -> bool {
        self.note(source, true)
    }

    /// The database failed this source. Returns true if this source found it available before.
    pub fn database_is_away(&self, source: HealthSource) -> bool {
        self.note(source, false)
    }

    fn note(&self, source: HealthSource, is_there: bool) -> bool {
        let mut is_change = false;
        self.0.database.send_if_modified(|database| {
            let stale_before = database.stale_since();
            is_change = database.finds_away(source) == is_there;
            database.note(source, is_there, Timestamp::now());
            let stale = database.stale_since();
            self.0
                .has_database
                .store(stale.is_none(), Ordering::Release);
            stale != stale_before
        });
        is_change
    }

    /// Notifies of each change between available and unavailable.
    pub fn watch_database(&self) -> watch::Receiver<Database> {
        self.0.database.subscribe()
    }

    /// See [`Database::stale_since`].
    pub fn stale_since(&self) -> Option<Timestamp> {
        self.0.database.borrow().stale_since()
    }

    /// Everything that the journal holds is published now.
    pub fn journal_followed(&self) {
        self.0.journal.send_replace(Some(Instant::now()));
    }

    /// Whether screens see late what other servers store, or do not see it at all.
    pub fn lags(&self) -> bool {
        let followed = *self.0.journal.borrow();
        followed.is_some_and(|followed| followed.elapsed() > MOST_LAG)
    }

    /// The server takes no new work from now on.
    pub fn set_stopping(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// A core actor is dead; the process must be replaced.
    pub fn set_broken(&self) {
        self.0.broken.store(true, Ordering::Release);
    }

    pub fn is_live(&self) -> bool {
        !self.0.broken.load(Ordering::Acquire)
    }

    pub fn is_started(&self) -> bool {
        self.is_live() && self.0.started.load(Ordering::Acquire)
    }

    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// True if no source finds the database unavailable.
    pub fn has_database(&self) -> bool {
        self.0.has_database.load(Ordering::Acquire)
    }

    pub fn is_ready(&self) -> bool {
        self.is_started() && self.has_database() && !self.is_stopping() && !self.lags()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn data_is_stale_since_the_last_answer_until_every_source_finds_the_database_there() {
        let mut database = Database::default();
        for (second, source, is_there, stale_since) in [
            (1, HealthSource::Probe, true, None),
            (2, HealthSource::Writer, true, None),
            (3, HealthSource::Writer, false, Some(2)),
            // The database answers queries but refuses writes.
            (4, HealthSource::Probe, true, Some(2)),
            (5, HealthSource::MatrixWriter, false, Some(2)),
            (6, HealthSource::Writer, true, Some(2)),
            (7, HealthSource::MatrixWriter, true, None),
            (8, HealthSource::Probe, false, Some(7)),
        ] {
            database.note(source, is_there, at(second));
            assert_eq!(database.stale_since(), stale_since.map(at), "{second}");
        }
    }

    #[test]
    fn a_source_learns_whether_its_report_changes_what_it_found_before() {
        let health = Health::default();
        assert!(!health.has_database(), "nobody has asked yet");
        assert!(health.database_answered(HealthSource::Probe));
        assert!(health.has_database());
        assert!(!health.database_answered(HealthSource::Writer));
        assert!(health.database_is_away(HealthSource::Writer));
        assert!(!health.database_is_away(HealthSource::Writer));
        assert!(!health.database_answered(HealthSource::Probe));
        assert!(!health.has_database());
        assert!(health.database_answered(HealthSource::Writer));
        assert!(health.has_database());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_behind_the_others_is_not_ready_until_it_has_caught_up() {
        let health = Health::default();
        health.set_started();
        health.database_answered(HealthSource::Probe);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(health.is_ready(), "without a journal nothing can be late");
        health.journal_followed();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(health.is_ready());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(health.lags() && !health.is_ready());
        health.journal_followed();
        assert!(health.is_ready());
    }
}
