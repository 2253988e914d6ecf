//! The sockets of the control panel: they show frames and take no messages. Whoever reads slowly gets the next frame when he has read the
//! last one; what came in between is the affair of the stream.

use super::{Endpoint, Listening, Session};
use crate::{
    domain::access::Policy,
    websocket::{Capacity, Ending, Limits, encoder},
};
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use bytes::Bytes;
use futures_util::{StreamExt, stream::LocalBoxStream};

/// One frame waits at most, so that the next one is the newest.
pub const ONE_FRAME: Capacity = Capacity {
    frames: 1,
    bytes: 64 * 1_024,
};

/// Shows the frames of one stream.
pub struct Viewer {
    name: &'static str,
    limits: Limits,
    /// The texts of frames; `None` while the next one is awaited.
    frames: Option<LocalBoxStream<'static, Bytes>>,
}

impl Viewer {
    pub fn new(name: &'static str, limits: Limits, frames: LocalBoxStream<'static, Bytes>) -> Self {
        Viewer {
            name,
            limits,
            frames: Some(frames),
        }
    }
}

impl Endpoint for Viewer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn policy(&self) -> Policy {
        Policy::Operate
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn open(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) -> Option<Listening> {
        session.await_frame(ctx);
        None
    }

    fn text(_: &mut Session<Self>, _: String, _: &mut Context<Session<Self>>) {}
}

impl Session<Viewer> {
    fn await_frame(&mut self, ctx: &mut Context<Self>) {
        let Some(mut frames) = self.endpoint.frames.take() else {
            return;
        };
        let room = self.outbox.room();
        let next = async move {
            room.await;
            (frames.next().await, frames)
        };
        let shown = next
            .into_actor(self)
            .map(|(frame, frames), session, ctx| match frame {
                Some(frame) => {
                    // Ignores the error: there is room, and a closed connection needs no frame.
                    let _ = session.outbox.try_send(encoder::text(&frame));
                    session.endpoint.frames = Some(frames);
                    session.await_frame(ctx);
                }
                None => session.end(Ending::ServerShutdown, ctx),
            });
        ctx.spawn(shown);
    }
}
