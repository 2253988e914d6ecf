//! Screens are told since when nothing new can have been stored.

use super::Supervisor;
use crate::{
    domain::{audience::Audience, stream::Topic},
    messages::{health_to_supervisor::StalenessChanged, writer_to_supervisor::Publication},
    protocol::frames,
    websocket::encoder,
};
use actix::{Context, Handler};
use bytes::Bytes;
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};

impl Supervisor {
    /// What a stream begins with: also that its data is stale, if it is.
    pub(super) fn with_staleness(&self, begin: Arc<[Bytes]>) -> Arc<[Bytes]> {
        match self.stale_since {
            None => begin,
            Some(since) => {
                let stale = frames::stale(since, Timestamp::now());
                let stale = encoder::text_from_parts(&[&stale, b"}"]);
                begin.iter().cloned().chain([stale]).collect()
            }
        }
    }

    /// Topics of data, with or without anybody who listens just now: whoever resumes learns of both the end and the beginning.
    fn topics_of_data(&self) -> BTreeSet<Topic> {
        let (heard, published) = (self.listeners.listened(), self.streams.topics());
        let mut topics: BTreeSet<_> = heard.chain(published).collect();
        topics.remove(&Topic::Notifications);
        topics
    }
}

impl Handler<StalenessChanged> for Supervisor {
    type Result = ();

    fn handle(&mut self, changed: StalenessChanged, _: &mut Context<Self>) {
        if self.stale_since == changed.since {
            return;
        }
        self.stale_since = changed.since;
        let now = Timestamp::now();
        let open_frame = match changed.since {
            Some(since) => frames::stale(since, now),
            None => frames::fresh(now),
        };
        let to = |topic| Publication {
            topic,
            audience: Audience::Everybody,
            open_frame: open_frame.clone(),
        };
        self.publish(self.topics_of_data().into_iter().map(to).collect());
    }
}
