//! Positions in the stream of a topic, and the frames kept for clients that reconnect.

use super::{audience::Audience, shrink::shrink, words::words};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// What a frame is published to, and what a client subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    /// Supervision: every site.
    Realtime,
    /// The lots of one gaveur.
    Gaveur(i32),
    /// Short notifications of alerts, of all lots and stations.
    Notifications,
}

impl Topic {
    /// All labels, which are also the endpoints of screens.
    pub const LABELS: [&'static str; 3] = [
        Topic::Realtime.label(),
        Topic::Gaveur(0).label(),
        Topic::Notifications.label(),
    ];

    /// The topic's label in the delivery metrics. Not one of [`words!`], because a topic has a gaveur.
    pub const fn label(self) -> &'static str {
        match self {
            Topic::Realtime => "realtime",
            Topic::Gaveur(_) => "gaveur",
            Topic::Notifications => "notifications",
        }
    }
}

/// Identifies one run of the streams, an opaque text. In a new epoch sequences start again at 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch(Arc<str>);

impl Epoch {
    /// The text must differ between any two runs.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Epoch(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A published frame with its position.
#[derive(Debug, PartialEq)]
pub struct Published {
    pub seq: u64,
    pub audience: Audience,
    /// Encoded once, shared by all receivers.
    pub frame: Bytes,
}

/// Position of the last frame that a client has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub epoch: String,
    pub last_seq: u64,
}

words! {
    /// Why nothing can be replayed.
    pub enum Unrecovered {
        /// The client sent no position.
        NoPosition = "no_position",
        /// The position belongs to another process.
        UnknownEpoch = "unknown_epoch",
        /// The position is beyond the last published frame.
        FuturePosition = "future_position",
        /// Some of the missed frames are no longer kept.
        GapTooLong = "gap_too_long",
    }
}

/// How much is kept for clients that reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingBounds {
    /// Frames of one topic.
    pub frames: usize,
    /// Bytes of one topic.
    pub bytes: usize,
    /// Bytes of all topics together.
    pub total_bytes: usize,
    /// Maximum age of a kept frame.
    pub age: Duration,
}

/// For one frame in this many, the time of publication is remembered longer than the frame.
const MILESTONE: u64 = 64;
const MOST_MILESTONES: usize = 1_024;
/// A frame's content is stored before it is published: earlier by the time of a commit, or by the length of an outage if the outage left
/// a commit in doubt. The clocks of database and server also differ a little. This margin covers all of it.
const STORED_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// The streams of all topics.
#[derive(Debug)]
pub struct Streams {
    epoch: Epoch,
    started: Timestamp,
    bounds: RingBounds,
    by_topic: HashMap<Topic, Stream>,
    /// Highest `last_seq` of all forgotten streams. A stream that begins again continues after it, so that no position is used twice.
    forgotten: u64,
    /// All kept frames, oldest first; entries may have been dropped from their ring already.
    order: VecDeque<(Topic, u64)>,
    kept: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Stream {
    last_seq: u64,
    /// Without gaps, up to `last_seq`.
    ring: VecDeque<Kept>,
    bytes: usize,
    /// Times at which some frames were published, kept or not; includes every frame at which the clock had been set back.
    milestones: VecDeque<(u64, Timestamp)>,
    /// When the last frame was published.
    at: Option<Instant>,
}

#[derive(Debug)]
struct Kept {
    published: Arc<Published>,
    at: Instant,
}

impl Streams {
    /// `started` is a time before the first publication.
    pub fn new(epoch: Epoch, started: Timestamp, bounds: RingBounds) -> Self {
        Streams {
            epoch,
            started,
            bounds,
            by_topic: HashMap::new(),
            forgotten: 0,
            order: VecDeque::new(),
            kept: 0,
            bytes: 0,
        }
    }

    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The positions that the topics have reached.
    pub fn reached(&self) -> Vec<(Topic, u64)> {
        let streams = self.by_topic.iter();
        let mut reached: Vec<_> = streams
            .map(|(topic, stream)| (*topic, stream.last_seq))
            .collect();
        reached.sort_unstable();
        reached
    }

    /// Goes on after the positions that another process had reached at this time. The frames up to them are not known here.
    pub fn go_on(&mut self, reached: impl IntoIterator<Item = (Topic, u64)>, time: Timestamp) {
        for (topic, last_seq) in reached {
            let stream = Stream {
                last_seq,
                milestones: VecDeque::from([(last_seq, time)]),
                ..Stream::default()
            };
            self.by_topic.insert(topic, stream);
        }
    }

    /// Position of the last frame; 0 if there is none.
    pub fn last_seq(&self, topic: Topic) -> u64 {
        self.by_topic
            .get(&topic)
            .map_or(self.forgotten, |stream| stream.last_seq)
    }

    /// Adds the next frame of a topic. `encode` receives its position.
    pub fn publish(
        &mut self,
        topic: Topic,
        audience: Audience,
        at: Instant,
        time: Timestamp,
        encode: impl FnOnce(u64) -> Bytes,
    ) -> Arc<Published> {
        let stream = self.by_topic.entry(topic).or_insert_with(|| Stream {
            last_seq: self.forgotten,
            ..Stream::default()
        });
        stream.at = Some(at);
        let seq = stream.advance(time);
        let published = Arc::new(Published {
            seq,
            audience,
            frame: encode(seq),
        });
        stream.keep(published.clone(), at);
        self.order.push_back((topic, seq));
        self.bytes += published.frame.len();
        self.kept += 1;
        while stream.ring.len() > self.bounds.frames || stream.bytes > self.bounds.bytes {
            self.bytes -= stream.drop_oldest();
            self.kept -= 1;
        }
        self.drop_old(at);
        published
    }

