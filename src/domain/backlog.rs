//! Frames that wait for a peer that reads more slowly than frames are published.
//!
//! A supervision screen needs the current state, so it gets the newest value of each lot and is told of the gap. A farmer's screen needs
//! every frame, or none after a position from which it can resume. Frames for one screen only, such as answers, keep their order among
//! the published frames: everything published before an answer is sent before it.

#[cfg(test)]
mod tests;

use super::{audience::Audience, stream::Published};
use bytes::Bytes;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Every frame, in order.
    Exact,
    /// The newest frame of each kind.
    Newest,
}

/// The subject of a frame; a newer frame of the same subject replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value {
    /// The latest meal of a lot.
    Meal(String),
    /// The state of a lot.
    Lot(String),
    /// The latest rating of a lot, which tells their number and mean.
    Rating(String),
    Sites,
    /// The latest sample of a station.
    Station(String),
    /// An alert; each of its frames contains its full state.
    Alert(i64),
    /// Advice, likewise.
    Advice(i64),
}

fn value(audience: &Audience) -> Value {
    match audience {
        Audience::Gavage { code_lot, .. } => Value::Meal(code_lot.clone()),
        Audience::Lot { code_lot, .. } => Value::Lot(code_lot.clone()),
        Audience::Boucle {
            recommandation: Some(id),
            ..
        } => Value::Advice(*id),
        Audience::Boucle { code_lot, .. } => Value::Rating(code_lot.clone()),
        Audience::Sites(_) => Value::Sites,
        Audience::Sample { device_id, .. } => Value::Station(device_id.clone()),
        Audience::Alert { id, .. } => Value::Alert(*id),
    }
}

/// Frames that were left out because a newer frame of the same subject follows. Both positions are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub from: u64,
    pub to: u64,
    pub skipped: u64,
}

/// What to send next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    Frame(Bytes),
    Gap(Gap),
}

/// More frames wait than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

/// Limits of the waiting frames; replayed frames do not count, nor do the bytes of a snapshot. Both are what a screen cannot do without, they are
/// no more than the ring and the wall hold, and at most one snapshot waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacklogBounds {
    pub frames: usize,
    /// Bytes of frames for this peer only; published frames and snapshots are shared by all peers.
    pub own_bytes: usize,
}

#[derive(Debug)]
pub struct Backlog {
    policy: Policy,
    bounds: BacklogBounds,
    replay: VecDeque<Arc<Published>>,
    /// Waiting frames with their turn numbers, in order.
    waiting: VecDeque<(u64, Waiting)>,
    next_turn: u64,
    /// The turn of the newest waiting frame of each subject.
    turn_of: HashMap<Value, u64>,
    /// How many entries of `waiting` were left out.
    left_out: usize,
    own_bytes: usize,
    gap: Option<Gap>,
}

#[derive(Debug)]
enum Waiting {
    Own(Bytes),
    /// A part of the state of the wall.
    Snapshot(Bytes),
    Published(Arc<Published>),
    LeftOut,
}

impl Backlog {
    pub fn new(policy: Policy, bounds: BacklogBounds) -> Self {
        Backlog {
            policy,
            bounds,
            replay: VecDeque::new(),
            waiting: VecDeque::new(),
            next_turn: 0,
            turn_of: HashMap::new(),
            left_out: 0,
            own_bytes: 0,
            gap: None,
        }
    }

