//! The journal's part of the supervisor: its streams go on where an earlier process left them, and what it publishes of its own goes through the
//! journal, so that every process that reads it numbers the same frames.

use super::{Supervisor, cluster, publishing};
use crate::{
    domain::stream::Streams,
    messages::{
        app_to_supervisor::{BeginJournal, ContinueStreams, RepeatEntries},
        follower_to_supervisor::KeepsJournal,
        supervisor_to_writer::{KeepJournal, Reached},
        writer_to_supervisor::{Publication, ToPublish},
    },
};
use actix::{Context, Handler, Recipient};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Checkpoints divide the time that entries are kept into this many parts, of a minute at most.
const CHECKPOINTS: u32 = 10;
const LONGEST_PART: Duration = Duration::from_secs(60);

pub(super) struct Journal {
    keep: Option<Recipient<KeepJournal>>,
    /// Position of the last entry that was published.
    position: i64,
    next_checkpoint: Instant,
    /// Shared with the last message to the writer, until it has been carried out.
    ticket: Arc<()>,
    /// Of all processes this one publishes what comes from a clock.
    keeps: bool,
}

impl Journal {
    pub fn reached(&mut self, position: i64) {
        self.position = position;
    }

    /// Whether this process publishes what comes from a clock, and the writer can take another message now.
    pub fn keeps_time(&self) -> bool {
        self.keeps && self.keep.is_some() && Arc::strong_count(&self.ticket) == 1
    }
}

impl Handler<ContinueStreams> for Supervisor {
    type Result = ();

    fn handle(&mut self, go_on: ContinueStreams, _: &mut Context<Self>) {
        let mut streams = Streams::new(go_on.epoch, go_on.since, self.settings.ring);
        if let Some(reached) = go_on.reached {
            streams.go_on(reached.topics, reached.at);
            self.journal_at(reached.position);
            self.join(go_on.cluster, reached.presence);
        } else {
            self.journal_at(0);
            self.join(go_on.cluster, None);
        }
        self.streams = streams;
    }
}

impl Handler<RepeatEntries> for Supervisor {
    type Result = ();

    fn handle(&mut self, RepeatEntries(entries): RepeatEntries, ctx: &mut Context<Self>) {
        let (now, time) = (Instant::now(), Timestamp::now());
        for entry in entries {
            let age = Duration::try_from(time.duration_since(entry.fait_le)).unwrap_or_default();
            // A machine that has just started has no earlier instants.
            let at = now.checked_sub(age).unwrap_or(now);
            for publication in entry.to_publish.publications {
                publishing::number(&mut self.streams, publication, at, entry.fait_le, |_, _| {});
            }
            self.journal_at(entry.position);
            self.learn(entry.position, entry.to_publish.presence, ctx);
        }
    }
}

impl Handler<BeginJournal> for Supervisor {
    type Result = ();

    fn handle(&mut self, begin: BeginJournal, _: &mut Context<Self>) {
        if let Some(journal) = &mut self.journal {
            journal.keep = Some(begin.keep);
        }
    }
}

impl Handler<KeepsJournal> for Supervisor {
    type Result = ();

    fn handle(&mut self, KeepsJournal(keeps): KeepsJournal, _: &mut Context<Self>) {
        if let Some(journal) = &mut self.journal {
            journal.keeps = keeps;
        }
    }
}

impl Supervisor {
    pub(super) fn journal_at(&mut self, position: i64) {
        let journal = self.journal.get_or_insert_with(|| Journal {
            keep: None,
            position,
            next_checkpoint: Instant::now(),
            ticket: Arc::new(()),
            keeps: false,
        });
        journal.reached(position);
    }

    /// Publishes something of its own: at once, or when the journal has it.
    pub(super) fn tell(&mut self, publications: Vec<Publication>) {
        let Some(journal) = &mut self.journal else {
            return self.publish(publications);
        };
        let Some(keep) = &journal.keep else { return };
        let part = (self.settings.ring.age / CHECKPOINTS).min(LONGEST_PART);
        let now = Instant::now();
        let is_due = journal.keeps && now >= journal.next_checkpoint;
        let checkpoint = is_due.then(|| {
            journal.next_checkpoint = now + part;
            Reached {
                position: journal.position,
                at: Timestamp::now(),
                topics: self.streams.reached(),
                presence: self.cluster.as_ref().map(cluster::Cluster::held),
            }
        });
        keep.do_send(KeepJournal {
            to_publish: ToPublish {
                publications,
                ..ToPublish::default()
            },
            checkpoint,
            ticket: journal.ticket.clone(),
        });
    }
}
