//! Owns connections, users and subscriptions, numbers every published frame in its stream, and keeps the wall.

mod access;
mod cluster;
mod feed_deadlines;
mod journal;
mod presence;
mod publishing;
mod snapshots;
mod staleness;

use super::deathwatch::Deathwatch;
use crate::{
    domain::{
        scope::Scope,
        stream::{Epoch, RingBounds, Streams},
        subscriptions::{ConnectionId, KeptFilters, Subscriptions},
        users::Users,
        wall::Wall,
    },
    messages::{
        app_to_supervisor::{Census, CloseAllSessions, CountSessions, KeysChanged},
        http_to_supervisor::ShowWall,
        supervisor_to_registrar::{ClearUser, RegisterUser},
        supervisor_to_session::CloseSession,
    },
    telemetry::metrics::Metrics,
    websocket::{Ending, encoder},
};
use actix::{Actor, AsyncContext, Context, Handler, MessageResult, Recipient};
use jiff::{Timestamp, tz::TimeZone};
use presence::OpenSession;
use publishing::{SITE_STATS_INTERVAL, Screen, SiteStatsDue};
use snapshots::Snapshots;
use staleness::Staleness;
use std::{collections::HashMap, time::Duration};

#[derive(Debug, Clone)]
pub struct SupervisorSettings {
    /// How long a user may be disconnected before the user's state is freed.
    pub grace: Duration,
    /// Limits of the frames kept for clients that reconnect.
    pub ring: RingBounds,
    /// Its days are the days of the wall.
    pub zone: TimeZone,
    /// Who sees other figures of sites than all, although nobody may have come here yet.
    pub scopes: Vec<Scope>,
}

/// The links of the supervisor to other actors.
#[derive(Clone)]
pub struct SupervisorLinks {
    pub register: Recipient<RegisterUser>,
    pub clear: Recipient<ClearUser>,
    pub metrics: Metrics,
}

pub struct Supervisor {
    /// `None` only while the supervisor is dropped.
    deathwatch: Option<Deathwatch>,
    settings: SupervisorSettings,
    sessions: HashMap<ConnectionId, OpenSession>,
    /// Open sessions per endpoint.
    active: HashMap<&'static str, usize>,
    users: Users,
    listeners: Subscriptions<Screen>,
    kept_filters: KeptFilters,
    streams: Streams,
    /// `None` without a journal.
    journal: Option<journal::Journal>,
    /// `None` unless there may be other processes.
    cluster: Option<cluster::Cluster>,
    wall: Wall,
    snapshots: Snapshots,
    /// The scopes of screens so far, each of which gets its own figures of sites. There are few: one for every set of sites.
    scopes_of_sites: Vec<Scope>,
    /// Deadlines of the lots of which another meal is expected.
    feed_timer: feed_deadlines::FeedTimer,
    staleness: Staleness,
    /// True while a timer for the next end of a grace runs.
    grace_timer: bool,
    closing: bool,
    /// As told last.
    keys: KeysChanged,
    links: SupervisorLinks,
}

impl Supervisor {
    pub fn new(
        epoch: Epoch,
        settings: SupervisorSettings,
        links: SupervisorLinks,
        deathwatch: Deathwatch,
    ) -> Self {
        let scopes_of_sites = [&[Scope::Everything][..], &settings.scopes].concat();
        Supervisor {
            deathwatch: Some(deathwatch),
            sessions: HashMap::new(),
            active: HashMap::new(),
            users: Users::new(settings.grace),
            listeners: Subscriptions::default(),
            kept_filters: KeptFilters::default(),
            streams: Streams::new(epoch, Timestamp::now(), settings.ring),
            settings,
            journal: None,
            cluster: None,
            wall: Wall::default(),
            snapshots: Snapshots::default(),
            scopes_of_sites,
            feed_timer: feed_deadlines::FeedTimer::default(),
            staleness: Staleness::default(),
            grace_timer: false,
            closing: false,
            keys: KeysChanged::default(),
            links,
        }
    }

    fn close(&mut self, cid: ConnectionId, ending: Ending) {
        self.stop_listening(cid);
        if let Some(session) = self.sessions.get(&cid) {
            session.close.do_send(CloseSession { ending });
        }
    }

    fn publish_counts(&self) {
        self.links.metrics.session_stats.open().counts = self.users.counts();
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(SiteStatsDue, SITE_STATS_INTERVAL);
    }
}

impl Drop for Supervisor {
    /// Reports its own death before it drops its links, so that no actor that dies with them is reported first.
    fn drop(&mut self) {
        drop(self.deathwatch.take());
    }
}

impl Handler<CloseAllSessions> for Supervisor {
    type Result = usize;

    fn handle(&mut self, _: CloseAllSessions, ctx: &mut Self::Context) -> usize {
        self.closing = true;
        let aborted = self.users.close();
        self.apply(aborted, ctx);
        let open: Vec<_> = self.sessions.keys().copied().collect();
        open.iter()
            .for_each(|cid| self.close(*cid, Ending::ServerShutdown));
        open.len()
    }
}

impl Handler<ShowWall> for Supervisor {
    type Result = MessageResult<ShowWall>;

    fn handle(&mut self, show: ShowWall, _: &mut Self::Context) -> Self::Result {
        let frames = self.snapshot(&show.scope);
        MessageResult(frames.iter().map(encoder::payload).collect())
    }
}

impl Handler<CountSessions> for Supervisor {
    type Result = MessageResult<CountSessions>;

    fn handle(&mut self, _: CountSessions, _: &mut Self::Context) -> Self::Result {
        let counts = self.users.counts();
        MessageResult(Census {
            sessions: self.sessions.len(),
            listeners: self.listeners.connections(),
            topics: self.listeners.topics(),
            in_grace: counts.in_grace as usize,
            cleaning: counts.cleaning as usize,
        })
    }
}
