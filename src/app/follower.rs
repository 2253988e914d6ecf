//! Follows the journal: reads what other processes write, and hands it to the writer, which publishes it in its order.

use crate::{
    actors::deathwatch::Deathwatch,
    messages::{
        follower_to_supervisor::KeepsJournal,
        follower_to_writer::{EntriesFollow, FollowingEntry},
        writer_to_supervisor::ToPublish,
    },
    store::{
        Pool, StoreError,
        journal::{Following, JournalEntry, Wake},
    },
    telemetry::{health::Health, metrics::Metrics},
};
use actix::Recipient;
use jiff::Timestamp;
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, Semaphore, watch},
    time::{Instant, sleep},
};

/// How often the journal is read without being woken: what the news of an entry was lost of is then found.
const POLL: Duration = Duration::from_secs(1);
/// Waits between attempts to connect double from the first to the last.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(50);
pub(super) const LAST_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Follower {
    pub pool: Pool,
    /// The key of this process in the journal.
    pub process: i64,
    /// Whether it hears of the entries of other processes at once.
    pub listens: bool,
    /// The epoch that the streams of this process belong to.
    pub epoch: String,
    /// Position up to which the journal is published.
    pub published: watch::Receiver<i64>,
    pub wake: Wake,
    pub writer: Recipient<EntriesFollow>,
    pub supervisor: Recipient<KeepsJournal>,
    pub health: Health,
    pub metrics: Metrics,
    /// Told when this process cannot go on with its streams.
    pub lost: Arc<Notify>,
    pub _deathwatch: Deathwatch,
}

/// Why the journal cannot be followed over a connection any more.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This process cannot go on.
    #[error("{0}")]
    Lost(String),
}

impl Follower {
    /// Runs until the process cannot go on with its streams, or its writer is dead.
    pub async fn run(self) {
        let mut wait = FIRST_WAIT;
        loop {
            let begun = Instant::now();
            let Err(broken) = self.follow().await;
            self.supervisor.do_send(KeepsJournal(false));
            let error = match broken {
                Broken::Lost(problem) => {
                    log::warn!("the streams begin anew: {problem}");
                    self.lost.notify_one();
                    // The server ends, and this with it.
                    return pending().await;
                }
                Broken::Store(error) => error,
            };
            // The outage itself is logged by others.
            log::debug!("the journal is not followed for a moment: {error}");
            if begun.elapsed() > LAST_WAIT {
                wait = FIRST_WAIT;
            }
            sleep(wait).await;
            wait = (wait * 2).min(LAST_WAIT);
            self.metrics.journal_reconnects.inc();
        }
    }

    async fn follow(&self) -> Result<std::convert::Infallible, Broken> {
        let (pool, wake) = (&self.pool, self.wake.clone());
        let mut following = Following::connect(pool, self.process, self.listens, wake).await?;
        let mut polled: Option<Instant> = None;
        loop {
            let is_due = polled.is_none_or(|polled| polled.elapsed() >= POLL);
            if is_due {
                polled = Some(Instant::now());
                self.check_epoch(&following).await?;
                let keeps = following.keeps().await?;
                self.supervisor.do_send(KeepsJournal(keeps));
            }
            self.read_on(&following).await?;
            let left = polled.map_or(POLL, |polled| POLL.saturating_sub(polled.elapsed()));
            self.wake.wait(left).await;
        }
    }

    async fn check_epoch(&self, following: &Following) -> Result<(), Broken> {
        match following.epoch().await? {
            Some(epoch) if epoch == self.epoch => Ok(()),
            _ => Err(Broken::Lost(
                "the journal is another one, after a fail-over of the database, or because a server without it was started".to_owned(),
            )),
        }
    }

    /// Hands over everything that is not published yet.
    async fn read_on(&self, following: &Following) -> Result<(), Broken> {
        let credits = Arc::new(Semaphore::new(1));
        loop {
            // Once the supervisor has handled what was handed over before.
            let credit = credits.clone().acquire_owned().await;
            let credit = credit.map_err(|_| Broken::Lost("a semaphore was closed".to_owned()))?;
            let published = *self.published.borrow();
            let entries = following.list_after(published).await?;
            let Some(first) = entries.first() else {
                self.health.journal_followed();
                self.metrics.journal_lag.set(0.0);
                self.metrics.journal_lag_entries.set(0);
                return Ok(());
            };
            // The writer may have published some of them meanwhile.
            if first.position > published + 1 && *self.published.borrow() == published {
                return Err(Broken::Lost(format!(
                    "the journal does not hold any more what comes after {published}: this server was cut off for longer than --ring-age"
                )));
            }
            self.note_lag(&entries);
            let entries = entries.into_iter().map(|entry| self.read(entry)).collect();
            let handed_over = self.writer.send(EntriesFollow { entries, credit }).await;
            if handed_over.is_err() {
                return Err(Broken::Lost("the writer takes no more entries".to_owned()));
            }
        }
    }

    fn note_lag(&self, entries: &[JournalEntry]) {
        let others = entries.iter().filter(|entry| entry.process != self.process);
        let oldest = others.clone().map(|entry| entry.fait_le).min();
        let lag = oldest.map_or(0.0, |oldest| {
            Timestamp::now().duration_since(oldest).as_secs_f64()
        });
        self.metrics.journal_lag.set(lag.max(0.0));
        self.metrics.journal_lag_entries.set(others.count() as i64);
    }

    fn read(&self, entry: JournalEntry) -> FollowingEntry {
        let JournalEntry {
            position,
            process,
            fait_le,
            corps,
        } = entry;
        // While versions change, an earlier program may meet the entries of a later one.
        let to_publish = ToPublish::from_entry(&corps).unwrap_or_else(|problem| {
            log::error!("entry {position} of the journal is not shown: {problem}");
            ToPublish::default()
        });
        FollowingEntry {
            position,
            by_another: (process != self.process).then_some(fait_le),
            to_publish,
        }
    }
}
