//! Feeds that should have been heard of: one deadline queue, one armed timer.

use super::Supervisor;
use crate::{
    domain::{feed_deadlines::FeedDeadlines, lot::LotId, wall::WallLot},
    messages::{app_to_supervisor::WatchFeeds, supervisor_to_writer::RaiseSilence},
};
use actix::{AsyncContext, Context, Handler, Message, Recipient};
use jiff::Timestamp;
use tokio::time::Instant;

/// The deadlines, and who is told of lots that fall silent.
#[derive(Default)]
pub(super) struct FeedTimer {
    deadlines: FeedDeadlines,
    raise: Option<Recipient<RaiseSilence>>,
    /// The deadline that the timer is set for.
    armed: Option<Instant>,
}

impl FeedTimer {
    pub fn note(&mut self, lots: &[&WallLot], ctx: &mut Context<Supervisor>) {
        let now = Instant::now();
        for lot in lots {
            match lot.finished || lot.is_history {
                true => self.deadlines.forget(lot.lot_id),
                false => self.deadlines.heard(lot.lot_id, lot.position, now),
            }
        }
        self.arm(ctx);
    }

    /// Nothing more is expected of these lots.
    pub fn forget(&mut self, lots: &[LotId]) {
        for lot_id in lots {
            self.deadlines.forget(*lot_id);
        }
    }

    /// A timer that is already set for an earlier deadline is left alone: it finds nothing due, and sets the next.
    fn arm(&mut self, ctx: &mut Context<Supervisor>) {
        let Some(deadline) = self.deadlines.next_deadline() else {
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
        if self.feed_timer.armed != Some(due.deadline) {
            return;
        }
        self.feed_timer.armed = None;
        let lots = self.feed_timer.deadlines.fallen_silent(Instant::now());
        if let Some(raise) = self.feed_timer.raise.as_ref().filter(|_| !lots.is_empty()) {
            raise.do_send(RaiseSilence { lots });
        }
        self.feed_timer.arm(ctx);
    }
}

impl Handler<WatchFeeds> for Supervisor {
    type Result = ();

    fn handle(&mut self, watch: WatchFeeds, ctx: &mut Self::Context) {
        let now = (Instant::now(), Timestamp::now());
        self.feed_timer.raise = Some(watch.raise);
        for feed in watch.feeds {
            self.feed_timer
                .deadlines
                .remember(feed.lot_id, feed.position, &feed.arrivals, now);
        }
        self.feed_timer.arm(ctx);
    }
}
