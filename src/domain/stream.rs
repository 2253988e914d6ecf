//! Positions in the stream of a topic. One type, issued in one place.

use std::fmt;

/// What a frame is published to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Supervision: every site.
    Realtime,
    /// The lots of one gaveur.
    Gaveur(i32),
    /// Alerts as short notifications, whomever they concern.
    Notifications,
}

impl Topic {
    /// Label under which deliveries of the topic are counted.
    pub const fn label(self) -> &'static str {
        match self {
            Topic::Realtime => "realtime",
            Topic::Gaveur(_) => "gaveur",
            Topic::Notifications => "notifications",
        }
    }
}

/// Identity of one life of the stream; a new process is a new epoch, and its sequences start again from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch(String);

impl Epoch {
    /// `entropy` must differ from one process to the next.
    pub fn new(entropy: u64) -> Self {
        Epoch(format!("{entropy:016x}"))
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

/// The stream of one topic.
#[derive(Debug, Default)]
pub struct Stream {
    last_seq: u64,
}

impl Stream {
    /// Sequence number of the next frame; the first is 1.
    pub fn advance(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }
}
