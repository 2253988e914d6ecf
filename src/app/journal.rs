//! Finds the streams in the journal, so that they go on where the process before has left them, and then follows it.

use super::{core::Services, follower::Follower};
use crate::{
    actors::{supervisor::Supervisor, writer::Writer},
    domain::stream::{Epoch, Topic},
    messages::{
        app_to_supervisor::{ContinueStreams, JoinCluster, RepeatEntries, RepeatedEntry},
        supervisor_to_writer::Reached,
        writer_to_supervisor::ToPublish,
    },
    settings::{SessionArgs, Transport},
    store::{
        journal::{self, Checkpoint, JournalEntry, Wake},
        moment::Moment,
    },
};
use actix::{Addr, Arbiter};
use anyhow::{Context as _, anyhow};
use futures_util::future::{AbortHandle, abortable};
use std::time::Duration;
use tokio::sync::watch;

/// The streams of the journal, as the supervisor has read them.
pub(super) struct Continued {
    pub epoch: String,
    pub position: i64,
}

/// # Errors
/// The database is unavailable, or a newer version has written into the journal.
pub(super) async fn continue_streams(
    moment: &Moment,
    supervisor: &Addr<Supervisor>,
    cluster: Option<JoinCluster>,
) -> anyhow::Result<Continued> {
    let found = journal::find(moment)
        .await
        .context("the journal cannot be opened")?;
    let reached = found.checkpoint.as_ref().map(reached).transpose()?;
    let mut position = reached.as_ref().map_or(0, |reached| reached.position);
    let go_on = ContinueStreams {
        epoch: Epoch::new(found.epoque.clone()),
        since: found.depuis,
        reached,
        cluster,
    };
    supervisor.send(go_on).await?;
    let mut read = 0;
    loop {
        let page = journal::list_after(moment.pool(), position).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        read += page.len();
        let entries: Result<Vec<_>, _> = page.into_iter().map(repeated).collect();
        supervisor.send(RepeatEntries(entries?)).await?;
    }
    log::info!("the streams go on after {read} entries of the journal, at {position}");
    Ok(Continued {
        epoch: found.epoque,
        position,
    })
}

fn reached(checkpoint: &Checkpoint) -> anyhow::Result<Reached> {
    let topics: Vec<(Topic, u64)> = serde_json::from_str(&checkpoint.atteint)
        .map_err(|error| unreadable(checkpoint.position, &error.to_string()))?;
    let presence = checkpoint.presence.as_deref().map(serde_json::from_str);
    let presence = presence
        .transpose()
        .map_err(|error| unreadable(checkpoint.position, &error.to_string()))?;
    Ok(Reached {
        position: checkpoint.position,
        at: checkpoint.fait_le,
        topics,
        presence,
    })
}

fn repeated(entry: JournalEntry) -> anyhow::Result<RepeatedEntry> {
    let JournalEntry {
        position,
        fait_le,
        corps,
        ..
    } = entry;
    let to_publish =
        ToPublish::from_entry(&corps).map_err(|problem| unreadable(position, &problem))?;
    Ok(RepeatedEntry {
        position,
        fait_le,
        to_publish,
    })
}

fn unreadable(position: i64, problem: &str) -> anyhow::Error {
    anyhow!(
        "the journal cannot be read at {position}: {problem}; start the newer version, or this one once without --journal, which begins \
         another epoch"
    )
}

/// The journal, as this process follows it.
pub(super) struct Followed {
    /// The key of this process in the journal.
    pub process: i64,
    /// Whether there are other processes.
    is_cluster: bool,
    transport: Transport,
    epoch: String,
    /// Position up to which it is published.
    pub published: watch::Sender<i64>,
    /// Position of the last entry of this process.
    pub written: watch::Sender<i64>,
    pub wake: Wake,
    /// How long entries are kept.
    pub age: Duration,
}

impl Followed {
    /// # Errors
    /// The transport cannot be read.
    pub fn new(identity: u64, streams: Continued, settings: &SessionArgs) -> anyhow::Result<Self> {
        Ok(Followed {
            process: identity.cast_signed(),
            is_cluster: settings.cluster,
            transport: settings.transport.parse().map_err(anyhow::Error::msg)?,
            epoch: streams.epoch,
            published: watch::Sender::new(streams.position),
            written: watch::Sender::new(0),
            wake: Wake::default(),
            age: settings.ring_age,
        })
    }

    /// Whether PostgreSQL tells the others of each entry of the writer.
    pub fn is_announced(&self) -> bool {
        self.is_cluster && self.transport == Transport::Notify
    }

    /// Begins to follow it. Returns what ends that.
    pub fn follow(
        self,
        services: &Services,
        writer: &Addr<Writer>,
        supervisor: &Addr<Supervisor>,
    ) -> Vec<AbortHandle> {
        let mut following = Vec::new();
        match self.transport {
            Transport::Notify => {}
            #[cfg(feature = "nats")]
            Transport::Nats(servers) => {
                let nats = super::transport::Nats {
                    servers,
                    epoch: self.epoch.clone(),
                    written: self.written.subscribe(),
                    published: self.published.subscribe(),
                    wake: self.wake.clone(),
                    metrics: services.metrics.clone(),
                };
                following.push(on_a_thread(nats.run()));
            }
        }
        let follower = Follower {
            pool: services.pools.shared.clone(),
            process: self.process,
            // Whoever arrives and leaves is told by PostgreSQL, whatever brings the writers' news.
            listens: self.is_cluster,
            epoch: self.epoch,
            published: self.published.subscribe(),
            wake: self.wake,
            writer: writer.clone().recipient(),
            supervisor: supervisor.clone().recipient(),
            health: services.health.clone(),
            metrics: services.metrics.clone(),
            lost: services.lost.clone(),
            _deathwatch: services.watch("journal's follower"),
        };
        following.push(on_a_thread(follower.run()));
        following
    }
}

/// Begins on a thread of its own. Ends when it is aborted.
fn on_a_thread(running: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    let (running, handle) = abortable(running);
    let ended = async move {
        // Aborted or not, it has ended.
        let _ = running.await;
    };
    Arbiter::new().spawn(ended);
    handle
}
