//! How often users lose their connection, and why. Bounded: the least significant user makes room for a new one.

use super::identity::UserId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio::time::Instant;

/// Users that are remembered.
pub const MOST_USERS: usize = 10_000;
/// Users that are listed.
const LISTED: usize = 10;
/// A user with more disconnects than this within a minute, counted with an exponential fade, is worth a line in the log.
const FREQUENT: f32 = 5.0;
/// A minute, in tenths of a second.
const WINDOW: f64 = 600.0;

/// So many disconnects are a crowd.
const CROWD: u32 = 1_000;
/// Nobody has left for so long, in tenths of a second.
const QUIET: Tenths = 20;

/// Disconnects by reason.
pub type Reasons = BTreeMap<&'static str, u64>;

/// Ten thousand of these are kept, so they are small.
#[derive(Debug)]
struct Record {
    total: u32,
    last: Tenths,
    warned: Option<Tenths>,
    /// Disconnects of the last minute, older ones fading out.
    rate: f32,
    /// The reason of the first disconnect, and of every one that is not among the others.
    first: Word,
    /// Disconnects by word; empty for the many users who know one reason only.
    others: Box<[u32]>,
}

/// A reason by its number in the list of words.
type Word = u8;

/// Tenths of a second since these books were opened; enough for 13 years.
type Tenths = u32;

/// Fewest disconnects first, then longest ago.
type Significance = (u32, Tenths, UserId);

#[derive(Debug)]
pub struct Disconnects {
    most: usize,
    begun: Instant,
    records: HashMap<UserId, Record>,
    by_significance: BTreeSet<Significance>,
    words: Vec<&'static str>,
    reasons: Reasons,
    evicted: u64,
    /// Disconnects of users since the records were moved together, and when the last one was.
    scattered: u32,
    latest: Tenths,
}

/// What one more disconnect of a user amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noted {
    /// Disconnects of this user so far.
    pub total: u64,
    /// Disconnects in a minute, when they are frequent and this has not been said for a minute.
    pub frequent: Option<f64>,
}

/// The users with the most disconnects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopUsers {
    pub tracked: usize,
    /// Most disconnects first, at most 10.
    pub users: Vec<(UserId, u64, Reasons)>,
}

impl Disconnects {
    /// Remembers `most` users; nothing is noted before `now`.
    pub fn new(most: usize, now: Instant) -> Self {
        Disconnects {
            most: most.max(1),
            begun: now,
            records: HashMap::new(),
            by_significance: BTreeSet::new(),
            words: Vec::new(),
            reasons: Reasons::new(),
            evicted: 0,
            scattered: 0,
            latest: 0,
        }
    }

    /// Counts the reason, and the user if there is one. The reasons are a fixed vocabulary of less than 256 words.
    pub fn note(&mut self, now: Instant, user: Option<&UserId>, reason: &'static str) -> Noted {
        *self.reasons.entry(reason).or_default() += 1;
        let Some(user) = user else {
            return Noted {
                total: 1,
                frequent: None,
            };
        };
        let (now, word) = (self.tenths(now), self.word(reason));
        self.scattered = self.scattered.saturating_add(1);
        self.latest = now;
        let (user, mut record) = self.take(user, now, word);
        let noted = record.note(now, word);
        self.by_significance
            .insert((record.total, record.last, user.clone()));
        self.records.insert(user, record);
        noted
    }

    fn tenths(&self, now: Instant) -> Tenths {
        let tenths = now.saturating_duration_since(self.begun).as_millis() / 100;
        tenths.try_into().unwrap_or(Tenths::MAX)
    }

    fn word(&mut self, reason: &'static str) -> Word {
        let known = self.words.iter().position(|word| *word == reason);
        let number = known.unwrap_or_else(|| {
            self.words.push(reason);
            self.words.len() - 1
        });
        number.try_into().unwrap_or(Word::MAX)
    }

    fn take(&mut self, user: &UserId, now: Tenths, word: Word) -> (UserId, Record) {
        if let Some((user, record)) = self.records.remove_entry(user) {
            let significance = (record.total, record.last, user);
            self.by_significance.remove(&significance);
            return (significance.2, record);
        }
        if self.records.len() >= self.most
            && let Some((.., least)) = self.by_significance.pop_first()
        {
            self.records.remove(&least);
            self.evicted += 1;
        }
        (user.apart(), Record::new(now, word))
    }

