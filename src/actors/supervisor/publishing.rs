//! What screens are shown: a committed batch goes to the subscribers, and a new subscriber gets the current state.

use super::{Supervisor, journal, snapshots::Snapshots};
use crate::{
    domain::{
        audience::Audience,
        identity::Identity,
        reasons::DropReason,
        scope::Scope,
        stream::{Published, Streams, Topic, Unrecovered},
        subscriptions::{ConnectionId, Listener},
        wall::{NewlyPlanned, SiteStats, WallLot},
    },
    messages::{
        app_to_supervisor::RememberLots,
        session_to_supervisor::{Listening, Resume, SetFilter},
        supervisor_to_session::{
            BeginStream, ConfirmFilter, Deliver, NotRecovered, Replay, Resumed, Show,
        },
        writer_to_supervisor::{Committed, Publication},
    },
    protocol::frames::{At, OpenFrame, PlanData, ServerFrame, SiteStatsData},
    telemetry::metrics,
    websocket::{Ending, encoder},
};
use actix::{AsyncContext, Context, Handler, Message, Recipient, dev::SendError};
use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The sites' figures are published at most this often.
pub const SITE_STATS_INTERVAL: Duration = Duration::from_secs(1);
/// How many streams of gaveurs without subscribers are remembered.
const MOST_QUIET_STREAMS: usize = 4_096;
/// What another process has committed counts as late from this age on.
const CLOCKS_DIFFER: Duration = Duration::from_millis(500);
/// The recipients of a subscribed screen.
pub(super) struct Screen {
    deliver: Recipient<Deliver>,
    pub(super) show: Recipient<Show>,
}

impl Handler<Committed> for Supervisor {
    type Result = ();

    fn handle(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        let to_publish = committed.to_publish;
        for (code_lot, lot_id) in &to_publish.gone {
            self.wall.take_down(code_lot, *lot_id);
        }
        for lot in &to_publish.lots {
            if let Some(earlier_life) = self.wall.apply(lot.clone()) {
                self.feed_timer.forget(&[earlier_life]);
            }
        }
        for earlier in &to_publish.ecarts {
            self.wall.note_ecarts(earlier);
        }
        let now = Timestamp::now();
        // A step belongs to the day on which it was committed, however late it is known here.
        let committed_at = committed.by_another.unwrap_or(now);
        for transition in &to_publish.transitions {
            self.wall.follow(transition, committed_at);
        }
        for plan in &to_publish.plans {
            self.wall.plan(*plan);
        }
        let is_shown = |lot: &&WallLot| self.wall.shows(lot);
        let shown: Vec<_> = to_publish.lots.iter().filter(is_shown).collect();
        self.feed_timer
            .note(&shown, arrived(committed.by_another), ctx);
        self.publish(to_publish.publications);
        if let Some(position) = committed.position {
            self.journal_at(position);
            self.learn(position, to_publish.presence, ctx);
        }
        let planned = self.wall.take_newly_planned();
        // The process that began the lot tells it.
        if !planned.is_empty() && committed.by_another.is_none() {
            self.tell(planned.iter().map(|lot| of_plan(lot, now)).collect());
        }
    }
}

/// When something was committed: what another process committed may be known here late, and must not look like a faster rhythm of a feed.
fn arrived(by_another: Option<Timestamp>) -> Instant {
    let now = Instant::now();
    let age = by_another.map(|at| Timestamp::now().duration_since(at));
    let age = age.and_then(|age| Duration::try_from(age).ok());
    // Clocks of machines differ a little.
    let is_late = |age: &Duration| *age > CLOCKS_DIFFER;
    let earlier = age.filter(is_late).and_then(|age| now.checked_sub(age));
    earlier.unwrap_or(now)
}

/// Told behind the step with which a lot begins.
fn of_plan(lot: &NewlyPlanned, now: Timestamp) -> Publication {
    let (data, timestamp) = (PlanData::from(lot), At(now));
    Publication {
        topic: Topic::Realtime,
        gaveur: None,
        audience: Audience::Lot {
            site: lot.site,
            code_lot: lot.code_lot.clone(),
            gaveur_id: lot.gaveur_id,
        },
        frame: OpenFrame::from(&ServerFrame::Plan { data, timestamp }),
    }
}

impl Supervisor {
    pub(super) fn publish(&mut self, publications: Vec<Publication>) {
        let (now, time) = (Instant::now(), Timestamp::now());
        let mut by_topic: HashMap<Topic, Vec<Arc<Published>>> = HashMap::new();
        for publication in publications {
            number(
                &mut self.streams,
                publication,
                now,
                time,
                |topic, published| {
                    by_topic.entry(topic).or_default().push(published);
                },
            );
        }
        for (topic, published) in by_topic {
            self.deliver(topic, published.into());
        }
    }

