//! Which connection has a tab: the newest of those that name it.

use crate::domain::{
    identity::{Identity, Tab, UserId},
    shrink::shrink,
    subscriptions::ConnectionId,
};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use tokio::time::Instant;

/// How often a tab may be taken over within [`TAKEOVER_WINDOW`].
const MOST_TAKEOVERS: usize = 5;
pub(super) const TAKEOVER_WINDOW: Duration = Duration::from_secs(10);

type TabKey = (Option<UserId>, Tab);

#[derive(Debug, Default)]
pub(super) struct Tabs(HashMap<TabKey, Holder>);

/// The connection that currently has a tab.
#[derive(Debug)]
struct Holder {
    cid: ConnectionId,
    takeovers: VecDeque<Instant>,
}

pub(super) struct TooManyTakeovers;

impl Tabs {
    /// Assigns the tab to its new connection and returns the old one, if any.
    pub fn take(
        &mut self,
        now: Instant,
        cid: ConnectionId,
        who: &Identity,
    ) -> Result<Option<ConnectionId>, TooManyTakeovers> {
        let Some(key) = key_of(who) else {
            return Ok(None);
        };
        let Some(holder) = self.0.get_mut(&key) else {
            let takeovers = VecDeque::new();
            self.0.insert(key, Holder { cid, takeovers });
            return Ok(None);
        };
        holder
            .takeovers
            .retain(|at| now.duration_since(*at) < TAKEOVER_WINDOW);
        if holder.takeovers.len() >= MOST_TAKEOVERS {
            return Err(TooManyTakeovers);
        }
        holder.takeovers.push_back(now);
        Ok(Some(std::mem::replace(&mut holder.cid, cid)))
    }

    /// Forgets the tab of an ended connection, unless another has it.
    pub fn release(&mut self, cid: ConnectionId, who: &Identity) {
        let Some(key) = key_of(who) else {
            return;
        };
        if self.0.get(&key).is_some_and(|holder| holder.cid == cid) {
            self.0.remove(&key);
            shrink(&mut self.0);
        }
    }

    #[cfg(test)]
    pub fn holders(&self) -> HashMap<TabKey, ConnectionId> {
        let holders = self.0.iter();
        holders
            .map(|(key, holder)| (key.clone(), holder.cid))
            .collect()
    }
}

fn key_of(who: &Identity) -> Option<TabKey> {
    Some((who.user.clone(), who.tab.clone()?))
}
