//! Screens are told since when nothing new can have been stored.
//!
//! Word of that is a state of the database and no news of a topic: it has no place in a stream and is not replayed. Whoever joins
//! is told how things are.

use super::Supervisor;
use crate::{
    domain::stream::Topic,
    messages::{health_to_supervisor::StalenessChanged, supervisor_to_session::SendFrame},
    protocol::frames::ServerFrame,
    websocket::encoder,
};
use actix::{Context, Handler};
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;

/// Since when data is stale.
#[derive(Debug, Default)]
pub(super) struct Staleness {
    /// Nothing newer was stored: the database is away.
    since: Option<Timestamp>,
    /// Somebody may have been told `stale`.
    told: bool,
}

impl Staleness {
    /// What a screen that joins must hear besides. A new one takes its data for fresh; one that goes on where it stopped may have
    /// been told otherwise before.
    fn on_joining(&self, goes_on: bool) -> Option<Bytes> {
        (self.since.is_some() || goes_on && self.told).then(|| self.frame())
    }

    fn frame(&self) -> Bytes {
        encoder::text(&ServerFrame::staleness(self.since, Timestamp::now()).encode())
    }
}

impl Supervisor {
    /// What a stream begins with, and whether its data is stale.
    pub(super) fn with_staleness(&self, begin: Arc<[Bytes]>, goes_on: bool) -> Arc<[Bytes]> {
        match self.staleness.on_joining(goes_on) {
            None => begin,
            Some(frame) => begin.iter().cloned().chain([frame]).collect(),
        }
    }
}

impl Handler<StalenessChanged> for Supervisor {
    type Result = ();

    fn handle(&mut self, changed: StalenessChanged, _: &mut Context<Self>) {
        if self.staleness.since == changed.since {
            return;
        }
        self.staleness = Staleness {
            since: changed.since,
            told: true,
        };
        let frame = self.staleness.frame();
        // The client of notifications shows every frame to its user.
        let concerned = |topic: &Topic| *topic != Topic::Notifications;
        for (topic, listener) in self.listeners.all() {
            if concerned(&topic) {
                let frame = frame.clone();
                listener.handle.show.do_send(SendFrame { frame });
            }
        }
    }
}