    /// Subscribers whose filter matches every frame share one list.
    fn deliver(&mut self, topic: Topic, everything: Arc<[Arc<Published>]>) {
        let mut delivered = 0;
        let mut behind = Vec::new();
        let metrics = &self.links.metrics;
        for (cid, listener) in self.listeners.listeners(topic) {
            let wanted = || everything.iter().filter(|p| listener.wants(&p.audience));
            let count = wanted().count();
            let frames = match count {
                0 => continue,
                all if all == everything.len() => everything.clone(),
                _ => wanted().cloned().collect(),
            };
            match listener.handle.deliver.try_send(Deliver { frames }) {
                Ok(()) => delivered += count as u64,
                // Its SessionClosed message is on its way.
                Err(SendError::Closed(_)) => metrics.dropped(DropReason::SessionGone, count as u64),
                Err(SendError::Full(_)) => behind.push((cid, count as u64)),
            }
        }
        let label = metrics::Topic {
            topic: topic.label(),
        };
        metrics.deliveries.get_or_create(&label).inc_by(delivered);
        for (cid, missed) in behind {
            self.links
                .metrics
                .dropped(DropReason::SessionMailboxFull, missed);
            self.close(cid, Ending::SlowConsumer);
        }
    }
}

/// Adds a frame to its streams.
pub(super) fn number(
    streams: &mut Streams,
    publication: Publication,
    at: Instant,
    time: Timestamp,
    mut numbered: impl FnMut(Topic, Arc<Published>),
) {
    let Publication {
        topic,
        gaveur,
        audience,
        frame,
    } = publication;
    let mut publish = |topic, audience| {
        let encode = |seq| frame.close(topic, seq, encoder::text_of);
        numbered(topic, streams.publish(topic, audience, at, time, encode));
    };
    if let Some(gaveur) = gaveur {
        publish(Topic::Gaveur(gaveur), audience.clone());
    }
    publish(topic, audience);
}

/// Message to itself: publish the site figures if they have changed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SiteStatsDue;

impl Handler<SiteStatsDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: SiteStatsDue, ctx: &mut Context<Self>) {
        let now = Timestamp::now();
        let crowded_out = self.wall.make_room(now);
        self.feed_timer.forget(&crowded_out);
        let metrics = &self.links.metrics;
        metrics.dropped(DropReason::WallFull, crowded_out.len() as u64);
        if self
            .journal
            .as_ref()
            .is_none_or(journal::Journal::keeps_time)
        {
            let figures = self.changed_figures(now);
            self.tell(figures);
        }
        self.streams.drop_old(Instant::now());
        // Other processes that read the journal have other listeners.
        if self.journal.is_none() {
            let listeners = &self.listeners;
            self.streams
                .forget_quiet(MOST_QUIET_STREAMS, |topic| listeners.is_listened_to(topic));
        }
        ctx.notify_later(SiteStatsDue, SITE_STATS_INTERVAL);
    }
}

impl Supervisor {
    /// The sites' figures for each scope, if they have changed.
    fn changed_figures(&mut self, now: Timestamp) -> Vec<Publication> {
        let Some(sites) = self.wall.changed_site_stats(self.day_of(now)) else {
            return Vec::new();
        };
        let scopes = self.scopes_of_sites.iter();
        let publications = scopes.map(|scope| Publication {
            topic: Topic::Realtime,
            gaveur: None,
            audience: Audience::Sites(scope.sites()),
            frame: OpenFrame::from(&site_stats(&figures(&sites, scope), now)),
        });
        publications.collect()
    }
}

impl Handler<RememberLots> for Supervisor {
    type Result = ();

    fn handle(&mut self, remembered: RememberLots, _: &mut Context<Self>) {
        remembered
            .plans
            .into_iter()
            .for_each(|plan| self.wall.plan(plan));
        remembered
            .ended
            .into_iter()
            .for_each(|lot| self.wall.remember_end(lot));
        remembered.lots.into_iter().for_each(|lot| {
            self.wall.apply(lot);
        });
        self.wall.remember_closed(remembered.closed);
        // Screens learn them from the snapshot.
        self.wall.take_newly_planned();
        self.snapshots = Snapshots::default();
    }
}

