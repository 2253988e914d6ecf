//! Publishes the journal in the order of its positions: what this process commits, and what the follower has read.

use super::{Unreported, Writer, reporting};
use crate::{
    domain::journal_order::JournalOrder,
    messages::{follower_to_writer::EntriesFollow, writer_to_supervisor::Committed},
    store::journal::Wake,
};
use actix::{Context, Handler};
use tokio::sync::watch;

/// The links of a writer with a journal.
pub struct JournalLinks {
    /// Position up to which the journal is published; the writer moves it.
    pub published: watch::Sender<i64>,
    /// Wakes the follower, because an entry is missing.
    pub missing: Wake,
    /// Position of the last entry of this process; the writer moves it, and a transport tells it to others.
    pub written: watch::Sender<i64>,
}

pub(super) struct Voice {
    order: JournalOrder<Committed>,
    /// Whether it waits for an entry that is missing.
    waits: bool,
    links: JournalLinks,
}

impl Voice {
    pub fn new(links: JournalLinks) -> Self {
        let reached = *links.published.borrow();
        Voice {
            order: JournalOrder::after(reached),
            waits: false,
            links,
        }
    }
}

impl Handler<EntriesFollow> for Writer {
    type Result = ();

    fn handle(&mut self, follow: EntriesFollow, _: &mut Context<Self>) {
        let Some(voice) = &mut self.voice else { return };
        let mut credit = Some(follow.credit);
        // The last one of them is published last.
        for entry in follow.entries.into_iter().rev() {
            let committed = Committed {
                to_publish: entry.to_publish,
                position: Some(entry.position),
                by_another: entry.by_another,
                credit: credit.take(),
            };
            voice.order.put(entry.position, committed);
        }
        self.report();
    }
}

impl Writer {
    /// Takes the entries of its own transactions, and publishes what can be published now.
    pub(super) fn publish_journal(&mut self) {
        let Some(voice) = &mut self.voice else { return };
        for unreported in &mut self.unreported {
            let Unreported::Committed(_, done) = unreported else {
                continue;
            };
            let own = done
                .journalled
                .as_mut()
                .and_then(|journalled| journalled.own.take());
            if let Some((position, to_publish)) = own {
                voice.links.written.send_replace(position);
                let committed = Committed {
                    to_publish,
                    position: Some(position),
                    by_another: None,
                    credit: self.credits.clone().try_acquire_owned().ok(),
                };
                voice.order.put(position, committed);
            }
        }
        while let Some((_, committed)) = voice.order.take_next() {
            if let Some(moved) = reporting::moved(&committed.to_publish.transitions) {
                self.links.moved.do_send(moved);
            }
            self.links.committed.do_send(committed);
        }
        let reached = voice.order.reached();
        voice.links.published.send_if_modified(|published| {
            let has_moved = *published != reached;
            *published = reached;
            has_moved
        });
        let metrics = &self.links.metrics;
        metrics.journal_position.set(reached);
        let has_gap = voice.order.has_gap();
        if has_gap && !voice.waits {
            voice.links.missing.up();
            metrics.journal_gaps.inc();
        }
        voice.waits = has_gap;
    }

    /// Whether what the journal has before the result is published.
    pub(super) fn may_report(&self, unreported: &Unreported) -> bool {
        match (&self.voice, unreported) {
            (Some(voice), Unreported::Committed(_, done)) => {
                let journalled = done.journalled.as_ref();
                let until = journalled.and_then(|journalled| journalled.until);
                until.is_none_or(|until| until <= voice.order.reached())
            }
            _ => true,
        }
    }
}
