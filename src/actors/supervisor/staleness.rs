//! Informs screens since when nothing new can have been stored.
//!
//! This is a state of the database and not an event of a topic: it has no position in a stream and is not replayed. A new subscriber gets
//! the current state.

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
    /// Nothing newer was stored because the database is unavailable.
    since: Option<Timestamp>,
    /// Some screen may have received `stale`.
    told: bool,
}

impl Staleness {
    /// The frame that a new subscriber needs besides. A new screen assumes fresh data; one that resumes may have received `stale` before.
    fn on_joining(&self, goes_on: bool) -> Option<Bytes> {
        (self.since.is_some() || goes_on && self.told).then(|| self.frame())
    }

    fn frame(&self) -> Bytes {
        encoder::text(&ServerFrame::staleness(self.since, Timestamp::now()).encode())
    }
}

impl Supervisor {
    /// Adds the staleness to the frames with which a stream begins.
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
        // Clients of notifications show every frame to their user.
        let concerned = |topic: &Topic| *topic != Topic::Notifications;
        for (topic, listener) in self.listeners.all() {
            if concerned(&topic) {
                let frame = frame.clone();
                listener.handle.show.do_send(SendFrame { frame });
            }
        }
    }
}
