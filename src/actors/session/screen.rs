//! `/ws/realtime/`, `/ws/gaveur/{id}` and `/ws/notifications/`: sends frames to screens.

use super::{Endpoint, Listening, Session, delivery::Wait};
use crate::{
    domain::{
        access,
        audience::Filter,
        backlog::{Backlog, BacklogBounds, Policy},
        scope::Scope,
        stream::Topic,
        wall::MOST_LOTS,
    },
    messages::{
        session_to_supervisor::{Resume, SetFilter},
        supervisor_to_session::{BeginStream, ConfirmFilter, Resumed},
    },
    protocol::{
        filters,
        frames::{At, ClientFrame, ServerFrame},
    },
    websocket::{Limits, encoder},
};
use actix::{AsyncContext, Context, Handler, Message};
use serde_json::value::RawValue;

/// Limits of the backlog behind a full queue. The bytes are those of the screen's own frames, without the snapshot.
const BACKLOG: BacklogBounds = BacklogBounds {
    frames: 4_096,
    own_bytes: 256 * 1024,
};
/// On `/ws/realtime/`, where it holds the newest frame of each lot, those of a whole wall may wait besides.
const WALL_BACKLOG: BacklogBounds = BacklogBounds {
    frames: BACKLOG.frames + MOST_LOTS,
    ..BACKLOG
};

/// A screen that is subscribed to one topic.
pub struct Screen {
    topic: Topic,
    scope: Scope,
    limits: Limits,
    resume: Option<Resume>,
    /// The position that the tab came with. It may be ahead of what this process has published.
    pub(super) known: u64,
    pub(super) backlog: Backlog,
    pub(super) wait: Option<Wait>,
    /// Number of waits so far, which identifies the current one.
    pub(super) waits: u64,
}

impl Screen {
    /// `resume` is set if the tab asks to resume.
    pub fn new(topic: Topic, scope: Scope, limits: Limits, resume: Option<Resume>) -> Self {
        let (policy, bounds) = match topic {
            Topic::Realtime => (Policy::Newest, WALL_BACKLOG),
            Topic::Gaveur(_) | Topic::Notifications => (Policy::Exact, BACKLOG),
        };
        Screen {
            topic,
            scope,
            limits,
            resume,
            known: 0,
            backlog: Backlog::new(policy, bounds),
            wait: None,
            waits: 0,
        }
    }
}

impl Endpoint for Screen {
    fn name(&self) -> &'static str {
        self.topic.label()
    }

    fn policy(&self) -> access::Policy {
        match self.topic {
            Topic::Realtime => access::Policy::Wall,
            Topic::Gaveur(_) => access::Policy::Gaveur,
            Topic::Notifications => access::Policy::Alerts,
        }
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) -> Option<Listening> {
        // Clients of notifications show every frame to their user, so they get no pings.
        if session.endpoint.topic != Topic::Notifications {
            ctx.notify_later(PingDue, session.links.settings.screen_ping_after);
            // Older screens have no tab: they see the protocol that they know.
            if session.who.tab.is_some() {
                ctx.notify_later(BeatDue, session.links.settings.screen_beat);
            }
        }
        Some(Listening {
            topic: session.endpoint.topic,
            scope: session.endpoint.scope.clone(),
            resume: session.endpoint.resume.take(),
            begin: ctx.address().recipient(),
            deliver: ctx.address().recipient(),
            show: ctx.address().recipient(),
        })
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        let frame = ClientFrame::read(&text);
        if let Some(ClientFrame::Auth { token }) = frame {
            return session.authenticate(token, ctx);
        }
        if session.endpoint.topic == Topic::Notifications {
            return;
        }
        let timestamp = At::now();
        match frame {
            Some(ClientFrame::Heartbeat) => {
                session.queue(&ServerFrame::HeartbeatAck { timestamp }, ctx);
            }
            Some(ClientFrame::Subscribe { filters }) => session.set_filter(filters, ctx),
            Some(ClientFrame::Unsubscribe) => session.unset_filter(ctx),
            Some(ClientFrame::Auth { .. }) | None => {}
        }
    }
}

