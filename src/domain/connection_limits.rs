//! Limits on the number of connections: in total, per address and per user.

use super::{identity::UserId, shrink::shrink};
use std::{collections::HashMap, hash::Hash, net::IpAddr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    pub in_all: usize,
    pub per_address: usize,
    pub per_user: usize,
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
}

#[derive(Debug)]
pub struct ConnectionCounts {
    limits: ConnectionLimits,
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<UserId, usize>,
}

/// The address and user that a connection is counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    pub address: Option<IpAddr>,
    pub user: Option<UserId>,
}

impl ConnectionCounts {
    pub fn new(limits: ConnectionLimits) -> Self {
        ConnectionCounts {
            limits,
            taken: 0,
            by_address: HashMap::new(),
            by_user: HashMap::new(),
        }
    }

    /// Counts a connection, or says which limit is in the way.
    ///
    /// # Errors
    /// The limit that was reached.
    pub fn take(&mut self, client: &ClientKey) -> Result<(), LimitReached> {
        if let Some(limit) = self.limit_reached(client) {
            return Err(limit);
        }
        self.taken += 1;
        if let Some(address) = client.address {
            *self.by_address.entry(address).or_default() += 1;
        }
        if let Some(user) = &client.user {
            *self.by_user.entry(user.clone()).or_default() += 1;
        }
        Ok(())
    }

    fn limit_reached(&self, client: &ClientKey) -> Option<LimitReached> {
        let count = |taken: Option<&usize>| taken.copied().unwrap_or(0);
        let address = client
            .address
            .and_then(|address| self.by_address.get(&address));
        let user = client.user.as_ref().and_then(|user| self.by_user.get(user));
        [
            (self.taken >= self.limits.in_all, LimitReached::InAll),
            (
                count(address) >= self.limits.per_address,
                LimitReached::Address,
            ),
            (count(user) >= self.limits.per_user, LimitReached::User),
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
        if let Some(user) = &client.user {
            subtract(&mut self.by_user, user);
        }
    }

    pub fn taken(&self) -> usize {
        self.taken
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
        }
    }

    #[test]
    fn each_limit_is_named_and_a_place_given_back_can_be_taken_again() {
        let mut counts = ConnectionCounts::new(ConnectionLimits {
            in_all: 4,
            per_address: 2,
            per_user: 1,
        });
        let first = client(1, Some(7));
        assert_eq!(counts.take(&first), Ok(()));
        assert_eq!(counts.take(&client(2, Some(7))), Err(LimitReached::User));
        assert_eq!(counts.take(&client(1, None)), Ok(()));
        assert_eq!(counts.take(&client(1, None)), Err(LimitReached::Address));
        assert_eq!(counts.take(&client(3, None)), Ok(()));
        assert_eq!(counts.take(&client(4, None)), Ok(()));
        assert_eq!(counts.take(&client(5, None)), Err(LimitReached::InAll));
        counts.release(&first);
        assert_eq!(counts.take(&client(5, Some(7))), Ok(()));
        assert_eq!(counts.taken(), 4);
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let mut counts = ConnectionCounts::new(ConnectionLimits {
            in_all: 9,
            per_address: 9,
            per_user: 9,
        });
        counts.take(&client(1, Some(1))).unwrap();
        counts.release(&client(1, Some(1)));
        assert!(counts.by_address.is_empty() && counts.by_user.is_empty());
    }
}
