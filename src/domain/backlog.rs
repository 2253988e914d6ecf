//! Frames that wait for a peer that reads more slowly than frames are published.
//!
//! A supervision screen needs the current state, so it gets the newest value of each lot and is told of the gap. A farmer's screen needs
//! every frame, or none after a position from which it can resume. Frames for one screen only, such as answers, keep their order among
//! the published frames: everything published before an answer is sent before it.

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

/// Limits of the waiting frames; replayed frames do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacklogBounds {
    pub frames: usize,
    /// Bytes of frames for this peer only; published frames are shared by all peers.
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
        // Bounds the entries of left-out frames by the number of waiting frames.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::site::Site;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn backlog(policy: Policy, frames: usize) -> Backlog {
        let own_bytes = 100;
        Backlog::new(policy, BacklogBounds { frames, own_bytes })
    }

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
        let mut backlog = backlog(Policy::Newest, 10);
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
        let mut backlog = backlog(Policy::Exact, 2);
        assert_eq!(backlog.push(published(1, 1)), Ok(()));
        assert_eq!(backlog.push(published(2, 1)), Ok(()));
        assert_eq!(backlog.push(published(3, 1)), Err(Overflow));
        assert_eq!(backlog.pop(), frame(1));
    }

    #[test]
    fn what_is_replayed_comes_before_what_is_live() {
        let mut backlog = backlog(Policy::Newest, 10);
        backlog.push(published(3, 1)).unwrap();
        backlog.replay(vec![published(1, 1), published(2, 1)]);
        let sent: Vec<_> = std::iter::from_fn(|| backlog.pop()).collect();
        assert_eq!(sent, [frame(1), frame(2), frame(3)].map(Option::unwrap));
    }

    #[test]
    fn an_answer_stands_behind_what_was_published_before_it_and_before_what_came_after() {
        for policy in [Policy::Exact, Policy::Newest] {
            let mut backlog = backlog(policy, 10);
            backlog.push(published(1, 1)).unwrap();
            backlog.push(published(2, 2)).unwrap();
            backlog.push_own(Bytes::from("ack")).unwrap();
            backlog.push(published(3, 3)).unwrap();
            let sent: Vec<_> = std::iter::from_fn(|| backlog.pop()).collect();
            let ack = Next::Frame(Bytes::from("ack"));
            let expected = [frame(1), frame(2), Some(ack), frame(3)];
            assert_eq!(sent, expected.map(Option::unwrap), "{policy:?}");
        }
    }

    #[test]
    fn what_one_screen_alone_waits_for_is_bounded_in_bytes() {
        let mut backlog = backlog(Policy::Newest, 1_000);
        for _ in 0..100 {
            backlog.push_own(Bytes::from("x")).unwrap();
        }
        assert_eq!(backlog.push_own(Bytes::from("x")), Err(Overflow));
        backlog.pop();
        backlog.pop();
        assert_eq!(backlog.push_own(Bytes::from("x")), Ok(()));
    }

    #[test]
    fn what_was_left_out_costs_no_place_for_long() {
        let mut backlog = backlog(Policy::Newest, 10);
        backlog.push_own(Bytes::from("x")).unwrap();
        for seq in 1..10_000 {
            backlog.push(published(seq, (seq % 3) as u8)).unwrap();
            assert!(backlog.waiting.len() < 140);
        }
        assert_eq!(backlog.len(), 4);
    }

    proptest! {
        #[test]
        fn a_position_is_shown_or_lies_in_a_gap_and_none_comes_twice(steps in prop::collection::vec((0..5u8, any::<bool>(), any::<bool>()), 1..100)) {
            let mut backlog = backlog(Policy::Newest, 200);
            let (mut shown, mut gaps, mut skipped) = (Vec::new(), Vec::<Gap>::new(), 0);
            let mut answers = Vec::new();
            let mut take = |next: Next, shown: &mut Vec<u64>| match next {
                Next::Frame(frame) if frame.is_empty() => answers.push(shown.last().copied().unwrap_or(0)),
                Next::Frame(frame) => shown.push(std::str::from_utf8(&frame).unwrap().parse().unwrap()),
                Next::Gap(gap) => { skipped += gap.skipped; gaps.push(gap); }
            };
            let mut asked = Vec::new();
            for (index, (lot, ask, read)) in steps.iter().enumerate() {
                backlog.push(published(index as u64 + 1, *lot)).unwrap();
                if *ask {
                    backlog.push_own(Bytes::new()).unwrap();
                    asked.push(index as u64 + 1);
                }
                if *read && let Some(next) = backlog.pop() { take(next, &mut shown); }
            }
            while let Some(next) = backlog.pop() { take(next, &mut shown); }
            prop_assert!(shown.is_sorted());
            // What was published before an answer is sent before it or never; what was published after it is sent after it.
            prop_assert_eq!(answers.len(), asked.len());
            for (before, asked) in answers.iter().zip(&asked) {
                let last = shown.iter().rfind(|seq| *seq <= asked);
                prop_assert_eq!(last.copied().unwrap_or(0), *before);
            }
            let seen: BTreeSet<u64> = shown.iter().copied().collect();
            prop_assert_eq!(seen.len() as u64 + skipped, steps.len() as u64);
            for seq in 1..=steps.len() as u64 {
                prop_assert!(seen.contains(&seq) || gaps.iter().any(|gap| (gap.from..=gap.to).contains(&seq)));
            }
        }
    }
}