impl Session<Screen> {
    fn set_filter(&self, echo: Box<RawValue>, ctx: &mut Context<Self>) {
        // Other filters get no answer: it would repeat them, and the screen could not parse it.
        if let Some(filter) = filters::parse(echo.get()) {
            self.request_filter(filter, Some(echo), ctx);
        }
    }

    fn unset_filter(&self, ctx: &mut Context<Self>) {
        self.request_filter(Filter::default(), None, ctx);
    }

    fn request_filter(&self, filter: Filter, echo: Option<Box<RawValue>>, ctx: &mut Context<Self>) {
        // Handles one filter at a time: nothing more is read until it is confirmed.
        self.inbound.close();
        let confirm = ctx.address().recipient();
        self.links.set_filter.do_send(SetFilter {
            cid: self.cid,
            filter,
            echo,
            confirm,
        });
    }

    /// Queues a frame for this screen.
    pub(super) fn queue(&mut self, frame: &ServerFrame<'_>, ctx: &mut Context<Self>) {
        self.queue_encoded(encoder::text(&frame.encode()), ctx);
    }

    fn queue_resumed(&mut self, resumed: Resumed, ctx: &mut Context<Self>) {
        let known = resumed.outcome.as_ref().map_or(0, |replay| replay.after);
        let (epoch, to) = (resumed.epoch.as_str(), resumed.last_seq.max(known));
        let timestamp = At::now();
        let (frame, missed) = match resumed.outcome {
            Ok(replay) => (
                ServerFrame::Resume {
                    recovered: true,
                    epoch,
                    from: replay.after + 1,
                    to,
                    replayed: replay.missed.len(),
                    reason: None,
                    missed_since: None,
                    timestamp,
                },
                replay.missed,
            ),
            Err(refusal) => (
                ServerFrame::Resume {
                    recovered: false,
                    epoch,
                    from: to + 1,
                    to,
                    replayed: 0,
                    reason: Some(refusal.reason.as_str()),
                    missed_since: refusal.missed_since.map(At),
                    timestamp,
                },
                Vec::new(),
            ),
        };
        self.queue(&frame, ctx);
        self.endpoint.known = known;
        self.replay(missed, ctx);
    }
}

/// Message to itself: send an application-level ping if the screen has been silent.
#[derive(Message)]
#[rtype(result = "()")]
struct PingDue;

impl Handler<PingDue> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, _: PingDue, ctx: &mut Self::Context) {
        let after = self.links.settings.screen_ping_after;
        let silent = self.last_message.elapsed();
        if silent < after {
            ctx.notify_later(PingDue, after - silent);
            return;
        }
        self.queue(
            &ServerFrame::Ping {
                timestamp: At::now(),
            },
            ctx,
        );
        ctx.notify_later(PingDue, after);
    }
}

/// Message to itself: send a sign of life.
#[derive(Message)]
#[rtype(result = "()")]
struct BeatDue;

impl Handler<BeatDue> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, _: BeatDue, ctx: &mut Self::Context) {
        let every = self.links.settings.screen_beat;
        // Where frames wait already, they are the sign of life.
        let _ = self.send(&ServerFrame::Beat {
            timestamp: At::now(),
            every_ms: u64::try_from(every.as_millis()).unwrap_or(u64::MAX),
        });
        ctx.notify_later(BeatDue, every);
    }
}

impl Handler<BeginStream> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, begin: BeginStream, ctx: &mut Self::Context) {
        if let Some(resumed) = begin.resumed {
            self.queue_resumed(resumed, ctx);
        }
        if self.endpoint.topic == Topic::Realtime {
            let welcome = ServerFrame::ConnectionEstablished {
                timestamp: At::now(),
                message: "Connecté au temps réel",
                active_connections: Some(begin.active_connections),
            };
            self.queue(&welcome, ctx);
        }
        self.queue_snapshot(&begin.snapshot, ctx);
        if let Some(frame) = begin.staleness {
            self.queue_encoded(frame, ctx);
        }
    }
}

impl Handler<ConfirmFilter> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, confirmed: ConfirmFilter, ctx: &mut Self::Context) {
        self.inbound.open();
        let timestamp = At::now();
        let ack = match &confirmed.echo {
            Some(filters) => ServerFrame::SubscribeAck { timestamp, filters },
            None => ServerFrame::UnsubscribeAck { timestamp },
        };
        self.queue(&ack, ctx);
    }
}