    /// Drops frames that are too old, and then the oldest while all topics together are too large.
    pub fn drop_old(&mut self, now: Instant) {
        while let Some(&(topic, seq)) = self.order.front() {
            // A forgotten stream has no frames left.
            let Some(stream) = self.by_topic.get_mut(&topic) else {
                self.order.pop_front();
                continue;
            };
            let oldest = stream.ring.front();
            if let Some(kept) = oldest.filter(|kept| kept.published.seq == seq) {
                let too_old = now.duration_since(kept.at) > self.bounds.age;
                if !too_old && self.bytes <= self.bounds.total_bytes {
                    break;
                }
                self.bytes -= stream.drop_oldest();
                self.kept -= 1;
            }
            self.order.pop_front();
        }
        self.compact();
    }

    /// Forgets streams of gaveurs without subscribers and without kept frames, except the `most` that were published to last.
    pub fn forget_quiet(&mut self, most: usize, is_listened_to: impl Fn(Topic) -> bool) {
        if self.by_topic.len() <= most {
            return;
        }
        let quiet = self.by_topic.iter().filter(|(topic, stream)| {
            matches!(topic, Topic::Gaveur(_)) && stream.ring.is_empty() && !is_listened_to(**topic)
        });
        let mut quiet: Vec<_> = quiet.map(|(topic, stream)| (stream.at, *topic)).collect();
        let excess = quiet.len().saturating_sub(most);
        quiet.sort_unstable();
        for (_, topic) in quiet.drain(..excess) {
            let stream = self.by_topic.remove(&topic);
            let reached = stream.map_or(0, |stream| stream.last_seq);
            self.forgotten = self.forgotten.max(reached);
        }
        shrink(&mut self.by_topic);
    }

    /// A quiet topic at the front delays the removal of entries that a busy topic has already dropped from its ring.
    fn compact(&mut self) {
        if self.order.len() <= 2 * self.kept + 64 {
            return;
        }
        let by_topic = &self.by_topic;
        let is_kept = |&(topic, seq): &(Topic, u64)| {
            let oldest = by_topic.get(&topic).and_then(|stream| stream.ring.front());
            oldest.is_some_and(|kept| kept.published.seq <= seq)
        };
        self.order.retain(is_kept);
    }

    /// Exactly the frames after a position, in order; never a part of them.
    ///
    /// # Errors
    /// Why the frames cannot be replayed.
    pub fn resume(
        &self,
        topic: Topic,
        position: Option<&Position>,
    ) -> Result<impl Iterator<Item = &Arc<Published>> + use<'_>, Unrecovered> {
        let position = position.ok_or(Unrecovered::NoPosition)?;
        if position.epoch != self.epoch.as_str() {
            return Err(Unrecovered::UnknownEpoch);
        }
        let missed = self
            .last_seq(topic)
            .checked_sub(position.last_seq)
            .ok_or(Unrecovered::FuturePosition)?;
        let ring = self.by_topic.get(&topic).map(|stream| &stream.ring);
        let kept = ring.map_or(0, VecDeque::len);
        let skipped = usize::try_from(missed)
            .ok()
            .and_then(|missed| kept.checked_sub(missed))
            .ok_or(Unrecovered::GapTooLong)?;
        let missed = ring.into_iter().flat_map(move |ring| ring.range(skipped..));
        Ok(missed.map(|kept| &kept.published))
    }

    /// A time before the first frame after the position was stored: from then on the history contains all that is not replayed, and a
    /// little more. `None` if the position is not of this process.
    pub fn missed_since(&self, topic: Topic, position: Option<&Position>) -> Option<Timestamp> {
        let position = position.filter(|position| position.epoch == self.epoch.as_str())?;
        let milestones = self.by_topic.get(&topic).map(|stream| &stream.milestones);
        let milestones = milestones.into_iter().flatten();
        let seen = milestones
            .clone()
            .take_while(|(seq, _)| *seq <= position.last_seq)
            .count();
        // The earliest time of all later frames, in case the clock was set back in between.
        let begun = if seen == 0 { Some(self.started) } else { None };
        let since = milestones.skip(seen.saturating_sub(1));
        let earliest = since.map(|(_, time)| *time).chain(begun).min()?;
        earliest.checked_sub(STORED_BEFORE).ok()
    }

    pub fn kept_bytes(&self) -> usize {
        self.bytes
    }
}

impl Stream {
    fn advance(&mut self, time: Timestamp) -> u64 {
        self.last_seq += 1;
        let latest = self.milestones.back();
        let was_set_back = latest.is_none_or(|(_, latest)| time < *latest);
        if was_set_back || self.last_seq % MILESTONE == 1 {
            self.milestones.push_back((self.last_seq, time));
        }
        if self.milestones.len() > MOST_MILESTONES {
            self.milestones.pop_front();
        }
        self.last_seq
    }

    fn keep(&mut self, published: Arc<Published>, at: Instant) {
        self.bytes += published.frame.len();
        self.ring.push_back(Kept { published, at });
    }

    /// Returns the frame's size.
    fn drop_oldest(&mut self) -> usize {
        let Some(kept) = self.ring.pop_front() else {
            return 0;
        };
        if self.ring.is_empty() {
            self.ring.shrink_to_fit();
        }
        let size = kept.published.frame.len();
        self.bytes -= size;
        size
    }
}

#[cfg(test)]
mod tests;
