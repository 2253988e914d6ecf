//! Feeds that should have been heard of: one deadline queue, one armed timer.

use super::Supervisor;
use crate::{
    domain::{lot::LotId, silence::Vigil, wall::WallLot},
    messages::{app_to_supervisor::WatchFeeds, supervisor_to_writer::RaiseSilence},
};
use actix::{AsyncContext, Context, Handler, Message, Recipient};
use jiff::Timestamp;
use tokio::time::Instant;

/// The vigil, and who is told of lots that fall silent.
#[derive(Default)]
pub(super) struct Watch {
    vigil: Vigil,
    raise: Option<Recipient<RaiseSilence>>,
    /// The deadline that the timer is set for.
    armed: Option<Instant>,
}

impl Watch {
    pub fn note(&mut self, lots: &[&WallLot], ctx: &mut Context<Supervisor>) {
        let now = Instant::now();
        for lot in lots {
            match lot.finished || lot.is_history {
                true => self.vigil.forget(lot.lot_id),
                false => self.vigil.heard(lot.lot_id, lot.position, now),
            }
        }
        self.arm(ctx);
    }

    /// Nothing more is expected of these lots.
    pub fn forget(&mut self, lots: &[LotId]) {
        for lot_id in lots {
            self.vigil.forget(*lot_id);
        }
    }

    /// A timer that is already set for an earlier deadline is left alone: it finds nothing due, and sets the next.
    fn arm(&mut self, ctx: &mut Context<Supervisor>) {
        let Some(deadline) = self.vigil.next_deadline() else {
            return;
        };
        if self.armed.is_some_and(|armed| armed <= deadline) {
            return;
        }
        self.armed = Some(deadline);
        let wait = deadline.saturating_duration_since(Instant::now());
        ctx.notify_later(SilenceDue { deadline }, wait);
    }
}

/// It is time to look for lots that fell silent.
#[derive(Message)]
#[rtype(result = "()")]
struct SilenceDue {
    deadline: Instant,
}

impl Handler<SilenceDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, due: SilenceDue, ctx: &mut Self::Context) {
        // A timer that an earlier one has replaced.
        if self.watch.armed != Some(due.deadline) {
            return;
        }
        self.watch.armed = None;
        let lots = self.watch.vigil.fallen_silent(Instant::now());
        if let Some(raise) = self.watch.raise.as_ref().filter(|_| !lots.is_empty()) {
            raise.do_send(RaiseSilence { lots });
        }
        self.watch.arm(ctx);
    }
}

impl Handler<WatchFeeds> for Supervisor {
    type Result = ();

    fn handle(&mut self, watch: WatchFeeds, ctx: &mut Self::Context) {
        let now = (Instant::now(), Timestamp::now());
        self.watch.raise = Some(watch.raise);
        for feed in watch.feeds {
            self.watch
                .vigil
                .remember(feed.lot_id, feed.position, &feed.arrivals, now);
        }
        self.watch.arm(ctx);
    }
}
