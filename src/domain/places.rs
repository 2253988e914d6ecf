//! Places for connections: so many in all, so many for one address, so many for one user.

use super::{identity::UserId, shrink::shrink};
use std::{collections::HashMap, hash::Hash, net::IpAddr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceLimits {
    pub in_all: usize,
    pub per_address: usize,
    pub per_user: usize,
}

/// The limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("too many connections are open")]
    InAll,
    #[error("too many connections are open from this address")]
    Address,
    #[error("too many connections are open for this user")]
    User,
}

#[derive(Debug)]
pub struct Places {
    limits: PlaceLimits,
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<UserId, usize>,
    rejected: u64,
}

/// Whose place it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    pub address: Option<IpAddr>,
    pub user: Option<UserId>,
}

impl Places {
    pub fn new(limits: PlaceLimits) -> Self {
        Places {
            limits,
            taken: 0,
            by_address: HashMap::new(),
            by_user: HashMap::new(),
            rejected: 0,
        }
    }

    /// Takes a place, or says which limit is in the way; that is counted.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn take(&mut self, visitor: &Visitor) -> Result<(), Full> {
        if let Some(full) = self.obstacle(visitor) {
            self.rejected += 1;
            return Err(full);
        }
        self.taken += 1;
        if let Some(address) = visitor.address {
            *self.by_address.entry(address).or_default() += 1;
        }
        if let Some(user) = &visitor.user {
            *self.by_user.entry(user.clone()).or_default() += 1;
        }
        Ok(())
    }

    fn obstacle(&self, visitor: &Visitor) -> Option<Full> {
        let count = |taken: Option<&usize>| taken.copied().unwrap_or(0);
        let address = visitor
            .address
            .and_then(|address| self.by_address.get(&address));
        let user = visitor
            .user
            .as_ref()
            .and_then(|user| self.by_user.get(user));
        [
            (self.taken >= self.limits.in_all, Full::InAll),
            (count(address) >= self.limits.per_address, Full::Address),
            (count(user) >= self.limits.per_user, Full::User),
        ]
        .into_iter()
        .find_map(|(reached, full)| reached.then_some(full))
    }

    /// Gives back a place that was taken.
    pub fn give_back(&mut self, visitor: &Visitor) {
        self.taken -= 1;
        if let Some(address) = &visitor.address {
            subtract(&mut self.by_address, address);
        }
        if let Some(user) = &visitor.user {
            subtract(&mut self.by_user, user);
        }
    }

    pub fn taken(&self) -> usize {
        self.taken
    }

    pub fn rejected(&self) -> u64 {
        self.rejected
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

    fn visitor(last: u8, user: Option<i32>) -> Visitor {
        Visitor {
            address: Some([10, 0, 0, last].into()),
            user: user.map(UserId::from),
        }
    }

    #[test]
    fn each_limit_is_named_and_a_place_given_back_can_be_taken_again() {
        let mut places = Places::new(PlaceLimits {
            in_all: 4,
            per_address: 2,
            per_user: 1,
        });
        let first = visitor(1, Some(7));
        assert_eq!(places.take(&first), Ok(()));
        assert_eq!(places.take(&visitor(2, Some(7))), Err(Full::User));
        assert_eq!(places.take(&visitor(1, None)), Ok(()));
        assert_eq!(places.take(&visitor(1, None)), Err(Full::Address));
        assert_eq!(places.take(&visitor(3, None)), Ok(()));
        assert_eq!(places.take(&visitor(4, None)), Ok(()));
        assert_eq!(places.take(&visitor(5, None)), Err(Full::InAll));
        places.give_back(&first);
        assert_eq!(places.take(&visitor(5, Some(7))), Ok(()));
        assert_eq!((places.taken(), places.rejected()), (4, 3));
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let mut places = Places::new(PlaceLimits {
            in_all: 9,
            per_address: 9,
            per_user: 9,
        });
        places.take(&visitor(1, Some(1))).unwrap();
        places.give_back(&visitor(1, Some(1)));
        assert!(places.by_address.is_empty() && places.by_user.is_empty());
    }
}
