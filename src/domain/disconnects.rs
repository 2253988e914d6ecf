//! How often users lose their connection, and why. Memory is bounded: the least significant user is evicted for a new one.

use super::identity::UserId;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};
use tokio::time::Instant;

/// How many users are remembered.
pub const MOST_USERS: usize = 1_000;
/// How many users are listed.
const LISTED: usize = 10;
/// A user with more disconnects than this within [`WINDOW`] (an exponential average) is logged.
const FREQUENT: f64 = 5.0;
const WINDOW: Duration = Duration::from_secs(60);

/// Disconnects by reason.
pub type Reasons = BTreeMap<&'static str, u64>;

#[derive(Debug)]
struct Record {
    total: u64,
    last: Instant,
    warned: Option<Instant>,
    /// Number of disconnects in the last minute, as an exponential average.
    rate: f64,
    reasons: Reasons,
}

/// Order of eviction: fewest disconnects first, then the longest ago.
type Significance = (u64, Instant, UserId);

#[derive(Debug)]
pub struct Disconnects {
    most: usize,
    records: HashMap<UserId, Record>,
    by_significance: BTreeSet<Significance>,
    reasons: Reasons,
    evicted: u64,
}

/// The counts of a user after one more disconnect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noted {
    /// Disconnects of this user so far.
    pub total: u64,
    /// Disconnects per minute, if they are frequent and this was not reported within the last minute.
    pub frequent: Option<f64>,
}

/// The users with the most disconnects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopUsers {
    pub tracked: usize,
    /// Most disconnects first, at most 10.
    pub users: Vec<UserDisconnects>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDisconnects {
    pub user: UserId,
    pub total: u64,
    pub reasons: Reasons,
}

impl Disconnects {
    /// Remembers `most` users.
    pub fn new(most: usize) -> Self {
        Disconnects {
            most: most.max(1),
            records: HashMap::new(),
            by_significance: BTreeSet::new(),
            reasons: Reasons::new(),
            evicted: 0,
        }
    }

    /// Counts the reason, and the user if there is one.
    pub fn note(&mut self, now: Instant, user: Option<&UserId>, reason: &'static str) -> Noted {
        *self.reasons.entry(reason).or_default() += 1;
        let Some(user) = user else {
            return Noted {
                total: 1,
                frequent: None,
            };
        };
        let (user, mut record) = self.take(user, now);
        let noted = record.note(now, reason);
        self.by_significance
            .insert((record.total, record.last, user.clone()));
        self.records.insert(user, record);
        noted
    }

    fn take(&mut self, user: &UserId, now: Instant) -> (UserId, Record) {
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
        (user.reallocated(), Record::new(now))
    }

    pub fn top(&self) -> TopUsers {
        let listed = self.by_significance.iter().rev().take(LISTED);
        let users = listed.filter_map(|(total, _, user)| {
            let record = self.records.get(user)?;
            Some(UserDisconnects {
                user: user.clone(),
                total: *total,
                reasons: record.reasons.clone(),
            })
        });
        TopUsers {
            tracked: self.records.len(),
            users: users.collect(),
        }
    }

    /// Every disconnect by reason, including those without a user and those of evicted users.
    pub fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

impl Record {
    fn new(now: Instant) -> Self {
        Record {
            total: 0,
            last: now,
            warned: None,
            rate: 0.0,
            reasons: Reasons::new(),
        }
    }

    fn note(&mut self, now: Instant, reason: &'static str) -> Noted {
        let since_last = now.saturating_duration_since(self.last);
        let fade = since_last.div_duration_f64(WINDOW);
        self.rate = self.rate * (-fade).exp() + 1.0;
        self.total += 1;
        self.last = now;
        *self.reasons.entry(reason).or_default() += 1;
        let warned = self.warned.map(|at| now.saturating_duration_since(at));
        let frequent = self.rate > FREQUENT && warned.is_none_or(|since| since >= WINDOW);
        if frequent {
            self.warned = Some(now);
        }
        Noted {
            total: self.total,
            frequent: frequent.then_some(self.rate),
        }
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
        let mut disconnects = Disconnects::new(2);
        disconnects.note(now, Some(&user(1)), "normal_closure");
        disconnects.note(now, Some(&user(1)), "abnormal_closure");
        disconnects.note(now, Some(&user(2)), "normal_closure");
        disconnects.note(now, Some(&user(3)), "normal_closure");
        let top = disconnects.top();
        let listed: Vec<_> = top
            .users
            .iter()
            .map(|listed| (listed.user.clone(), listed.total))
            .collect();
        assert_eq!(listed, [(user(1), 2), (user(3), 1)]);
        assert_eq!((top.tracked, disconnects.evicted()), (2, 1));
        assert_eq!(disconnects.reasons()["normal_closure"], 3);
    }

    #[test]
    fn a_thousand_users_are_remembered_and_ten_are_listed() {
        let now = Instant::now();
        let mut disconnects = Disconnects::new(MOST_USERS);
        for number in 0..1_050 {
            disconnects.note(now, Some(&user(number)), "no_status");
        }
        let top = disconnects.top();
        assert_eq!((top.tracked, top.users.len()), (1_000, 10));
        assert_eq!(disconnects.evicted(), 50);
    }

    #[test]
    fn the_reasons_of_a_user_add_up_in_whatever_order_they_came() {
        let now = Instant::now();
        let mut disconnects = Disconnects::new(2);
        disconnects.note(now, Some(&user(2)), "going_away");
        for reason in ["no_status", "superseded", "going_away", "no_status"] {
            disconnects.note(now, Some(&user(1)), reason);
        }
        let listed = disconnects.top().users.remove(0);
        let expected = Reasons::from([("going_away", 1), ("no_status", 2), ("superseded", 1)]);
        assert_eq!((listed.total, listed.reasons), (4, expected));
    }

    #[test]
    fn frequent_disconnects_are_reported_once_a_minute() {
        let start = Instant::now();
        let mut disconnects = Disconnects::new(10);
        let mut reported = Vec::new();
        for second in 0..150 {
            let now = start + Duration::from_secs(second);
            if disconnects
                .note(now, Some(&user(1)), "no_status")
                .frequent
                .is_some()
            {
                reported.push(second);
            }
        }
        assert_eq!(reported, [5, 65, 125]);
    }

    #[test]
    fn a_disconnect_every_half_minute_is_not_frequent() {
        let start = Instant::now();
        let mut disconnects = Disconnects::new(10);
        let often = (0..100).any(|step| {
            let now = start + Duration::from_secs(30 * step);
            disconnects
                .note(now, Some(&user(1)), "no_status")
                .frequent
                .is_some()
        });
        assert!(!often);
    }

    proptest! {
        #[test]
        fn both_indexes_agree_and_stay_bounded(users in prop::collection::vec(0..12u32, 0..200)) {
            let start = Instant::now();
            let mut disconnects = Disconnects::new(5);
            for (step, number) in users.iter().enumerate() {
                disconnects.note(start + Duration::from_secs(step as u64), Some(&user(*number)), "no_status");
                prop_assert!(disconnects.records.len() <= 5);
                prop_assert_eq!(disconnects.records.len(), disconnects.by_significance.len());
                let listed: u64 = disconnects.top().users.iter().map(|listed| listed.total).sum();
                let recorded: u64 = disconnects.records.values().map(|record| record.total).sum();
                prop_assert_eq!(listed, recorded);
            }
            prop_assert_eq!(disconnects.reasons().get("no_status").copied().unwrap_or(0), users.len() as u64);
        }
    }
}
