//! What waits for a peer that does not read as fast as it is published.
//!
//! A screen of the supervision wants to know how things are, so it gets the newest value of each lot and is told of the gap.
//! A farmer's screen wants every frame, or none from a point on where it can resume.

use super::{audience::Audience, stream::Published};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Every frame, in order.
    Exact,
    /// The newest frame of each kind.
    Newest,
}

/// What a frame is the newest value of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value {
    Lot(String),
    Sites,
    /// Whether the data is up to date.
    Staleness,
    /// The latest sample of a station.
    Station(String),
    /// An alert, whose every frame shows it whole.
    Alert(i64),
}

fn value(audience: &Audience) -> Value {
    match audience {
        Audience::Gavage { code_lot, .. } => Value::Lot(code_lot.clone()),
        Audience::Sites => Value::Sites,
        Audience::Everybody => Value::Staleness,
        Audience::Sample { device_id, .. } => Value::Station(device_id.clone()),
        Audience::Alert { id, .. } => Value::Alert(*id),
    }
}

/// Frames that were left out because a newer one of the same kind follows: they lie between these positions, ends included.
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

/// More waits than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

#[derive(Debug)]
pub struct Backlog {
    policy: Policy,
    most: usize,
    replay: VecDeque<Arc<Published>>,
    exact: VecDeque<Bytes>,
    newest: BTreeMap<u64, Arc<Published>>,
    seq_of: HashMap<Value, u64>,
    gap: Option<Gap>,
}

impl Backlog {
    /// At most `most` frames wait, besides those of [`replay`](Self::replay).
    pub fn new(policy: Policy, most: usize) -> Self {
        Backlog {
            policy,
            most,
            replay: VecDeque::new(),
            exact: VecDeque::new(),
            newest: BTreeMap::new(),
            seq_of: HashMap::new(),
            gap: None,
        }
    }

    /// Frames that wait.
    pub fn len(&self) -> usize {
        self.replay.len() + self.exact.len() + self.newest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Frames that come before everything else, however many: the stream begins with them.
    pub fn replay(&mut self, frames: Vec<Arc<Published>>) {
        self.replay.extend(frames);
    }

    /// A frame that belongs to no stream, such as an answer: it is neither left out nor overtaken by its like.
    pub fn push_plain(&mut self, frame: Bytes) -> Result<(), Overflow> {
        self.exact.push_back(frame);
        self.bounded()
    }

    /// A published frame, treated as the policy says.
    pub fn push(&mut self, published: Arc<Published>) -> Result<(), Overflow> {
        match self.policy {
            Policy::Exact => self.exact.push_back(published.frame.clone()),
            Policy::Newest => self.replace(published),
        }
        self.bounded()
    }

    fn bounded(&self) -> Result<(), Overflow> {
        match self.exact.len() + self.newest.len() > self.most {
            true => Err(Overflow),
            false => Ok(()),
        }
    }

    fn replace(&mut self, published: Arc<Published>) {
        let value = value(&published.audience);
        if let Some(older) = self.seq_of.insert(value, published.seq) {
            self.newest.remove(&older);
            self.widen_gap(older);
        }
        self.newest.insert(published.seq, published);
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

    /// What goes out next: the replay, what must come in its turn, word of the gap, the newest values by position.
    pub fn pop(&mut self) -> Option<Next> {
        let replayed = self.replay.pop_front().map(|first| first.frame.clone());
        if let Some(frame) = replayed.or_else(|| self.exact.pop_front()) {
            return Some(Next::Frame(frame));
        }
        if let Some(gap) = self.gap.take() {
            return Some(Next::Gap(gap));
        }
        let (_, newest) = self.newest.pop_first()?;
        self.seq_of.remove(&value(&newest.audience));
        Some(Next::Frame(newest.frame.clone()))
    }

    /// Gives the memory back once everything has gone out.
    pub fn shrink(&mut self) {
        if self.is_empty() {
            *self = Backlog::new(self.policy, self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::site::Site;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn published(seq: u64, lot: u8) -> Arc<Published> {
        Arc::new(Published {
            seq,
            audience: Audience::Gavage {
                site: Site::ALL[0],
                code_lot: lot.to_string(),
                gaveur_id: 1,
            },
            frame: Bytes::from(seq.to_string()),
        })
    }

    fn frame(seq: u64) -> Option<Next> {
        Some(Next::Frame(Bytes::from(seq.to_string())))
    }

    #[test]
    fn a_slow_screen_gets_the_newest_value_of_each_lot_behind_word_of_the_gap() {
        let mut backlog = Backlog::new(Policy::Newest, 10);
        for (seq, lot) in [(5, 1), (6, 2), (7, 1), (8, 1)] {
            backlog.push(published(seq, lot)).unwrap();
        }
        let gap = Gap {
            from: 5,
            to: 7,
            skipped: 2,
        };
        assert_eq!(backlog.pop(), Some(Next::Gap(gap)));
        assert_eq!(backlog.pop(), frame(6));
        assert_eq!(backlog.pop(), frame(8));
        assert_eq!(backlog.pop(), None);
    }

    #[test]
    fn where_every_frame_counts_none_is_left_out_and_too_many_are_too_many() {
        let mut backlog = Backlog::new(Policy::Exact, 2);
        assert_eq!(backlog.push(published(1, 1)), Ok(()));
        assert_eq!(backlog.push(published(2, 1)), Ok(()));
        assert_eq!(backlog.push(published(3, 1)), Err(Overflow));
        assert_eq!(backlog.pop(), frame(1));
    }

    #[test]
    fn what_is_replayed_comes_before_what_is_live() {
        let mut backlog = Backlog::new(Policy::Newest, 10);
        backlog.push(published(3, 1)).unwrap();
        backlog.replay(vec![published(1, 1), published(2, 1)]);
        let sent: Vec<_> = std::iter::from_fn(|| backlog.pop()).collect();
        assert_eq!(sent, [frame(1), frame(2), frame(3)].map(Option::unwrap));
    }

    proptest! {
        #[test]
        fn a_position_is_shown_or_lies_in_a_gap_and_none_comes_twice(steps in prop::collection::vec((0..5u8, any::<bool>()), 1..100)) {
            let mut backlog = Backlog::new(Policy::Newest, 100);
            let (mut shown, mut gaps, mut skipped) = (Vec::new(), Vec::<Gap>::new(), 0);
            let mut take = |next: Next, shown: &mut Vec<u64>| match next {
                Next::Frame(frame) => shown.push(std::str::from_utf8(&frame).unwrap().parse().unwrap()),
                Next::Gap(gap) => { skipped += gap.skipped; gaps.push(gap); }
            };
            for (index, (lot, read)) in steps.iter().enumerate() {
                backlog.push(published(index as u64 + 1, *lot)).unwrap();
                if *read && let Some(next) = backlog.pop() { take(next, &mut shown); }
            }
            while let Some(next) = backlog.pop() { take(next, &mut shown); }
            prop_assert!(shown.is_sorted());
            let seen: BTreeSet<u64> = shown.iter().copied().collect();
            prop_assert_eq!(seen.len() as u64 + skipped, steps.len() as u64);
            for seq in 1..=steps.len() as u64 {
                prop_assert!(seen.contains(&seq) || gaps.iter().any(|gap| (gap.from..=gap.to).contains(&seq)));
            }
        }
    }
}
