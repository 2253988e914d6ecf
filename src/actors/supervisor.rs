//! Owns who listens to what, gives every published frame its place in its stream, and keeps the wall.

mod vigil;

use super::deathwatch::Deathwatch;
use crate::{
    domain::{
        audience::Audience,
        stream::{Epoch, Stream, Topic},
        subscriptions::{ConnectionId, Subscriptions},
        wall::Wall,
    },
    messages::{
        app_to_supervisor::{Census, CloseAllSessions, CountSessions, RememberLots},
        session_to_supervisor::{Listening, SessionClosed, SessionOpened, SetFilter},
        supervisor_to_session::{CloseSession, ConfirmFilter, Deliver, ShowSnapshot},
        writer_to_supervisor::{Publication, ReadingsStored},
    },
    protocol::frames,
    telemetry::metrics::{self, Metrics},
    websocket::{Ending, encoder},
};
use actix::{
    Actor, AsyncContext, Context, Handler, Message, MessageResult, Recipient, dev::SendError,
};
use bytes::Bytes;
use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The sites' figures are published at most this often.
const SITE_STATS_INTERVAL: Duration = Duration::from_secs(1);
/// A snapshot is cut into frames of at most this many lots.
const LOTS_PER_SNAPSHOT_FRAME: usize = 200;

pub struct Supervisor {
    sessions: HashMap<ConnectionId, OpenSession>,
    listeners: Subscriptions<Recipient<Deliver>>,
    streams: HashMap<Topic, Stream>,
    epoch: Epoch,
    wall: Wall,
    /// The snapshot at a position of the realtime stream, kept for the next screen that asks at the same position.
    snapshot: Option<(u64, Arc<[Bytes]>)>,
    /// Lots of which another meal is expected.
    watch: vigil::Watch,
    closing: bool,
    metrics: Metrics,
    _deathwatch: Deathwatch,
}

struct OpenSession {
    endpoint: &'static str,
    close: Recipient<CloseSession>,
}

/// A frame with its place, and whom it concerns.
struct Numbered {
    audience: Audience,
    frame: Bytes,
}

impl Supervisor {
    pub fn new(epoch: Epoch, metrics: Metrics, deathwatch: Deathwatch) -> Self {
        Supervisor {
            sessions: HashMap::new(),
            listeners: Subscriptions::default(),
            streams: HashMap::new(),
            epoch,
            wall: Wall::default(),
            snapshot: None,
            watch: vigil::Watch::default(),
            closing: false,
            metrics,
            _deathwatch: deathwatch,
        }
    }

    fn publish(&mut self, publications: Vec<Publication>) {
        let mut by_topic: HashMap<Topic, Vec<Numbered>> = HashMap::new();
        for publication in publications {
            let seq = self.streams.entry(publication.topic).or_default().advance();
            let tail = frames::seq_tail(seq);
            let frame = encoder::text_from_parts(&[&publication.open_frame, tail.as_bytes()]);
            let numbered = Numbered {
                audience: publication.audience,
                frame,
            };
            by_topic
                .entry(publication.topic)
                .or_default()
                .push(numbered);
        }
        for (topic, numbered) in by_topic {
            self.deliver(topic, &numbered);
        }
    }

    /// Listeners that want everything share one list of frames.
    fn deliver(&mut self, topic: Topic, numbered: &[Numbered]) {
        let everything: Arc<[Bytes]> = numbered.iter().map(|n| n.frame.clone()).collect();
        let mut delivered = 0;
        let mut behind = Vec::new();
        for (cid, listener) in self.listeners.listeners(topic) {
            let wanted = || numbered.iter().filter(|n| listener.wants(&n.audience));
            let count = wanted().count() as u64;
            let frames = match count as usize {
                0 => continue,
                all if all == numbered.len() => everything.clone(),
                _ => wanted().map(|n| n.frame.clone()).collect(),
            };
            match listener.handle.try_send(Deliver { frames }) {
                Ok(()) => delivered += count,
                // Its SessionClosed is on the way.
                Err(SendError::Closed(_)) => self.metrics.dropped("session_gone", count),
                Err(SendError::Full(_)) => behind.push((cid, count)),
            }
        }
        let label = metrics::Topic {
            topic: topic.label(),
        };
        self.metrics
            .deliveries
            .get_or_create(&label)
            .inc_by(delivered);
        for (cid, missed) in behind {
            self.metrics.dropped("session_mailbox_full", missed);
            self.close(cid, Ending::SlowConsumer);
        }
    }

    fn close(&mut self, cid: ConnectionId, ending: Ending) {
        self.listeners.remove(cid);
        if let Some(session) = self.sessions.get(&cid) {
            session.close.do_send(CloseSession { ending });
        }
    }

