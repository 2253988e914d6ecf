//! Which users are connected, which may still return, and for which the clean-up is running.
//!
//! ```text
//!            connect                    last disconnect                 due
//!  (nobody) ─────────▶ Online{n} ───────────────────────▶ Grace{gen} ─────────▶ Cleaning{gen} ──done──▶ (nobody)
//!                        ▲  ▲            connect              │                      │
//!                        │  └─────────────────────────────────┘                      │
//!                        └────────────────────────── connect ────────────────────────┘
//! ```
//!
//! Deadlines and results of clean-ups carry the generation they belong to. An outdated one finds another generation, or none, and changes
//! nothing; so nothing has to be cancelled in time.

mod elsewhere;
mod tabs;
#[cfg(test)]
mod tests;

use super::{
    identity::{Identity, UserId},
    shrink::shrink,
    subscriptions::ConnectionId,
};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    time::Duration,
};
use tabs::{Tabs, TooManyTakeovers};
use tokio::time::Instant;

/// Number of one online period or absence of a user; increases, and is never reused within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(pub u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An action for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// This connection's tab has connected again: close the connection.
    Supersede { cid: ConnectionId },
    /// This new connection took its tab over too often: close it.
    Refuse { cid: ConnectionId },
    /// Write the user's row into the registry.
    Register {
        user: UserId,
        generation: Generation,
    },
    GraceStarted {
        user: UserId,
        generation: Generation,
    },
    GraceCancelled {
        user: UserId,
        generation: Generation,
    },
    /// The user is connected to another process, which knows what he held: the registry's row goes, and nothing is cleaned up.
    WentElsewhere {
        user: UserId,
        generation: Generation,
    },
    /// The process stops before the grace is over.
    GraceAborted {
        user: UserId,
        generation: Generation,
    },
    /// The grace is over: free what the user held, then call [`Users::cleanup_done`].
    CleanUp {
        user: UserId,
        generation: Generation,
    },
}

/// Counters and gauges. At any time `opened = closed + open` and `detach_started = detach_cancelled + detach_executed + detach_aborted +
/// in_grace`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub open: u64,
    pub in_grace: u64,
    pub cleaning: u64,
    pub opened: u64,
    pub closed: u64,
    pub detach_started: u64,
    pub detach_cancelled: u64,
    pub detach_executed: u64,
    pub detach_aborted: u64,
    pub cleanup_ok: u64,
    pub cleanup_err: u64,
    /// Ends of unknown connections.
    pub stale_disconnect: u64,
    pub superseded: u64,
    /// Deadlines that were outdated when they were handled.
    pub cleanup_due_stale: u64,
    /// New connections refused because their tab was taken over too often.
    pub refused: u64,
}

#[derive(Debug)]
enum Presence {
    Online {
        connections: usize,
    },
    Grace {
        generation: Generation,
        deadline: Instant,
        /// Not if the user was connected to another process, or the row was lost.
        is_registered: bool,
    },
    Cleaning {
        generation: Generation,
    },
}

#[derive(Debug)]
pub struct Users {
    grace: Duration,
    presences: HashMap<UserId, Presence>,
    connections: HashMap<ConnectionId, Identity>,
    tabs: Tabs,
    deadlines: BTreeSet<(Instant, Generation, UserId)>,
    last_generation: u64,
    closing: bool,
    counts: Counts,
}

impl Users {
    /// `grace` is how long a user may be disconnected before the clean-up.
    pub fn new(grace: Duration) -> Self {
        Users {
            grace,
            presences: HashMap::new(),
            connections: HashMap::new(),
            tabs: Tabs::default(),
            deadlines: BTreeSet::new(),
            last_generation: 0,
            closing: false,
            counts: Counts::default(),
        }
    }

