//! The cluster's part of the registrar: what happens to this process's tabs and users goes into the journal in batches, and dead processes are
//! told of.

use crate::{
    domain::presence::{Placed, ProcessKey, Step},
    messages::writer_to_supervisor::ToPublish,
    store::{StoreError, presence::Swept, registry::RegistryStore},
};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use tokio::time::Instant;

/// How often others are looked after, and how often this process sees to it that they see it.
pub const BEAT: Duration = Duration::from_secs(1);
/// A process whose locks nobody has held for so long is dead. One that only lost its connection takes them again with its next beat.
const DEAD_AFTER: Duration = Duration::from_millis(1_900);
/// Maximum number of steps per entry, of some 200 bytes each.
const BATCH: usize = 5_000;
/// Between two entries that are not full; while a crowd hops here it doubles, so that the crowd needs few entries however long it takes.
const PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// An entry of more steps is of a crowd.
const CROWD: usize = 20;
/// Maximum number of waiting steps: more than twice the connections of a process, of at most a kilobyte each. If there are more, all are dropped
/// and the process begins anew, as if it had died.
const MOST_STEPS: usize = 40_000;

pub struct Sharing {
    process: ProcessKey,
    steps: VecDeque<Step>,
    /// Of the entry that was written last.
    nr: i64,
    /// Its outcome is not known.
    unplaced: Option<Unplaced>,
    /// When the last entry was begun.
    begun: Option<Instant>,
    /// From then to the next one.
    pause: Duration,
    sightings: Sightings,
}

/// An entry that is to be written.
pub struct Unplaced {
    pub nr: i64,
    pub entry: String,
}

impl Sharing {
    pub fn new(process: ProcessKey) -> Self {
        Sharing {
            process,
            steps: VecDeque::new(),
            nr: 0,
            unplaced: None,
            begun: None,
            pause: PAUSE,
            sightings: Sightings::default(),
        }
    }

    /// Returns how many steps were dropped.
    pub fn queue(&mut self, step: Step) -> u64 {
        let waiting = self.steps.len();
        let is_full = waiting >= MOST_STEPS;
        if is_full {
            let process = self.process;
            self.steps.clear();
            // The supervisor then places all its connections again.
            self.steps.push_back(Step::Gone { process });
        }
        self.steps.push_back(step);
        if is_full { waiting as u64 } else { 0 }
    }

    pub fn has_steps(&self) -> bool {
        self.unplaced.is_some() || !self.steps.is_empty()
    }

    /// How long to wait for more steps; `None` if they are to be written now.
    pub fn pause(&self, now: Instant) -> Option<Duration> {
        let next = self.begun? + self.pause;
        (self.steps.len() < BATCH && now < next).then(|| next - now)
    }

    /// What to write next.
    pub fn next(&mut self) -> Option<Unplaced> {
        if !self.has_steps() {
            // Who comes next is written at once.
            return None;
        }
        self.begun = Some(Instant::now());
        if let Some(unplaced) = self.unplaced.take() {
            return Some(unplaced);
        }
        let steps: Vec<_> = self.steps.drain(..self.steps.len().min(BATCH)).collect();
        self.pause = match steps.len() {
            0..=CROWD => PAUSE,
            _ => (self.pause * 2).min(LONGEST_PAUSE),
        };
        self.nr += 1;
        match entry(self.process, steps) {
            Ok(entry) => Some(Unplaced { nr: self.nr, entry }),
            Err(error) => {
                log::error!("who arrived and left is not written into the journal: {error}");
                None
            }
        }
    }

    pub fn sightings(&mut self) -> Sightings {
        std::mem::take(&mut self.sightings)
    }

    /// A write has ended, which may have been one without an entry.
    pub fn settle(&mut self, unplaced: Option<Unplaced>, sightings: Option<Sightings>) {
        self.unplaced = unplaced.or(self.unplaced.take());
        self.sightings = sightings.unwrap_or_default();
    }
}

/// Processes without locks, and since when.
#[derive(Default)]
pub struct Sightings(HashMap<i64, Instant>);

impl Sightings {
    /// Which of those that have no locks now are dead.
    fn note(&mut self, unseen: &[i64], now: Instant) -> Vec<i64> {
        self.0.retain(|process, _| unseen.contains(process));
        let mut since = |process: &i64| *self.0.entry(*process).or_insert(now);
        let dead = unseen.iter().map(|process| (*process, since(process)));
        let dead: Vec<_> = dead.collect();
        let is_dead = |(_, since): &(i64, Instant)| now.duration_since(*since) >= DEAD_AFTER;
        dead.into_iter()
            .filter(is_dead)
            .map(|(process, _)| process)
            .collect()
    }
}

