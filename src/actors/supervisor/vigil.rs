//! Feeds that should have been heard of: one deadline queue, one armed timer.

use super::Supervisor;
use crate::{
    domain::{lot::LotId, silence::Vigil, wall::WallLot},
    messages::{
        announcer_to_supervisor::Announce, app_to_supervisor::WatchFeeds,
        supervisor_to_sentinel::LotsFellSilent,
    },
};
use actix::{AsyncContext, Context, Handler, Message, Recipient};
use jiff::Timestamp;
use std::time::Duration;

/// The vigil, and who is told of lots that fall silent.
#[derive(Default)]
pub(super) struct Watch {
    vigil: Vigil,
    sentinel: Option<Recipient<LotsFellSilent>>,
    /// The deadline that the timer is set for.
    armed: Option<Timestamp>,
}

impl Watch {
    pub fn note(&mut self, lots: &[&WallLot], ctx: &mut Context<Supervisor>) {
        for lot in lots {
            match lot.finished || lot.is_history {
                true => self.vigil.forget(lot.lot_id),
                false => self.vigil.heard(lot.lot_id, lot.position, lot.recu_le),
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
        let wait = deadline.duration_since(Timestamp::now());
        let wait = Duration::try_from(wait).unwrap_or_default();
        ctx.notify_later(SilenceDue { deadline }, wait);
    }
}

/// It is time to look for lots that fell silent.
#[derive(Message)]
#[rtype(result = "()")]
struct SilenceDue {
    deadline: Timestamp,
}

impl Handler<SilenceDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, due: SilenceDue, ctx: &mut Self::Context) {
        // A timer that an earlier one has replaced.
        if self.watch.armed != Some(due.deadline) {
            return;
        }
        self.watch.armed = None;
        let lots = self.watch.vigil.fallen_silent(Timestamp::now());
        if let Some(sentinel) = self.watch.sentinel.as_ref().filter(|_| !lots.is_empty()) {
            sentinel.do_send(LotsFellSilent { lots });
        }
        self.watch.arm(ctx);
    }
}

impl Handler<WatchFeeds> for Supervisor {
    type Result = ();

    fn handle(&mut self, watch: WatchFeeds, ctx: &mut Self::Context) {
        let now = Timestamp::now();
        self.watch.sentinel = Some(watch.sentinel);
        for feed in watch.feeds {
            self.watch
                .vigil
                .remember(feed.lot_id, feed.position, feed.arrivals, now);
        }
        self.watch.arm(ctx);
    }
}

impl Handler<Announce> for Supervisor {
    type Result = ();

    fn handle(&mut self, announce: Announce, _: &mut Self::Context) {
        self.publish(announce.publications);
    }
}
