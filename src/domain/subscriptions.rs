//! Who listens to what.

use super::{
    audience::{Audience, Filter},
    stream::Topic,
};
use std::collections::{BTreeMap, HashMap};

/// Number of a connection, given by us; never used again within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

impl std::fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Connections by topic, each with its filter. `H` is whatever reaches a connection.
#[derive(Debug)]
pub struct Subscriptions<H> {
    by_topic: HashMap<Topic, BTreeMap<ConnectionId, Listener<H>>>,
    topic_of: HashMap<ConnectionId, Topic>,
}

#[derive(Debug)]
pub struct Listener<H> {
    pub handle: H,
    pub filter: Filter,
}

impl<H> Default for Subscriptions<H> {
    fn default() -> Self {
        Subscriptions {
            by_topic: HashMap::new(),
            topic_of: HashMap::new(),
        }
    }
}

impl<H> Subscriptions<H> {
    /// A connection listens to one topic; a second subscription replaces the first.
    pub fn subscribe(&mut self, connection: ConnectionId, topic: Topic, filter: Filter, handle: H) {
        self.remove(connection);
        self.topic_of.insert(connection, topic);
        self.by_topic
            .entry(topic)
            .or_default()
            .insert(connection, Listener { handle, filter });
    }

    /// Replaces the filter; `None` when the connection listens to nothing.
    pub fn set_filter(&mut self, connection: ConnectionId, filter: Filter) -> Option<&H> {
        let topic = self.topic_of.get(&connection)?;
        let listener = self.by_topic.get_mut(topic)?.get_mut(&connection)?;
        listener.filter = filter;
        Some(&listener.handle)
    }

    /// Forgets the connection and, with the last one, the topic.
    pub fn remove(&mut self, connection: ConnectionId) -> bool {
        let Some(topic) = self.topic_of.remove(&connection) else {
            return false;
        };
        if let Some(listeners) = self.by_topic.get_mut(&topic) {
            listeners.remove(&connection);
            if listeners.is_empty() {
                self.by_topic.remove(&topic);
            }
        }
        true
    }

    pub fn listeners(&self, topic: Topic) -> impl Iterator<Item = (ConnectionId, &Listener<H>)> {
        self.by_topic
            .get(&topic)
            .into_iter()
            .flatten()
            .map(|(id, listener)| (*id, listener))
    }

    pub fn topics(&self) -> usize {
        self.by_topic.len()
    }

    pub fn connections(&self) -> usize {
        self.topic_of.len()
    }
}

impl<H> Listener<H> {
    pub fn wants(&self, audience: &Audience) -> bool {
        self.filter.lets_through(audience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_listener_takes_its_topic_with_it() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.subscribe(ConnectionId(1), Topic::Gaveur(7), Filter::default(), ());
        assert!(subscriptions.remove(ConnectionId(1)));
        assert_eq!(
            (subscriptions.topics(), subscriptions.connections()),
            (0, 0)
        );
    }

    #[test]
    fn removing_an_unknown_connection_changes_nothing() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.subscribe(ConnectionId(1), Topic::Realtime, Filter::default(), ());
        assert!(!subscriptions.remove(ConnectionId(2)));
        assert_eq!(subscriptions.connections(), 1);
    }

    proptest! {
        #[test]
        fn a_connection_is_listed_under_exactly_the_topic_it_asked_for_last(steps in prop::collection::vec((0..6u64, prop::option::of(0..4i32)), 0..100)) {
            let mut subscriptions = Subscriptions::default();
            let mut expected = std::collections::BTreeMap::new();
            for (connection, topic) in steps {
                let connection = ConnectionId(connection);
                match topic {
                    None => { subscriptions.remove(connection); expected.remove(&connection); }
                    Some(gaveur) => {
                        subscriptions.subscribe(connection, Topic::Gaveur(gaveur), Filter::default(), ());
                        expected.insert(connection, gaveur);
                    }
                }
                let mut listed = std::collections::BTreeMap::new();
                for gaveur in 0..4 {
                    listed.extend(subscriptions.listeners(Topic::Gaveur(gaveur)).map(|(id, _)| (id, gaveur)));
                }
                prop_assert_eq!(&listed, &expected);
                prop_assert_eq!(subscriptions.connections(), expected.len());
            }
        }
    }
}