/// Buries processes that have died.
pub async fn sweep(store: &mut RegistryStore, sightings: &mut Sightings) {
    match bury(store, sightings).await {
        Ok(swept) => {
            for Swept { address, users, .. } in swept {
                log::warn!(
                    "the server {address} has died; {users} users whom it had left in the registry may return within their grace"
                );
            }
        }
        Err(error) => log::warn!("dead servers are not looked for: {error}"),
    }
}

async fn bury(
    store: &mut RegistryStore,
    sightings: &mut Sightings,
) -> Result<Vec<Swept>, StoreError> {
    let process = store.process();
    let unseen = store.dead().await?;
    let dead = sightings.note(&unseen, Instant::now());
    if dead.is_empty() {
        return Ok(Vec::new());
    }
    let told = |swept: &[Swept]| {
        let gone = swept.iter().map(|one| Step::Gone {
            process: ProcessKey(one.process_key),
        });
        entry(process, gone.collect())
    };
    store.bury(&dead, told).await
}

fn entry(process: ProcessKey, steps: Vec<Step>) -> Result<String, StoreError> {
    let told = ToPublish {
        presence: Some(Placed { process, steps }),
        ..ToPublish::default()
    };
    told.to_entry().map_err(StoreError::Row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subscriptions::ConnectionId;

    fn left(cid: u64) -> Step {
        Step::Left {
            cid: ConnectionId(cid),
        }
    }

    #[test]
    fn a_process_without_locks_is_dead_when_it_has_not_taken_them_again_for_a_while() {
        let (mut sightings, now) = (Sightings::default(), Instant::now());
        assert!(sightings.note(&[1, 2], now).is_empty());
        assert!(sightings.note(&[1], now + BEAT).is_empty());
        assert_eq!(sightings.note(&[1, 2], now + 2 * BEAT), [1]);
        assert_eq!(sightings.note(&[2], now + 4 * BEAT), [2]);
    }

    #[test]
    fn a_step_is_written_at_once_and_those_that_follow_it_together() {
        let mut sharing = Sharing::new(ProcessKey(1));
        sharing.queue(left(1));
        assert_eq!(sharing.pause(Instant::now()), None);
        assert_eq!(sharing.next().map(|one| one.nr), Some(1));
        let begun = sharing.begun.unwrap();
        for cid in 0..BATCH as u64 {
            assert_eq!(sharing.pause(begun), Some(PAUSE));
            sharing.queue(left(cid));
        }
        assert_eq!(sharing.pause(begun), None);
        assert_eq!(sharing.next().map(|one| one.nr), Some(2));
        assert!(!sharing.has_steps());
    }

    #[test]
    fn a_crowd_that_goes_on_coming_is_written_ever_less_often_and_who_comes_after_it_soon_again() {
        let mut sharing = Sharing::new(ProcessKey(1));
        let mut written = |arrivals: usize| {
            for _ in 0..arrivals {
                sharing.queue(left(1));
            }
            sharing.next();
            sharing.queue(left(1));
            sharing.pause(sharing.begun.unwrap()).unwrap()
        };
        let crowd = [1, 100, 100, 100, 100].map(&mut written);
        let pauses = [1, 2, 4, 8, 8].map(|times| (PAUSE * times).min(LONGEST_PAUSE));
        assert_eq!(crowd, pauses);
        assert_eq!(written(3), PAUSE);
    }

    #[test]
    fn an_entry_whose_outcome_is_unknown_is_written_again_under_its_number_and_before_the_next() {
        let mut sharing = Sharing::new(ProcessKey(1));
        sharing.queue(left(1));
        let first = sharing.next();
        sharing.queue(left(2));
        sharing.settle(first, None);
        assert_eq!(sharing.next().map(|one| one.nr), Some(1));
        sharing.settle(None, None);
        assert_eq!(sharing.next().map(|one| one.nr), Some(2));
    }

    #[test]
    fn when_too_many_steps_wait_the_process_begins_anew() {
        let mut sharing = Sharing::new(ProcessKey(1));
        let dropped = |sharing: &mut Sharing| sharing.queue(left(1));
        assert!((0..MOST_STEPS).all(|_| dropped(&mut sharing) == 0));
        assert_eq!(dropped(&mut sharing), MOST_STEPS as u64);
        let process = ProcessKey(1);
        assert_eq!(sharing.steps, [Step::Gone { process }, left(1)]);
    }
}
