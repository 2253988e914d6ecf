//! Where the tabs and users of all processes are. Every process places what happens to its connections in the journal, and folds what all have
//! placed in the order of the journal: so all know the same, and no clock decides.

mod placed;
#[cfg(test)]
mod tests;

pub use placed::{Order, Placed, ProcessKey, Step};

use super::{
    audience::Filter,
    identity::{Identity, Tab, UserId},
    subscriptions::{ConnectionId, KeptFilters},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A connection, among those of all processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    process: ProcessKey,
    cid: ConnectionId,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Connection {
    who: Identity,
    since: Order,
    filter: Filter,
    /// Its tab has another connection, and its process will close it.
    is_superseded: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Whereabouts {
    /// How many connections at which processes; never none.
    Connected(BTreeMap<ProcessKey, usize>),
    /// The user's grace runs at this process.
    Away { keeper: ProcessKey },
}

/// An action for this process.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The tab of this connection has arrived elsewhere: close the connection.
    Supersede { cid: ConnectionId },
    /// The connection has its tab, and this is the tab's filter.
    Settled { cid: ConnectionId, filter: Filter },
    /// A connection of the user has arrived at another process, which knows the filters of its tab.
    Elsewhere { user: UserId, tab: Option<Tab> },
    /// The user has left all processes, and this one keeps the grace.
    Keep { user: UserId },
    /// The user was cleaned up by another process.
    Forgotten { user: UserId },
    /// This process was found dead: place its connections again, with the order in which these arrived. If it was not by itself, whoever found
    /// it dead keeps its graces.
    PutBack {
        arrived: HashMap<ConnectionId, Order>,
        keeps_graces: bool,
    },
}

/// The state of a fold, as a checkpoint holds it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    connections: Vec<(Place, Connection)>,
    away: Vec<(UserId, ProcessKey)>,
    kept: Vec<(UserId, Vec<(Tab, Filter)>)>,
}

type TabKey = (Option<UserId>, Tab);

#[derive(Debug)]
pub struct Presence {
    me: ProcessKey,
    connections: BTreeMap<Place, Connection>,
    /// Which connection has the tab.
    tabs: HashMap<TabKey, Place>,
    users: BTreeMap<UserId, Whereabouts>,
    /// Of tabs without a connection.
    kept: KeptFilters,
    /// Users whom this process has cleaned up, as far as the journal has not said so yet, and how often.
    cleaning: HashMap<UserId, usize>,
}

impl Presence {
    /// For the process with this key, which goes on from what the others have placed.
    pub fn new(me: ProcessKey, held: Held) -> Self {
        let mut presence = Presence {
            me,
            connections: BTreeMap::new(),
            tabs: HashMap::new(),
            users: BTreeMap::new(),
            kept: KeptFilters::default(),
            cleaning: HashMap::new(),
        };
        for (user, keeper) in held.away {
            presence.users.insert(user, Whereabouts::Away { keeper });
        }
        for (user, tabs) in held.kept {
            for (tab, filter) in tabs {
                presence.kept.keep(&user, &tab, filter);
            }
        }
        for (place, connection) in held.connections {
            if let Some(user) = &connection.who.user {
                presence.count_in(user, place.process);
            }
            if let Some(key) = key(&connection.who).filter(|_| !connection.is_superseded) {
                presence.tabs.insert(key, place);
            }
            presence.connections.insert(place, connection);
        }
        presence
    }

    /// What a fold goes on from.
    pub fn held(&self) -> Held {
        let away = self.users.iter().filter_map(|(user, at)| match at {
            Whereabouts::Away { keeper } => Some((user.clone(), *keeper)),
            Whereabouts::Connected(_) => None,
        });
        let kept = self.kept.all();
        let mut kept: Vec<_> = kept
            .map(|(user, tabs)| (user.clone(), tabs.to_vec()))
            .collect();
        kept.sort_by(|one, other| one.0.cmp(&other.0));
        let connections = self.connections.iter();
        Held {
            connections: connections
                .map(|(place, connection)| (*place, connection.clone()))
                .collect(),
            away: away.collect(),
            kept,
        }
    }

