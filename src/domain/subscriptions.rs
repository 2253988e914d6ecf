//! Which connection is subscribed to which topic.

use super::{
    audience::{Audience, Filter},
    identity::{Tab, UserId},
    scope::Scope,
    shrink::shrink,
    stream::Topic,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Id of a connection, assigned by the server and never reused within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConnectionId(pub u64);

impl std::fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Connections by topic, each with its filter. `H` is the handle through which frames reach the connection.
#[derive(Debug)]
pub struct Subscriptions<H> {
    by_topic: HashMap<Topic, BTreeMap<ConnectionId, Listener<H>>>,
    topic_of: HashMap<ConnectionId, Topic>,
}

#[derive(Debug)]
pub struct Listener<H> {
    pub handle: H,
    /// What the caller may see.
    pub scope: Scope,
    /// What the screen wants of it.
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
    /// Subscribes a connection; a second subscription replaces the first.
    pub fn subscribe(&mut self, connection: ConnectionId, topic: Topic, listener: Listener<H>) {
        self.remove(connection);
        self.topic_of.insert(connection, topic);
        self.by_topic
            .entry(topic)
            .or_default()
            .insert(connection, listener);
    }

    /// Replaces the filter; `None` if the connection has no subscription.
    pub fn set_filter(&mut self, connection: ConnectionId, filter: Filter) -> Option<&H> {
        let topic = self.topic_of.get(&connection)?;
        let listener = self.by_topic.get_mut(topic)?.get_mut(&connection)?;
        listener.filter = filter;
        Some(&listener.handle)
    }

    /// Replaces what the caller may see; false if nothing changes.
    pub fn set_scope(&mut self, connection: ConnectionId, scope: &Scope) -> bool {
        let Some(topic) = self.topic_of.get(&connection) else {
            return false;
        };
        let listeners = self.by_topic.get_mut(topic);
        let listener = listeners.and_then(|listeners| listeners.get_mut(&connection));
        let changed = listener.filter(|listener| listener.scope != *scope);
        changed.is_some_and(|listener| {
            listener.scope = scope.clone();
            true
        })
    }

    pub fn topic(&self, connection: ConnectionId) -> Option<Topic> {
        self.topic_of.get(&connection).copied()
    }

    /// Removes the connection, and its topic with the last connection. Returns its filter.
    pub fn remove(&mut self, connection: ConnectionId) -> Option<Filter> {
        let topic = self.topic_of.remove(&connection)?;
        shrink(&mut self.topic_of);
        let listeners = self.by_topic.get_mut(&topic)?;
        let listener = listeners.remove(&connection);
        if listeners.is_empty() {
            self.by_topic.remove(&topic);
            shrink(&mut self.by_topic);
        }
        listener.map(|listener| listener.filter)
    }

    pub fn listeners(&self, topic: Topic) -> impl Iterator<Item = (ConnectionId, &Listener<H>)> {
        self.by_topic
            .get(&topic)
            .into_iter()
            .flatten()
            .map(|(id, listener)| (*id, listener))
    }

    pub fn listener(&self, connection: ConnectionId) -> Option<&Listener<H>> {
        let topic = self.topic_of.get(&connection)?;
        self.by_topic.get(topic)?.get(&connection)
    }

    /// All subscriptions.
    pub fn all(&self) -> impl Iterator<Item = (Topic, &Listener<H>)> {
        self.by_topic
            .iter()
            .flat_map(|(topic, listeners)| listeners.values().map(|listener| (*topic, listener)))
    }

    pub fn is_listened_to(&self, topic: Topic) -> bool {
        self.by_topic.contains_key(&topic)
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
        self.scope.sees(audience) && self.filter.lets_through(audience)
    }
}

/// How many tabs' filters are kept per user.
const MOST_TABS: usize = 16;

/// The filters of disconnected tabs: a tab that returns in time keeps its filter.
#[derive(Debug, Default)]
pub struct KeptFilters(HashMap<UserId, Vec<(Tab, Filter)>>);

impl KeptFilters {
    /// Keeps the filter of a tab; the tab that has been disconnected longest is dropped if there are too many.
    pub fn keep(&mut self, user: &UserId, tab: &Tab, filter: Filter) {
        if filter == Filter::default() {
            return;
        }
        let tabs = self.0.entry(user.clone()).or_default();
        tabs.retain(|(kept, _)| kept != tab);
        if tabs.len() >= MOST_TABS {
            tabs.remove(0);
        }
        tabs.push((tab.clone(), filter));
    }

    /// The filter that is kept for a tab.
    pub fn of(&self, user: &UserId, tab: &Tab) -> Option<&Filter> {
        let tabs = self.0.get(user)?;
        let kept = tabs.iter().find(|(kept, _)| kept == tab);
        kept.map(|(_, filter)| filter)
    }

    /// The filter of a tab that has returned.
    pub fn take(&mut self, user: &UserId, tab: &Tab) -> Option<Filter> {
        let tabs = self.0.get_mut(user)?;
        let at = tabs.iter().position(|(kept, _)| kept == tab);
        let filter = at.map(|at| tabs.remove(at).1);
        if tabs.is_empty() {
            self.forget(user);
        }
        filter
    }

    /// The user will not return.
    pub fn forget(&mut self, user: &UserId) {
        self.0.remove(user);
        shrink(&mut self.0);
    }

    pub fn users(&self) -> usize {
        self.0.len()
    }

    /// The tabs of each user, the one that has been disconnected longest first.
    pub fn all(&self) -> impl Iterator<Item = (&UserId, &[(Tab, Filter)])> {
        self.0.iter().map(|(user, tabs)| (user, tabs.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::TabId;
    use proptest::prelude::*;

    fn anybody() -> Listener<()> {
        Listener {
            handle: (),
            scope: Scope::Everything,
            filter: Filter::default(),
        }
    }

    #[test]
    fn a_filter_is_kept_for_its_tab_until_it_returns_or_its_user_is_forgotten() {
        let (mut kept, user) = (KeptFilters::default(), UserId::from(7));
        let tab = |number: usize| Tab {
            sid: TabId::new(&number.to_string()).unwrap(),
            topic: Topic::Realtime,
        };
        let filter = Filter {
            gaveur_id: Some(3),
            ..Filter::default()
        };
        for number in 0..=MOST_TABS {
            kept.keep(&user, &tab(number), filter.clone());
        }
        assert_eq!(kept.take(&user, &tab(0)), None);
        assert_eq!(kept.take(&user, &tab(1)), Some(filter));
        assert_eq!(kept.take(&user, &tab(1)), None);
        kept.forget(&user);
        assert_eq!(kept.users(), 0);
    }

    #[test]
    fn the_last_listener_takes_its_topic_with_it() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.subscribe(ConnectionId(1), Topic::Gaveur(7), anybody());
        assert!(subscriptions.remove(ConnectionId(1)).is_some());
        assert_eq!(
            (subscriptions.topics(), subscriptions.connections()),
            (0, 0)
        );
    }

    #[test]
    fn removing_an_unknown_connection_changes_nothing() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.subscribe(ConnectionId(1), Topic::Realtime, anybody());
        assert_eq!(subscriptions.remove(ConnectionId(2)), None);
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
                        subscriptions.subscribe(connection, Topic::Gaveur(gaveur), anybody());
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
