//! The part of a supervisor that knows of tabs and users, as a process of the world.

use super::{Client, GRACE};
use crate::domain::{
    audience::Filter,
    identity::UserId,
    presence::{
        Effect, Held, Placed, Presence, ProcessKey, Step,
        tests::{cid, who},
    },
    subscriptions::ConnectionId,
    users::{Effect as OfUsers, Users},
};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use tokio::time::Instant;

pub(super) struct Process {
    pub(super) key: ProcessKey,
    pub(super) users: Users,
    pub(super) presence: Presence,
    /// How much of the journal it has read.
    pub(super) read: usize,
    /// Not in the journal yet.
    pub(super) unplaced: VecDeque<Step>,
    /// Open sockets and what each wants.
    pub(super) sockets: BTreeMap<ConnectionId, (Client, Filter)>,
    pub(super) has_filtered: HashSet<ConnectionId>,
    /// Sockets that it has closed, whose end it has not heard of.
    pub(super) closing: BTreeMap<ConnectionId, Client>,
    /// Of the registry.
    pub(super) rows: BTreeSet<UserId>,
    /// It has dropped what it had not placed, and may keep a grace of which the others never hear.
    pub(super) has_begun_anew: bool,
    pub(super) last_cid: u64,
}

impl Process {
    pub(super) fn new(key: ProcessKey, (read, held): (usize, Held)) -> Self {
        Process {
            key,
            users: Users::new(GRACE),
            presence: Presence::new(key, held),
            read,
            unplaced: VecDeque::new(),
            sockets: BTreeMap::new(),
            has_filtered: HashSet::new(),
            closing: BTreeMap::new(),
            rows: BTreeSet::new(),
            has_begun_anew: false,
            last_cid: 0,
        }
    }

    pub(super) fn connect(&mut self, now: Instant, client: Client, filter: Filter) {
        self.last_cid += 1;
        let cid = cid(self.last_cid);
        let who = who(client.0, client.1);
        let effects = self.users.connect(now, cid, who.clone());
        let refused = effects.contains(&OfUsers::Refuse { cid });
        self.apply(effects);
        if refused {
            self.users.disconnect(now, cid);
            return;
        }
        self.sockets.insert(cid, (client, filter));
        self.unplaced.push_back(Step::Arrived {
            cid,
            who,
            since: None,
            wanted: None,
        });
    }

    pub(super) fn disconnect(&mut self, now: Instant, cid: ConnectionId) {
        self.sockets.remove(&cid);
        self.closing.remove(&cid);
        self.unplaced.push_back(Step::Left { cid });
        let effects = self.users.disconnect(now, cid);
        self.apply(effects);
    }

    pub(super) fn set_filter(&mut self, cid: ConnectionId, filter: Filter) {
        if let Some((_, wanted)) = self.sockets.get_mut(&cid) {
            *wanted = filter.clone();
            self.has_filtered.insert(cid);
            self.unplaced.push_back(Step::Filtered { cid, filter });
        }
    }

    fn apply(&mut self, effects: impl IntoIterator<Item = OfUsers>) {
        for effect in effects {
            match effect {
                OfUsers::Supersede { cid } => {
                    if let Some((client, _)) = self.sockets.remove(&cid) {
                        self.closing.insert(cid, client);
                    }
                }
                OfUsers::Register { user, .. } => drop(self.rows.insert(user)),
                OfUsers::GraceStarted { user, .. } => {
                    if self.presence.is_elsewhere(&user) {
                        let effect = self.users.went_elsewhere(&user);
                        self.apply(effect);
                    }
                }
                OfUsers::WentElsewhere { user, .. } => drop(self.rows.remove(&user)),
                OfUsers::CleanUp { user, generation } => {
                    let step = self.presence.clean_up(user.clone());
                    self.unplaced.push_back(step);
                    self.rows.remove(&user);
                    self.users.cleanup_done(&user, generation, true);
                }
                OfUsers::Refuse { .. }
                | OfUsers::GraceCancelled { .. }
                | OfUsers::GraceAborted { .. } => {}
            }
        }
    }

    pub(super) fn read(&mut self, now: Instant, journal: &[Placed]) {
        let Some(placed) = journal.get(self.read) else {
            return;
        };
        self.read += 1;
        for effect in self.presence.fold(self.read as i64, placed.clone()) {
            match effect {
                Effect::Supersede { cid } => {
                    let effects = self.users.supersede(now, cid);
                    self.apply(effects);
                }
                Effect::Settled { cid, filter } => {
                    let socket = self.sockets.get_mut(&cid);
                    if let Some((_, wanted)) = socket.filter(|_| !self.has_filtered.contains(&cid))
                    {
                        *wanted = filter;
                    }
                }
                Effect::Elsewhere { user, .. } => {
                    let effect = self.users.went_elsewhere(&user);
                    self.apply(effect);
                }
                Effect::Keep { user } => {
                    let effect = self.users.keep(now, user);
                    self.apply(effect);
                }
                Effect::Forgotten { .. } => {}
                Effect::PutBack {
                    arrived,
                    keeps_graces,
                } => {
                    self.rows.clear();
                    if !keeps_graces {
                        let over = self.users.hand_over_graces();
                        self.apply(over);
                    }
                    for (cid, (_, filter)) in &self.sockets {
                        let who = self.users.identity(*cid).unwrap().clone();
                        let (cid, filter) = (*cid, filter.clone());
                        self.unplaced.push_back(Step::Arrived {
                            cid,
                            who,
                            since: arrived.get(&cid).copied(),
                            wanted: Some(filter.clone()),
                        });
                        if self.has_filtered.contains(&cid) {
                            self.unplaced.push_back(Step::Filtered { cid, filter });
                        }
                    }
                    let registered = self.users.register_again();
                    self.apply(registered);
                }
            }
        }
    }

    pub(super) fn graces_end(&mut self, now: Instant) {
        for (user, generation) in self.users.take_due(now) {
            let effect = self.users.cleanup_due(user, generation);
            self.apply(effect);
        }
    }

    /// Writes the next steps into the journal.
    pub(super) fn place(&mut self, most: usize, journal: &mut Vec<Placed>) {
        let steps: Vec<_> = self
            .unplaced
            .drain(..most.min(self.unplaced.len()))
            .collect();
        if !steps.is_empty() {
            let process = self.key;
            journal.push(Placed { process, steps });
        }
    }
}