    /// Whether the user has connections to other processes.
    pub fn is_elsewhere(&self, user: &UserId) -> bool {
        match self.users.get(user) {
            Some(Whereabouts::Connected(at)) => at.keys().any(|process| *process != self.me),
            _ => false,
        }
    }

    /// What a tab that arrives here had asked for.
    pub fn filter_of(&self, user: &UserId, tab: &Tab) -> Option<&Filter> {
        let holder = self.tabs.get(&(Some(user.clone()), tab.clone()));
        match holder.and_then(|place| self.connections.get(place)) {
            Some(connection) => Some(&connection.filter),
            None => self.kept.of(user, tab),
        }
    }

    /// Connections of all processes.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// The grace of the user is over here; place the step.
    pub fn clean_up(&mut self, user: UserId) -> Step {
        *self.cleaning.entry(user.clone()).or_default() += 1;
        Step::CleanedUp { user }
    }

    /// Folds what the journal holds at this position.
    pub fn fold(&mut self, position: i64, placed: Placed) -> Vec<Effect> {
        let by = placed.process;
        let mut effects = Vec::new();
        for (index, step) in (0..).zip(placed.steps) {
            let now = Order { position, index };
            let at = |cid| Place { process: by, cid };
            match step {
                Step::Arrived {
                    cid,
                    who,
                    since,
                    wanted,
                } => effects.extend(self.arrive(at(cid), who, since.unwrap_or(now), wanted)),
                Step::Filtered { cid, filter } => {
                    if let Some(connection) = self.connections.get_mut(&at(cid)) {
                        connection.filter = filter;
                    }
                }
                Step::Left { cid } => {
                    let user = self.leave(at(cid), by);
                    effects.extend(user.and_then(|user| self.keep(user)));
                }
                Step::CleanedUp { user } => effects.extend(self.forget(user, by)),
                Step::Gone { process } => effects.extend(self.bury(process, by)),
            }
        }
        effects
    }

    fn arrive(
        &mut self,
        place: Place,
        who: Identity,
        since: Order,
        wanted: Option<Filter>,
    ) -> Vec<Effect> {
        if self.connections.contains_key(&place) {
            // It was placed again before it was known to be there.
            return Vec::new();
        }
        let mut effects = Vec::new();
        let is_here = place.process == self.me;
        if let Some(user) = &who.user {
            self.count_in(user, place.process);
        }
        let (mut filter, mut is_superseded) = (Filter::default(), false);
        if let Some(key) = key(&who) {
            let holder = self.tabs.get(&key).copied();
            let overtaken = holder.map(|holder| match self.connections.get_mut(&holder) {
                Some(held) if held.since < since => {
                    held.is_superseded = true;
                    if who.user.is_some() {
                        filter = held.filter.clone();
                    }
                    holder
                }
                _ => {
                    is_superseded = true;
                    place
                }
            });
            if !is_superseded {
                if holder.is_none()
                    && let Some(user) = &who.user
                {
                    let kept = self.kept.take(user, &key.1);
                    filter = kept.or(wanted).unwrap_or_default();
                }
                self.tabs.insert(key, place);
            }
            let cid = overtaken.filter(|overtaken| overtaken.process == self.me);
            effects.extend(cid.map(|Place { cid, .. }| Effect::Supersede { cid }));
        }
        if let Some(user) = who.user.clone().filter(|_| !is_here) {
            let tab = who.tab.clone();
            effects.push(Effect::Elsewhere { user, tab });
        }
        if is_here && !is_superseded {
            let (cid, filter) = (place.cid, filter.clone());
            effects.push(Effect::Settled { cid, filter });
        }
        let connection = Connection {
            who,
            since,
            filter,
            is_superseded,
        };
        self.connections.insert(place, connection);
        effects
    }

