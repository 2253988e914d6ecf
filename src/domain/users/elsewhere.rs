//! What this process learns of its users from the others ([`presence`](crate::domain::presence)).

use super::{Effect, Presence, Users, in_grace};
use crate::domain::{identity::UserId, subscriptions::ConnectionId};
use tokio::time::Instant;

impl Users {
    /// The tab of this connection has arrived at another process.
    pub fn supersede(&mut self, now: Instant, cid: ConnectionId) -> Vec<Effect> {
        if !self.connections.contains_key(&cid) {
            return Vec::new();
        }
        self.counts.superseded += 1;
        let left = self.disconnect(now, cid);
        [Effect::Supersede { cid }]
            .into_iter()
            .chain(left)
            .collect()
    }

    /// The user is connected to another process: his grace here is over.
    pub fn went_elsewhere(&mut self, user: &UserId) -> Option<Effect> {
        let Some(&Presence::Grace {
            generation,
            deadline,
            ..
        }) = self.presences.get(user)
        else {
            return None;
        };
        self.deadlines.remove(&(deadline, generation, user.clone()));
        self.counts.detach_cancelled += 1;
        self.set(user, None);
        let user = user.clone();
        Some(Effect::WentElsewhere { user, generation })
    }

    /// The user has left all processes, and this one keeps his grace. Nothing changes if he is known here.
    pub fn keep(&mut self, now: Instant, user: UserId) -> Option<Effect> {
        if self.presences.contains_key(&user) {
            return None;
        }
        self.begin_grace(now, user, false)
    }

    /// Another process keeps the graces of this one.
    pub fn hand_over_graces(&mut self) -> Vec<Effect> {
        let graces = self.presences.iter().filter_map(in_grace);
        let users: Vec<_> = graces.map(|(_, user)| user).collect();
        let over = users.iter().filter_map(|user| self.went_elsewhere(user));
        over.collect()
    }

    /// The registry has lost the rows of this process.
    pub fn register_again(&mut self) -> Vec<Effect> {
        let mut online = Vec::new();
        for (user, presence) in &mut self.presences {
            match presence {
                Presence::Online { .. } => online.push(user.clone()),
                // Registered when he returns.
                Presence::Grace { is_registered, .. } => *is_registered = false,
                Presence::Cleaning { .. } => {}
            }
        }
        let register = |user| Effect::Register {
            user,
            generation: self.next_generation(),
        };
        online.into_iter().map(register).collect()
    }

    pub fn knows(&self, user: &UserId) -> bool {
        self.presences.contains_key(user)
    }
}
