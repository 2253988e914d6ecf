//! The cluster's part of the supervisor: it places in the journal who arrives and leaves here, and learns from it who is elsewhere.

use super::Supervisor;
use crate::{
    domain::{
        audience::Filter,
        identity::{Identity, UserId},
        presence::{Effect, Held, Order, Placed, Presence, Step},
        subscriptions::ConnectionId,
    },
    messages::{app_to_supervisor::JoinCluster, supervisor_to_registrar::PlaceStep},
};
use actix::{Context, Recipient};
use std::collections::HashMap;
use tokio::time::Instant;

pub(super) struct Cluster {
    presence: Presence,
    place: Recipient<PlaceStep>,
}

impl Cluster {
    pub fn held(&self) -> Held {
        self.presence.held()
    }
}

impl Supervisor {
    /// `held` is where the journal begins.
    pub(super) fn join(&mut self, cluster: Option<JoinCluster>, held: Option<Held>) {
        self.cluster = cluster.map(|JoinCluster { process, place }| Cluster {
            presence: Presence::new(process, held.unwrap_or_default()),
            place,
        });
    }

    pub(super) fn is_elsewhere(&self, user: &UserId) -> bool {
        let cluster = self.cluster.as_ref();
        cluster.is_some_and(|cluster| cluster.presence.is_elsewhere(user))
    }

    fn place(&self, step: Step) {
        if let Some(cluster) = &self.cluster {
            cluster.place.do_send(PlaceStep(step));
        }
    }

    /// Nobody looks for connections without user and tab.
    pub(super) fn tell_arrived(&self, cid: ConnectionId) {
        self.tell_there(cid, None, None);
    }

    fn tell_there(&self, cid: ConnectionId, since: Option<Order>, wanted: Option<Filter>) {
        let who = self.users.identity(cid);
        if let Some(who) = who.filter(|who| **who != Identity::default()) {
            self.place(Step::Arrived {
                cid,
                who: who.clone(),
                since,
                wanted,
            });
        }
    }

    pub(super) fn tell_left(&self, cid: ConnectionId, who: &Identity) {
        if *who != Identity::default() {
            self.place(Step::Left { cid });
        }
    }

    pub(super) fn tell_cleaned_up(&mut self, user: &UserId) {
        if let Some(cluster) = &mut self.cluster {
            let step = cluster.presence.clean_up(user.clone());
            cluster.place.do_send(PlaceStep(step));
        }
    }

    /// The screen wants something else: so will its tab, wherever it arrives next.
    pub(super) fn note_filter(&mut self, cid: ConnectionId, filter: &Filter) {
        if let Some(session) = self.sessions.get_mut(&cid) {
            session.has_filtered = true;
            self.tell_filtered(cid, filter);
        }
    }

    fn tell_filtered(&self, cid: ConnectionId, filter: &Filter) {
        let who = self.sessions.get(&cid).map(|session| &session.who);
        if who.is_some_and(|who| who.user.is_some() && who.tab.is_some()) {
            let filter = filter.clone();
            self.place(Step::Filtered { cid, filter });
        }
    }

    /// What the tab wanted before, here or elsewhere.
    pub(super) fn filter_on_arrival(&mut self, who: &Identity) -> Filter {
        let (Some(user), Some(tab)) = (&who.user, &who.tab) else {
            return Filter::default();
        };
        let kept = self.kept_filters.take(user, tab).unwrap_or_default();
        let cluster = self.cluster.as_ref();
        match cluster.and_then(|cluster| cluster.presence.filter_of(user, tab)) {
            Some(elsewhere) if kept == Filter::default() => elsewhere.clone(),
            _ => kept,
        }
    }

    /// Folds what the journal holds at this position.
    pub(super) fn learn(&mut self, position: i64, placed: Option<Placed>, ctx: &mut Context<Self>) {
        let (Some(cluster), Some(placed)) = (&mut self.cluster, placed) else {
            return;
        };
        for effect in cluster.presence.fold(position, placed) {
            self.follow(effect, ctx);
        }
    }

    fn follow(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        let now = Instant::now();
        match effect {
            Effect::Supersede { cid } => {
                let effects = self.users.supersede(now, cid);
                self.apply(effects, ctx);
            }
            Effect::Settled { cid, filter } => self.settle(cid, filter),
            Effect::Elsewhere { user, tab } => {
                if let Some(tab) = tab {
                    self.kept_filters.take(&user, &tab);
                }
                let effect = self.users.went_elsewhere(&user);
                self.apply(effect, ctx);
            }
            Effect::Keep { user } => {
                let effect = self.users.keep(now, user);
                self.apply(effect, ctx);
            }
            Effect::Forgotten { user } => {
                if !self.users.knows(&user) {
                    self.kept_filters.forget(&user);
                }
            }
            Effect::PutBack {
                arrived,
                keeps_graces,
            } => {
                if !keeps_graces {
                    let over = self.users.hand_over_graces();
                    self.apply(over, ctx);
                }
                self.put_back(&arrived, ctx);
            }
        }
    }

    /// The filter that was the tab's when this connection arrived holds, unless the screen has set another on it.
    fn settle(&mut self, cid: ConnectionId, filter: Filter) {
        if self
            .sessions
            .get(&cid)
            .is_some_and(|session| !session.has_filtered)
        {
            self.listeners.set_filter(cid, filter);
        }
    }

    fn put_back(&mut self, arrived: &HashMap<ConnectionId, Order>, ctx: &mut Context<Self>) {
        log::warn!(
            "another server took this one for dead: its {} connections are placed again",
            self.sessions.len()
        );
        let mut all: Vec<_> = self.sessions.keys().copied().collect();
        all.sort();
        for cid in all {
            self.place_again(cid, arrived.get(&cid).copied());
        }
        let registered = self.users.register_again();
        self.apply(registered, ctx);
    }

    /// What the screen has set on this connection holds; what it came with holds unless its tab has wanted something else meanwhile.
    fn place_again(&self, cid: ConnectionId, since: Option<Order>) {
        let wanted = self.listeners.listener(cid).map(|one| &one.filter);
        self.tell_there(cid, since, wanted.cloned());
        let session = self.sessions.get(&cid);
        let has_filtered = session.is_some_and(|session| session.has_filtered);
        if let Some(filter) = wanted.filter(|_| has_filtered) {
            self.tell_filtered(cid, filter);
        }
    }
}
