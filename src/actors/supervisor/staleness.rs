//! Tells screens since when data is stale.

use super::Supervisor;
use crate::{
    domain::stream::Topic,
    messages::{health_to_supervisor::StalenessChanged, supervisor_to_session::Show},
    protocol::frames::ServerFrame,
    websocket::encoder,
};
use actix::{Context, Handler};
use bytes::Bytes;
use jiff::Timestamp;

/// Since when data is stale, i.e. nothing new can have been stored. This is a state of the database and not an event of a topic: it has no
/// position in a stream and is not replayed.
#[derive(Debug, Default)]
pub(super) struct Staleness {
    /// Nothing newer was stored because the database is unavailable.
    since: Option<Timestamp>,
    /// Some screen may have received `stale`.
    was_announced: bool,
}

impl Staleness {
    /// The frame that tells a new subscriber whether data is stale. A new screen assumes fresh data and needs it only while data is stale;
    /// one that resumes may have received `stale` before.
    pub fn on_joining(&self, goes_on: bool) -> Option<Bytes> {
        (self.since.is_some() || goes_on && self.was_announced).then(|| self.frame())
    }

    fn frame(&self) -> Bytes {
        encoder::text(&ServerFrame::staleness(self.since, Timestamp::now()).encode())
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
            was_announced: true,
        };
        let frame = self.staleness.frame();
        // Clients of notifications show every frame to their user.
        let concerned = |topic: &Topic| *topic != Topic::Notifications;
        for (topic, listener) in self.listeners.all() {
            if concerned(&topic) {
                listener.handle.show.do_send(Show::Frame(frame.clone()));
            }
        }
    }
}