    fn listen(&mut self, cid: ConnectionId, endpoint: &'static str, listening: Listening) {
        if let Some(screen) = listening.snapshot {
            let active_connections = self
                .sessions
                .values()
                .filter(|session| session.endpoint == endpoint)
                .count();
            let frames = self.snapshot(listening.topic);
            screen.do_send(ShowSnapshot {
                active_connections,
                frames,
            });
        }
        self.listeners
            .subscribe(cid, listening.topic, Default::default(), listening.deliver);
    }

    fn snapshot(&mut self, topic: Topic) -> Arc<[Bytes]> {
        let seq = self.streams.get(&topic).map_or(0, Stream::last_seq);
        match &self.snapshot {
            Some((at, frames)) if *at == seq => frames.clone(),
            _ => {
                let frames = self.encode_snapshot(seq, Timestamp::now());
                self.snapshot.insert((seq, frames)).1.clone()
            }
        }
    }

    /// The lots in one or several frames, then the sites' figures as the frame that older screens know.
    fn encode_snapshot(&self, seq: u64, now: Timestamp) -> Arc<[Bytes]> {
        let (lots, sites) = (self.wall.lots(), self.wall.site_stats());
        let parts: Vec<_> = match lots.is_empty() {
            true => vec![&lots[..]],
            false => lots.chunks(LOTS_PER_SNAPSHOT_FRAME).collect(),
        };
        let part = |lots| {
            encoder::text(&frames::snapshot(
                lots,
                &sites,
                self.epoch.as_str(),
                seq,
                now,
            ))
        };
        let site_stats = encoder::text_from_parts(&[&frames::site_stats(&sites, now), b"}"]);
        parts.into_iter().map(part).chain([site_stats]).collect()
    }

    fn count(&self, endpoint: &'static str, change: i64) {
        let label = metrics::Endpoint { endpoint };
        self.metrics.sessions.get_or_create(&label).inc_by(change);
    }
}

/// The sites' figures may be published again.
#[derive(Message)]
#[rtype(result = "()")]
struct SiteStatsDue;

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(SiteStatsDue, SITE_STATS_INTERVAL);
    }
}

impl Handler<SiteStatsDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: SiteStatsDue, ctx: &mut Self::Context) {
        let now = Timestamp::now();
        if let Some(sites) = self.wall.changed_site_stats(now) {
            self.publish(vec![Publication {
                topic: Topic::Realtime,
                audience: Audience::Sites,
                open_frame: frames::site_stats(&sites, now),
            }]);
        }
        ctx.notify_later(SiteStatsDue, SITE_STATS_INTERVAL);
    }
}

impl Handler<SessionOpened> for Supervisor {
    type Result = ();

    fn handle(&mut self, opened: SessionOpened, _: &mut Self::Context) {
        if self.closing {
            opened.close.do_send(CloseSession {
                ending: Ending::ServerShutdown,
            });
        }
        self.count(opened.endpoint, 1);
        let session = OpenSession {
            endpoint: opened.endpoint,
            close: opened.close,
        };
        self.sessions.insert(opened.cid, session);
        if let Some(listening) = opened.listens {
            self.listen(opened.cid, opened.endpoint, listening);
        }
    }
}

impl Handler<SessionClosed> for Supervisor {
    type Result = ();

    fn handle(&mut self, closed: SessionClosed, _: &mut Self::Context) {
        self.listeners.remove(closed.cid);
        if let Some(session) = self.sessions.remove(&closed.cid) {
            self.count(session.endpoint, -1);
        }
    }
}

impl Handler<SetFilter> for Supervisor {
    type Result = ();

    fn handle(&mut self, set: SetFilter, _: &mut Self::Context) {
        self.listeners.set_filter(set.cid, set.filter);
        set.confirm.do_send(ConfirmFilter { echo: set.echo });
    }
}

impl Handler<ReadingsStored> for Supervisor {
    type Result = ();

    fn handle(&mut self, stored: ReadingsStored, ctx: &mut Self::Context) {
        self.watch.note(&stored.lots, ctx);
        stored.lots.into_iter().for_each(|lot| self.wall.apply(lot));
        self.publish(stored.publications);
    }
}

impl Handler<RememberLots> for Supervisor {
    type Result = ();

    fn handle(&mut self, remembered: RememberLots, _: &mut Self::Context) {
        remembered
            .lots
            .into_iter()
            .for_each(|lot| self.wall.apply(lot));
        self.snapshot = None;
    }
}

impl Handler<CloseAllSessions> for Supervisor {
    type Result = usize;

    fn handle(&mut self, _: CloseAllSessions, _: &mut Self::Context) -> usize {
        self.closing = true;
        let open: Vec<_> = self.sessions.keys().copied().collect();
        open.iter()
            .for_each(|cid| self.close(*cid, Ending::ServerShutdown));
        open.len()
    }
}

impl Handler<CountSessions> for Supervisor {
    type Result = MessageResult<CountSessions>;

    fn handle(&mut self, _: CountSessions, _: &mut Self::Context) -> Self::Result {
        MessageResult(Census {
            sessions: self.sessions.len(),
            listeners: self.listeners.connections(),
            topics: self.listeners.topics(),
        })
    }
}
