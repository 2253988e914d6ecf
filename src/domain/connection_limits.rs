//! Limits on the number of connections: in total, per address, per user and per person; and on how often an address connects.

use super::{
    identity::UserId,
    rate::{Meters, Rate},
    shrink::shrink,
};
use std::{collections::HashMap, hash::Hash, net::IpAddr, sync::Arc};
use tokio::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    pub in_all: usize,
    pub per_address: usize,
    /// Of one user from one address, so that nobody elsewhere can use up a user's places.
    pub per_user: usize,
    /// Of one person who has logged in or presents a key, wherever he is.
    pub per_person: usize,
    /// How often one address may connect.
    pub handshakes: Option<Rate>,
}

/// The limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitReached {
    #[error("too many connections are open")]
    InAll,
    #[error("too many connections are open from this address")]
    Address,
    #[error("too many connections are open for this user")]
    User,
    #[error("too many connections are open with this key or login")]
    Person,
    #[error("this address connects too often")]
    Handshakes,
}

#[derive(Debug)]
pub struct ConnectionCounts {
    limits: ConnectionLimits,
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<(UserId, Option<IpAddr>), usize>,
    by_person: HashMap<Arc<str>, usize>,
    handshakes: Option<Meters<IpAddr>>,
}

/// The address, user and person that a connection is counted for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientKey {
    /// `None` if it is not limited.
    pub address: Option<IpAddr>,
    pub user: Option<UserId>,
    /// The key or the account of a person; `None` for programs, and without authentication.
    pub person: Option<Arc<str>>,
}

impl ConnectionCounts {
    pub fn new(limits: ConnectionLimits) -> Self {
        ConnectionCounts {
            limits,
            taken: 0,
            by_address: HashMap::new(),
            by_user: HashMap::new(),
            by_person: HashMap::new(),
            handshakes: limits.handshakes.map(Meters::new),
        }
    }

    /// Counts a connection, or says which limit is in the way.
    ///
    /// # Errors
    /// The limit that was reached.
    pub fn take(&mut self, client: &ClientKey, now: Instant) -> Result<(), LimitReached> {
        if let (Some(handshakes), Some(address)) = (&mut self.handshakes, client.address)
            && !handshakes.admits(address, now)
        {
            return Err(LimitReached::Handshakes);
        }
        if let Some(limit) = self.limit_reached(client) {
            return Err(limit);
        }
        self.taken += 1;
        if let Some(address) = client.address {
            *self.by_address.entry(address).or_default() += 1;
        }
        if let Some(user) = client.user_key() {
            *self.by_user.entry(user).or_default() += 1;
        }
        if let Some(person) = &client.person {
            *self.by_person.entry(person.clone()).or_default() += 1;
        }
        Ok(())
    }

    fn limit_reached(&self, client: &ClientKey) -> Option<LimitReached> {
        let count = |taken: Option<&usize>| taken.copied().unwrap_or(0);
        let address = client
            .address
            .and_then(|address| self.by_address.get(&address));
        let user = client.user_key();
        let user = user.and_then(|user| self.by_user.get(&user));
        let person = client.person.as_ref();
        let person = person.and_then(|person| self.by_person.get(person));
        [
            (self.taken >= self.limits.in_all, LimitReached::InAll),
            (
                count(address) >= self.limits.per_address,
                LimitReached::Address,
            ),
            (count(user) >= self.limits.per_user, LimitReached::User),
            (
                count(person) >= self.limits.per_person,
                LimitReached::Person,
            ),
        ]
        .into_iter()
        .find_map(|(reached, limit)| reached.then_some(limit))
    }

    /// Uncounts a connection that has ended.
    pub fn release(&mut self, client: &ClientKey) {
        self.taken -= 1;
        if let Some(address) = &client.address {
            subtract(&mut self.by_address, address);
        }
        if let Some(user) = client.user_key() {
            subtract(&mut self.by_user, &user);
        }
        if let Some(person) = &client.person {
            subtract(&mut self.by_person, person);
        }
    }

    pub fn taken(&self) -> usize {
        self.taken
    }
}