    /// Moves the records together once a crowd has left: they were made between what its connections still needed, a few on each of
    /// many pages, and would keep the allocator from giving those back. To be called now and then.
    pub fn tidy_up(&mut self, now: Instant) {
        if self.scattered < CROWD || self.tenths(now) < self.latest + QUIET {
            return;
        }
        self.scattered = 0;
        let moved = self.records.iter().map(|(user, record)| {
            let record = Record {
                others: record.others.clone(),
                ..*record
            };
            (user.apart(), record)
        });
        self.records = moved.collect();
        let significance = self
            .records
            .iter()
            .map(|(user, record)| (record.total, record.last, user.clone()));
        self.by_significance = significance.collect();
    }

    pub fn top(&self) -> TopUsers {
        let listed = self.by_significance.iter().rev().take(LISTED);
        let users = listed.filter_map(|(total, _, user)| {
            let record = self.records.get(user)?;
            Some((user.clone(), u64::from(*total), self.reasons_of(record)))
        });
        TopUsers {
            tracked: self.records.len(),
            users: users.collect(),
        }
    }

    fn reasons_of(&self, record: &Record) -> Reasons {
        let counts = record.counts();
        let named = counts.filter_map(|(word, count)| Some((*self.words.get(word)?, count)));
        named.collect()
    }

    /// Every disconnect by reason, those of nobody in particular and of evicted users included.
    pub fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

impl Record {
    fn new(now: Tenths, first: Word) -> Self {
        Record {
            total: 0,
            last: now,
            warned: None,
            rate: 0.0,
            first,
            others: Box::default(),
        }
    }

    fn note(&mut self, now: Tenths, word: Word) -> Noted {
        let fade = f64::from(now.saturating_sub(self.last)) / WINDOW;
        self.rate = self.rate * (-fade).exp() as f32 + 1.0;
        self.total = self.total.saturating_add(1);
        self.last = now;
        if word != self.first {
            self.count_other(word.into());
        }
        let since_warned = self.warned.map(|at| f64::from(now.saturating_sub(at)));
        let frequent = self.rate > FREQUENT && since_warned.is_none_or(|since| since >= WINDOW);
        if frequent {
            self.warned = Some(now);
        }
        Noted {
            total: self.total.into(),
            frequent: frequent.then_some(self.rate.into()),
        }
    }

    fn count_other(&mut self, word: usize) {
        if word >= self.others.len() {
            let mut longer = std::mem::take(&mut self.others).into_vec();
            longer.resize(word + 1, 0);
            self.others = longer.into();
        }
        self.others[word] = self.others[word].saturating_add(1);
    }