    /// Number of waiting frames.
    pub fn len(&self) -> usize {
        self.replay.len() + self.waiting.len() - self.left_out
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds frames that are sent before all others, without limit: the stream begins with them.
    pub fn replay(&mut self, frames: Vec<Arc<Published>>) {
        self.replay.extend(frames);
    }

    /// Adds a frame for this peer only, such as an answer; it is never left out.
    ///
    /// # Errors
    /// Too many frames or bytes wait.
    pub fn push_own(&mut self, frame: Bytes) -> Result<(), Overflow> {
        self.own_bytes += frame.len();
        self.append(Waiting::Own(frame));
        self.bounded()
    }

    /// Adds the frames of a snapshot, however large. What still waits of an earlier one is left out: this one says it all.
    ///
    /// # Errors
    /// Too many frames wait.
    pub fn push_snapshot(&mut self, frames: &[Bytes]) -> Result<(), Overflow> {
        for (_, waiting) in &mut self.waiting {
            if matches!(waiting, Waiting::Snapshot(_)) {
                *waiting = Waiting::LeftOut;
                self.left_out += 1;
            }
        }
        self.forget_left_out();
        for frame in frames {
            self.append(Waiting::Snapshot(frame.clone()));
        }
        self.bounded()
    }

    /// Adds a published frame, according to the policy.
    ///
    /// # Errors
    /// Too many frames or bytes wait.
    pub fn push(&mut self, published: Arc<Published>) -> Result<(), Overflow> {
        if self.policy == Policy::Newest {
            let older = self
                .turn_of
                .insert(value(&published.audience), self.next_turn);
            older.into_iter().for_each(|turn| self.leave_out(turn));
        }
        self.append(Waiting::Published(published));
        self.bounded()
    }

    fn append(&mut self, waiting: Waiting) {
        self.waiting.push_back((self.next_turn, waiting));
        self.next_turn += 1;
    }

    fn bounded(&self) -> Result<(), Overflow> {
        let frames = self.waiting.len() - self.left_out;
        if frames > self.bounds.frames || self.own_bytes > self.bounds.own_bytes {
            Err(Overflow)
        } else {
            Ok(())
        }
    }

    fn leave_out(&mut self, turn: u64) {
        let Ok(at) = self.waiting.binary_search_by_key(&turn, |(turn, _)| *turn) else {
            return;
        };
        let older = std::mem::replace(&mut self.waiting[at].1, Waiting::LeftOut);
        self.left_out += 1;
        if let Waiting::Published(older) = older {
            self.widen_gap(older.seq);
        }
        self.forget_left_out();
    }

    /// Bounds the entries of left-out frames by the number of waiting frames.
    fn forget_left_out(&mut self) {
        if self.left_out > 64 + self.waiting.len() / 2 {
            self.waiting
                .retain(|(_, waiting)| !matches!(waiting, Waiting::LeftOut));
            self.left_out = 0;
        }
    }

    fn widen_gap(&mut self, skipped: u64) {
        let gap = self.gap.get_or_insert(Gap {
            from: skipped,
            to: skipped,
            skipped: 0,
        });
        gap.from = gap.from.min(skipped);
        gap.to = gap.to.max(skipped);
        gap.skipped += 1;
    }

    /// The next item to send: first the replay, then waiting frames in order, with the gap announced before the next published frame.
    pub fn pop(&mut self) -> Option<Next> {
        if let Some(first) = self.replay.pop_front() {
            return Some(Next::Frame(first.frame.clone()));
        }
        loop {
            let (_, first) = self.waiting.front()?;
            if matches!(first, Waiting::Published(_))
                && let Some(gap) = self.gap.take()
            {
                return Some(Next::Gap(gap));
            }
            match self.waiting.pop_front()?.1 {
                Waiting::LeftOut => self.left_out -= 1,
                Waiting::Snapshot(frame) => return Some(Next::Frame(frame)),
                Waiting::Own(frame) => {
                    self.own_bytes -= frame.len();
                    return Some(Next::Frame(frame));
                }
                Waiting::Published(published) => {
                    if self.policy == Policy::Newest {
                        self.turn_of.remove(&value(&published.audience));
                    }
                    return Some(Next::Frame(published.frame.clone()));
                }
            }
        }
    }

    /// Frees the memory once everything has been sent.
    pub fn shrink(&mut self) {
        if self.is_empty() {
            *self = Backlog::new(self.policy, self.bounds);
        }
    }
}