impl ClientKey {
    fn user_key(&self) -> Option<(UserId, Option<IpAddr>)> {
        self.user.clone().map(|user| (user, self.address))
    }
}

fn subtract<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
            shrink(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8, user: Option<i32>) -> ClientKey {
        ClientKey {
            address: Some([10, 0, 0, last].into()),
            user: user.map(UserId::from),
            person: None,
        }
    }

    const LIMITS: ConnectionLimits = ConnectionLimits {
        in_all: 4,
        per_address: 2,
        per_user: 1,
        per_person: 1,
        handshakes: None,
    };

    #[tokio::test(start_paused = true)]
    async fn each_limit_is_named_and_a_place_given_back_can_be_taken_again() {
        let mut counts = ConnectionCounts::new(LIMITS);
        let mut take = |client: &ClientKey| counts.take(client, Instant::now());
        let first = client(1, Some(7));
        assert_eq!(take(&first), Ok(()));
        assert_eq!(take(&client(1, Some(7))), Err(LimitReached::User));
        assert_eq!(take(&client(1, None)), Ok(()));
        assert_eq!(take(&client(1, None)), Err(LimitReached::Address));
        assert_eq!(take(&client(3, None)), Ok(()));
        assert_eq!(take(&client(4, None)), Ok(()));
        assert_eq!(take(&client(5, None)), Err(LimitReached::InAll));
        counts.release(&first);
        assert_eq!(counts.take(&client(5, Some(7)), Instant::now()), Ok(()));
        assert_eq!(counts.taken(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_takes_the_places_of_a_user_who_connects_from_elsewhere() {
        let mut counts = ConnectionCounts::new(LIMITS);
        let mut take = |client: &ClientKey| counts.take(client, Instant::now());
        assert_eq!(take(&client(1, Some(7))), Ok(()));
        assert_eq!(take(&client(1, Some(7))), Err(LimitReached::User));
        assert_eq!(take(&client(2, Some(7))), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_has_so_many_places_wherever_he_is_and_programs_have_others() {
        let mut counts = ConnectionCounts::new(LIMITS);
        let of = |last, person: Option<&str>| ClientKey {
            person: person.map(Into::into),
            ..client(last, None)
        };
        let mut take = |client: &ClientKey| counts.take(client, Instant::now());
        assert_eq!(take(&of(1, Some("a"))), Ok(()));
        assert_eq!(take(&of(2, Some("a"))), Err(LimitReached::Person));
        assert_eq!(take(&of(2, Some("b"))), Ok(()));
        assert_eq!((take(&of(3, None)), take(&of(3, None))), (Ok(()), Ok(())));
        counts.release(&of(1, Some("a")));
        assert_eq!(counts.take(&of(4, Some("a")), Instant::now()), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_connects_too_often_waits_and_no_other_does() {
        let mut counts = ConnectionCounts::new(ConnectionLimits {
            handshakes: Rate::per_second(1),
            ..LIMITS
        });
        let mut come_and_go = |client: &ClientKey| {
            let taken = counts.take(client, Instant::now());
            taken.map(|()| counts.release(client))
        };
        for _ in 0..10 {
            assert_eq!(come_and_go(&client(1, None)), Ok(()));
        }
        let too_often = Err(LimitReached::Handshakes);
        assert_eq!(come_and_go(&client(1, None)), too_often);
        assert_eq!(come_and_go(&client(2, None)), Ok(()));
        let unlimited = ClientKey::default();
        assert!((0..100).all(|_| come_and_go(&unlimited).is_ok()));
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert_eq!(come_and_go(&client(1, None)), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_remembered_of_those_who_left() {
        let mut counts = ConnectionCounts::new(LIMITS);
        counts.take(&client(1, Some(1)), Instant::now()).unwrap();
        counts.release(&client(1, Some(1)));
        let somebody = ClientKey {
            person: Some("a".into()),
            ..ClientKey::default()
        };
        counts.take(&somebody, Instant::now()).unwrap();
        counts.release(&somebody);
        assert!(counts.by_address.is_empty() && counts.by_user.is_empty());
        assert!(counts.by_person.is_empty());
    }
}