    /// Handles a new connection; `cid` must be new.
    pub fn connect(&mut self, now: Instant, cid: ConnectionId, who: Identity) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.counts.opened += 1;
        let (who, superseded) = match self.tabs.take(now, cid, &who) {
            Ok(superseded) => (who, superseded),
            Err(TooManyTakeovers) => {
                self.counts.refused += 1;
                effects.push(Effect::Refuse { cid });
                (Identity::default(), None)
            }
        };
        if let Some(user) = &who.user {
            effects.extend(self.arrive(user));
        }
        self.connections.insert(cid, who);
        if let Some(old) = superseded {
            self.counts.superseded += 1;
            self.forget_connection(old);
            effects.push(Effect::Supersede { cid: old });
        }
        effects
    }

    fn arrive(&mut self, user: &UserId) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut is_registered = false;
        match self.presences.get_mut(user) {
            Some(Presence::Online { connections }) => {
                *connections += 1;
                return effects;
            }
            Some(&mut Presence::Grace {
                generation,
                deadline,
                is_registered: has_row,
            }) => {
                self.deadlines.remove(&(deadline, generation, user.clone()));
                self.counts.detach_cancelled += 1;
                let user = user.clone();
                effects.push(Effect::GraceCancelled { user, generation });
                is_registered = has_row;
            }
            Some(Presence::Cleaning { .. }) | None => {}
        }
        self.come_online(user);
        if !is_registered {
            let (user, generation) = (user.clone(), self.next_generation());
            effects.push(Effect::Register { user, generation });
        }
        effects
    }

    fn come_online(&mut self, user: &UserId) {
        self.set(user, Some(Presence::Online { connections: 1 }));
    }

    /// Handles the end of a connection. An unknown connection is counted and changes nothing.
    pub fn disconnect(&mut self, now: Instant, cid: ConnectionId) -> Vec<Effect> {
        let Some(who) = self.forget_connection(cid) else {
            self.counts.stale_disconnect += 1;
            return Vec::new();
        };
        let user = who.user.filter(|user| self.has_left(user));
        user.and_then(|user| self.begin_grace(now, user, true))
            .into_iter()
            .collect()
    }

    /// Removes the connection only; the caller handles the user's state.
    fn forget_connection(&mut self, cid: ConnectionId) -> Option<Identity> {
        let who = self.connections.remove(&cid)?;
        shrink(&mut self.connections);
        self.counts.closed += 1;
        self.tabs.release(cid, &who);
        if let Some(Presence::Online { connections }) = who
            .user
            .as_ref()
            .and_then(|user| self.presences.get_mut(user))
        {
            *connections -= 1;
        }
        Some(who)
    }

    fn has_left(&self, user: &UserId) -> bool {
        matches!(
            self.presences.get(user),
            Some(Presence::Online { connections: 0 })
        )
    }

    fn begin_grace(&mut self, now: Instant, user: UserId, is_registered: bool) -> Option<Effect> {
        if self.closing {
            self.set(&user, None);
            return None;
        }
        let generation = self.next_generation();
        let deadline = now + self.grace;
        self.deadlines.insert((deadline, generation, user.clone()));
        let grace = Presence::Grace {
            generation,
            deadline,
            is_registered,
        };
        self.set(&user, Some(grace));
        self.counts.detach_started += 1;
        Some(Effect::GraceStarted { user, generation })
    }

    /// Users whose grace is over, earliest first. Pass each to [`cleanup_due`](Self::cleanup_due), at once or later.
    pub fn take_due(&mut self, now: Instant) -> Vec<(UserId, Generation)> {
        let mut due = Vec::new();
        while self.deadlines.first().is_some_and(|(at, ..)| *at <= now) {
            due.extend(
                self.deadlines
                    .pop_first()
                    .map(|(_, generation, user)| (user, generation)),
            );
        }
        due
    }

    /// When the next grace is over.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, ..)| *at)
    }

    /// Starts the clean-up of this generation; if the user has returned meanwhile, this is counted and changes nothing.
    pub fn cleanup_due(&mut self, user: UserId, generation: Generation) -> Option<Effect> {
        match self.presences.get(&user) {
            Some(Presence::Grace { generation: of, .. }) if *of == generation => {}
            _ => {
                self.counts.cleanup_due_stale += 1;
                return None;
            }
        }
        self.counts.detach_executed += 1;
        self.set(&user, Some(Presence::Cleaning { generation }));
        Some(Effect::CleanUp { user, generation })
    }

    /// Ends the clean-up of this generation, successful or not. A user who returned meanwhile stays.
    pub fn cleanup_done(&mut self, user: &UserId, generation: Generation, well: bool) {
        if well {
            self.counts.cleanup_ok += 1
        } else {
            self.counts.cleanup_err += 1
        }
        if let Some(Presence::Cleaning { generation: of }) = self.presences.get(user)
            && *of == generation
        {
            self.set(user, None);
        }
    }

    /// The process stops: aborts every grace and begins no other.
    pub fn close(&mut self) -> Vec<Effect> {
        self.closing = true;
        self.deadlines.clear();
        let mut leaving: Vec<_> = self.presences.iter().filter_map(in_grace).collect();
        leaving.sort();
        self.counts.detach_aborted += leaving.len() as u64;
        let abort = |(generation, user): (Generation, UserId)| {
            self.set(&user, None);
            Effect::GraceAborted { user, generation }
        };
        leaving.into_iter().map(abort).collect()
    }

    pub fn counts(&self) -> Counts {
        Counts {
            open: self.connections.len() as u64,
            ..self.counts
        }
    }

    pub fn identity(&self, cid: ConnectionId) -> Option<&Identity> {
        self.connections.get(&cid)
    }

    /// The only place where a user's state changes.
    fn set(&mut self, user: &UserId, presence: Option<Presence>) {
        let count = |counts: &mut Counts, presence: &Presence, up: bool| {
            let gauge = match presence {
                Presence::Online { .. } => return,
                Presence::Grace { .. } => &mut counts.in_grace,
                Presence::Cleaning { .. } => &mut counts.cleaning,
            };
            *gauge = if up { *gauge + 1 } else { *gauge - 1 };
        };
        let new = presence.as_ref();
        new.inspect(|new| count(&mut self.counts, new, true));
        let old = match presence {
            Some(presence) => self.presences.insert(user.clone(), presence),
            None => self.presences.remove(user),
        };
        shrink(&mut self.presences);
        old.inspect(|old| count(&mut self.counts, old, false));
    }

    fn next_generation(&mut self) -> Generation {
        self.last_generation += 1;
        Generation(self.last_generation)
    }
}

fn in_grace((user, presence): (&UserId, &Presence)) -> Option<(Generation, UserId)> {
    match presence {
        Presence::Grace { generation, .. } => Some((*generation, user.clone())),
        _ => None,
    }
}