impl Supervisor {
    /// Subscribes a screen and starts its stream. One turn decides which frames are replayed and which are live, so the stream has no
    /// gap.
    pub(super) fn listen(
        &mut self,
        cid: ConnectionId,
        endpoint: &'static str,
        who: &Identity,
        listening: Listening,
    ) {
        let filter = self.filter_on_arrival(who);
        let screen = Screen {
            deliver: listening.deliver,
            show: listening.show,
        };
        let scope = listening.scope;
        let listener = Listener {
            handle: screen,
            scope: scope.clone(),
            filter,
        };
        self.listeners.subscribe(cid, listening.topic, listener);
        if listening.topic == Topic::Realtime {
            self.note_scope(scope.clone());
        }
        let resumed = listening
            .resume
            .map(|resume| self.resume(cid, listening.topic, resume));
        let goes_on = resumed
            .as_ref()
            .is_some_and(|resumed| resumed.outcome.is_ok());
        let snapshot = match listening.topic {
            Topic::Realtime if !goes_on => self.snapshot(&scope),
            _ => Arc::new([]),
        };
        // Clients of notifications show every frame to their user.
        let is_told = listening.topic != Topic::Notifications;
        let staleness = is_told.then(|| self.staleness.on_joining(goes_on));
        listening.begin.do_send(BeginStream {
            resumed,
            active_connections: self.active.get(endpoint).copied().unwrap_or(0),
            snapshot,
            staleness: staleness.flatten(),
        });
    }

    fn resume(&self, cid: ConnectionId, topic: Topic, resume: Resume) -> Resumed {
        let position = resume.position.as_ref();
        let listener = self.listeners.listener(cid);
        let wanted = |published: &&Arc<Published>| {
            listener.is_none_or(|listener| listener.wants(&published.audience))
        };
        let outcome = match self.streams.resume(topic, position) {
            Ok(missed) => Ok(Replay {
                after: position.map_or(0, |position| position.last_seq),
                missed: missed.filter(wanted).cloned().collect(),
            }),
            // Another process has read more of the journal. What this one will publish up to there, the tab has seen.
            Err(Unrecovered::FuturePosition) if self.journal.is_some() => Ok(Replay {
                after: position.map_or(0, |position| position.last_seq),
                missed: Vec::new(),
            }),
            Err(reason) => Err(NotRecovered {
                reason,
                missed_since: self.streams.missed_since(topic, position),
            }),
        };
        let mut stats = self.links.metrics.session_stats.open();
        match &outcome {
            Ok(replay) => stats.replayed += replay.missed.len() as u64,
            Err(_) if position.is_some() => stats.resume_refused += 1,
            Err(_) => {}
        }
        Resumed {
            epoch: self.streams.epoch().clone(),
            last_seq: self.streams.last_seq(topic),
            outcome,
        }
    }

    /// Ends a subscription. The tab's filter is kept until its user is cleaned up.
    pub(super) fn stop_listening(&mut self, cid: ConnectionId) {
        let Some(filter) = self.listeners.remove(cid) else {
            return;
        };
        let who = self.sessions.get(&cid).map(|session| &session.who);
        if let Some((Some(user), Some(tab))) = who.map(|who| (&who.user, &who.tab)) {
            self.kept_filters.keep(user, tab, filter);
        }
    }

    /// From now on the figures of sites are also published for this scope.
    pub(super) fn note_scope(&mut self, scope: Scope) {
        if !self.scopes_of_sites.contains(&scope) {
            self.scopes_of_sites.push(scope);
        }
    }

    /// When the day of this time began.
    pub(super) fn day_of(&self, time: Timestamp) -> Timestamp {
        let day = time.to_zoned(self.settings.zone.clone()).start_of_day();
        day.map_or(time, |day| day.timestamp())
    }
}

pub(super) fn figures(sites: &[SiteStats], scope: &Scope) -> Vec<SiteStatsData> {
    let visible = sites.iter().filter(|stats| scope.sees_site(stats.site));
    visible.map(SiteStatsData::from).collect()
}

pub(super) fn site_stats(sites: &[SiteStatsData], now: Timestamp) -> ServerFrame<'_> {
    ServerFrame::SiteStats {
        sites,
        timestamp: At(now),
    }
}

impl Handler<SetFilter> for Supervisor {
    type Result = ();

    fn handle(&mut self, set: SetFilter, _: &mut Context<Self>) {
        self.note_filter(set.cid, &set.filter);
        self.listeners.set_filter(set.cid, set.filter);
        set.confirm.do_send(ConfirmFilter { echo: set.echo });
    }
}
