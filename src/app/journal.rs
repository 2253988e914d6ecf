//! Finds the streams in the journal, so that they go on where the process before has left them.

use crate::{
    actors::supervisor::Supervisor,
    domain::stream::{Epoch, Topic},
    messages::{
        app_to_supervisor::{ContinueStreams, JoinCluster, RepeatEntries, RepeatedEntry},
        supervisor_to_writer::Reached,
        writer_to_supervisor::ToPublish,
    },
    store::{
        journal::{self, Checkpoint, JournalEntry},
        moment::Moment,
    },
};
use actix::Addr;
use anyhow::{Context as _, anyhow};

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