    fn count_in(&mut self, user: &UserId, process: ProcessKey) {
        let at = self.users.entry(user.clone());
        let at = at.or_insert_with(|| Whereabouts::Connected(BTreeMap::new()));
        if let Whereabouts::Away { .. } = at {
            *at = Whereabouts::Connected(BTreeMap::new());
        }
        if let Whereabouts::Connected(at) = at {
            *at.entry(process).or_default() += 1;
        }
    }

    /// Removes a connection. Returns its user, if it was the last one: his grace runs at `keeper`.
    fn leave(&mut self, place: Place, keeper: ProcessKey) -> Option<UserId> {
        let connection = self.connections.remove(&place)?;
        let who = connection.who;
        if let Some(key) = key(&who).filter(|key| self.tabs.get(key) == Some(&place)) {
            self.tabs.remove(&key);
            if let Some(user) = &who.user {
                self.kept.keep(user, &key.1, connection.filter);
            }
        }
        let user = who.user?;
        let Some(Whereabouts::Connected(at)) = self.users.get_mut(&user) else {
            return None;
        };
        if let Some(count) = at.get_mut(&place.process) {
            *count -= 1;
            if *count == 0 {
                at.remove(&place.process);
            }
        }
        if !at.is_empty() {
            return None;
        }
        self.users
            .insert(user.clone(), Whereabouts::Away { keeper });
        Some(user)
    }

    /// The user's grace is this process's to keep, unless it is over here already.
    fn keep(&self, user: UserId) -> Option<Effect> {
        let Some(Whereabouts::Away { keeper }) = self.users.get(&user) else {
            return None;
        };
        let is_mine = *keeper == self.me && !self.cleaning.contains_key(&user);
        is_mine.then_some(Effect::Keep { user })
    }

    fn forget(&mut self, user: UserId, by: ProcessKey) -> Option<Effect> {
        if by == self.me
            && let Some(count) = self.cleaning.get_mut(&user)
        {
            *count -= 1;
            if *count == 0 {
                self.cleaning.remove(&user);
            }
        }
        // He may have been elsewhere meanwhile.
        if self.users.get(&user) != Some(&Whereabouts::Away { keeper: by }) {
            return None;
        }
        self.users.remove(&user);
        self.kept.forget(&user);
        (by != self.me).then_some(Effect::Forgotten { user })
    }

    /// Whoever found the process dead keeps the graces of its users.
    fn bury(&mut self, process: ProcessKey, keeper: ProcessKey) -> Vec<Effect> {
        let first = Place {
            process,
            cid: ConnectionId(0),
        };
        let connections = self.connections.range(first..);
        let arrived = connections
            .take_while(|(place, _)| place.process == process)
            .map(|(place, connection)| (place.cid, connection.since));
        let arrived: HashMap<_, _> = arrived.collect();
        let mut left = Vec::new();
        for (user, at) in &mut self.users {
            if *at == (Whereabouts::Away { keeper: process }) {
                *at = Whereabouts::Away { keeper };
                left.push(user.clone());
            }
        }
        let mut places: Vec<_> = arrived.keys().copied().collect();
        places.sort();
        let of = |cid| Place { process, cid };
        left.extend(
            places
                .into_iter()
                .filter_map(|cid| self.leave(of(cid), keeper)),
        );
        if process == self.me && keeper == self.me {
            // What it had not placed was dropped.
            self.cleaning.clear();
        }
        let kept = left.into_iter().filter_map(|user| self.keep(user));
        let put_back = (process == self.me).then_some(Effect::PutBack {
            arrived,
            keeps_graces: keeper == self.me,
        });
        kept.chain(put_back).collect()
    }
}

fn key(who: &Identity) -> Option<TabKey> {
    Some((who.user.clone(), who.tab.clone()?))
}
