//! `/ws/realtime/` and `/ws/gaveur/{id}`: frames out.

use super::{Endpoint, Listening, Session};
use crate::{
    domain::{audience::Filter, stream::Topic},
    messages::{
        session_to_supervisor::SetFilter,
        supervisor_to_session::{ConfirmFilter, Deliver, ShowSnapshot},
    },
    protocol::{filters, frames},
    websocket::{Ending, Limits, Refused},
};
use actix::{AsyncContext, Context, Handler, Message};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A screen that listens to one topic.
pub struct Screen {
    topic: Topic,
    limits: Limits,
}

impl Screen {
    pub fn new(topic: Topic, limits: Limits) -> Self {
        Screen { topic, limits }
    }
}

/// What a screen may say; anything else is ignored.
#[derive(Deserialize)]
struct FromScreen {
    r#type: String,
    #[serde(default)]
    filters: Option<Box<RawValue>>,
}

impl Endpoint for Screen {
    fn name(&self) -> &'static str {
        self.topic.label()
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) -> Option<Listening> {
        let topic = session.endpoint.topic;
        // Whoever listens to notifications shows every frame to its user.
        if topic != Topic::Notifications {
            ctx.notify_later(PingDue, session.peers.settings.screen_ping_after);
        }
        Some(Listening {
            topic,
            deliver: ctx.address().recipient(),
            snapshot: (topic == Topic::Realtime).then(|| ctx.address().recipient()),
        })
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        if session.endpoint.topic == Topic::Notifications {
            return;
        }
        let Ok(message) = serde_json::from_str::<FromScreen>(&text) else {
            return;
        };
        match message.r#type.as_str() {
            "heartbeat" => session.show([frames::heartbeat_ack(Timestamp::now())], ctx),
            "subscribe" => session.set_filter(message.filters.unwrap_or_else(null), ctx),
            "unsubscribe" => session.unset_filter(ctx),
            _ => {}
        }
    }
}

impl Session<Screen> {
    fn set_filter(&self, echo: Box<RawValue>, ctx: &mut Context<Self>) {
        // What cannot be read whole, such as half a surrogate pair, could not be read by the screen in the echo either.
        let Ok(value) = serde_json::from_str(echo.get()) else {
            return;
        };
        self.ask_for(filters::parse(&value), Some(echo), ctx);
    }

    fn unset_filter(&self, ctx: &mut Context<Self>) {
        self.ask_for(Filter::default(), None, ctx);
    }

    fn ask_for(&self, filter: Filter, echo: Option<Box<RawValue>>, ctx: &mut Context<Self>) {
        let confirm = ctx.address().recipient();
        self.peers.set_filter.do_send(SetFilter {
            cid: self.cid,
            filter,
            echo,
            confirm,
        });
    }

    /// Queues JSON texts for the screen.
    fn show(&mut self, texts: impl IntoIterator<Item = Bytes>, ctx: &mut Context<Self>) {
        self.queue(
            texts
                .into_iter()
                .map(|json| crate::websocket::encoder::text(&json)),
            ctx,
        );
    }

    /// Queues encoded frames. A screen whose queue is full would have a hole in its stream: it is cut, and comes back.
    fn queue(&mut self, frames: impl IntoIterator<Item = Bytes>, ctx: &mut Context<Self>) {
        let mut refused = 0;
        for frame in frames {
            refused += u64::from(self.outbox.try_send(frame) == Err(Refused::Full));
        }
        if refused > 0 {
            self.peers.metrics.dropped("slow_consumer", refused);
            self.end(Ending::SlowConsumer, ctx);
        }
    }
}

/// `null`, the filters of a `subscribe` that names none.
fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// It may be time for an application-level ping.
#[derive(Message)]
#[rtype(result = "()")]
struct PingDue;

impl Handler<PingDue> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, _: PingDue, ctx: &mut Self::Context) {
        let after = self.peers.settings.screen_ping_after;
        let silent = self.last_message.elapsed();
        if silent < after {
            ctx.notify_later(PingDue, after - silent);
            return;
        }
        self.show([frames::ping(Timestamp::now())], ctx);
        ctx.notify_later(PingDue, after);
    }
}

impl Handler<ShowSnapshot> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, snapshot: ShowSnapshot, ctx: &mut Self::Context) {
        let message = "Connecté au temps réel";
        let welcome = frames::connection_established(
            message,
            Some(snapshot.active_connections),
            Timestamp::now(),
        );
        self.show([welcome], ctx);
        self.queue(snapshot.frames.iter().cloned(), ctx);
    }
}

impl Handler<Deliver> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, delivery: Deliver, ctx: &mut Self::Context) {
        self.queue(delivery.frames.iter().cloned(), ctx);
    }
}

impl Handler<ConfirmFilter> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, confirmed: ConfirmFilter, ctx: &mut Self::Context) {
        let now = Timestamp::now();
        let ack = match &confirmed.echo {
            Some(filters) => frames::subscribe_ack(filters, now),
            None => frames::unsubscribe_ack(now),
        };
        self.show([ack], ctx);
    }
}