    /// Disconnects by word, those that there were.
    fn counts(&self) -> impl Iterator<Item = (usize, u64)> {
        let others = self.others.iter().copied().enumerate();
        let first = self.total - self.others.iter().sum::<u32>();
        let all = others.chain([(self.first.into(), first)]);
        all.filter(|(_, count)| *count > 0)
            .map(|(word, count)| (word, count.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn user(number: u32) -> UserId {
        UserId::new(&number.to_string()).unwrap()
    }

    #[test]
    fn the_least_significant_user_makes_room_and_the_eviction_is_counted() {
        let now = Instant::now();
        let mut disconnects = Disconnects::new(2, now);
        disconnects.note(now, Some(&user(1)), "normal_closure");
        disconnects.note(now, Some(&user(1)), "abnormal_closure");
        disconnects.note(now, Some(&user(2)), "normal_closure");
        disconnects.note(now, Some(&user(3)), "normal_closure");
        let top = disconnects.top();
        let listed: Vec<_> = top
            .users
            .iter()
            .map(|(user, total, _)| (user.clone(), *total))
            .collect();
        assert_eq!(listed, [(user(1), 2), (user(3), 1)]);
        assert_eq!((top.tracked, disconnects.evicted()), (2, 1));
        assert_eq!(disconnects.reasons()["normal_closure"], 3);
    }

    #[test]
    fn ten_thousand_users_are_remembered_and_ten_are_listed() {
        let now = Instant::now();
        let mut disconnects = Disconnects::new(MOST_USERS, now);
        for number in 0..10_050 {
            disconnects.note(now, Some(&user(number)), "no_status");
        }
        let top = disconnects.top();
        assert_eq!((top.tracked, top.users.len()), (10_000, 10));
        assert_eq!(disconnects.evicted(), 50);
    }

    #[test]
    fn what_is_kept_of_a_user_is_small() {
        assert!(size_of::<Record>() <= 40 && size_of::<Significance>() <= 24);
        let now = Instant::now();
        let mut disconnects = Disconnects::new(MOST_USERS, now);
        for _ in 0..100 {
            disconnects.note(now, Some(&user(1)), "no_status");
        }
        assert!(disconnects.records[&user(1)].others.is_empty());
    }

    #[test]
    fn the_reasons_of_a_user_add_up_in_whatever_order_they_came() {
        let now = Instant::now();
        let mut disconnects = Disconnects::new(2, now);
        disconnects.note(now, Some(&user(2)), "going_away");
        for reason in ["no_status", "superseded", "going_away", "no_status"] {
            disconnects.note(now, Some(&user(1)), reason);
        }
        let (_, total, reasons) = disconnects.top().users.remove(0);
        let expected = Reasons::from([("going_away", 1), ("no_status", 2), ("superseded", 1)]);
        assert_eq!((total, reasons), (4, expected));
    }

    #[test]
    fn frequent_disconnects_are_said_once_a_minute() {
        let start = Instant::now();
        let mut disconnects = Disconnects::new(10, start);
        let mut said = Vec::new();
        for second in 0..150 {
            let now = start + Duration::from_secs(second);
            if disconnects
                .note(now, Some(&user(1)), "no_status")
                .frequent
                .is_some()
            {
                said.push(second);
            }
        }
        assert_eq!(said, [5, 65, 125]);
    }

    #[test]
    fn a_disconnect_every_half_minute_is_not_frequent() {
        let start = Instant::now();
        let mut disconnects = Disconnects::new(10, start);
        let often = (0..100).any(|step| {
            let now = start + Duration::from_secs(30 * step);
            disconnects
                .note(now, Some(&user(1)), "no_status")
                .frequent
                .is_some()
        });
        assert!(!often);
    }

    #[test]
    fn records_are_moved_together_when_a_crowd_has_left_and_say_what_they_said() {
        let begun = Instant::now();
        let mut books = Disconnects::new(MOST_USERS, begun);
        for number in 0..2 * CROWD {
            books.note(begun, Some(&user(number % 1_500)), "normal");
        }
        books.note(begun, Some(&user(7)), "heartbeat_timeout");
        let before = books.top();
        let place = |books: &Disconnects| books.records.keys().next().unwrap().as_str().as_ptr();
        let old = books.records.keys().next().unwrap().clone();
        books.tidy_up(begun + Duration::from_secs(1));
        assert_eq!(place(&books), old.as_str().as_ptr(), "it is not quiet yet");
        books.tidy_up(begun + Duration::from_secs(3));
        assert!(
            books
                .records
                .get_key_value(&old)
                .unwrap()
                .0
                .as_str()
                .as_ptr()
                != old.as_str().as_ptr()
        );
        assert_eq!(books.top(), before);
        books.note(begun, Some(&user(7)), "normal");
        assert_eq!(books.top().users[0].1, before.users[0].1 + 1);
        assert_eq!(books.by_significance.len(), books.records.len());
    }

    proptest! {
        #[test]
        fn both_indexes_agree_and_stay_bounded(users in prop::collection::vec(0..12u32, 0..200)) {
            let start = Instant::now();
            let mut disconnects = Disconnects::new(5, start);
            for (step, number) in users.iter().enumerate() {
                disconnects.note(start + Duration::from_secs(step as u64), Some(&user(*number)), "no_status");
                prop_assert!(disconnects.records.len() <= 5);
                prop_assert_eq!(disconnects.records.len(), disconnects.by_significance.len());
                let listed: u64 = disconnects.top().users.iter().map(|(_, total, _)| total).sum();
                let recorded: u64 = disconnects.records.values().map(|record| u64::from(record.total)).sum();
                prop_assert_eq!(listed, recorded);
            }
            prop_assert_eq!(disconnects.reasons().get("no_status").copied().unwrap_or(0), users.len() as u64);
        }
    }
}
