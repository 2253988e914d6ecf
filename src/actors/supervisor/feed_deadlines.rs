//! The deadlines of feeds, with one timer for the earliest.

use super::Supervisor;
use crate::{
    domain::{feed_deadlines::FeedDeadlines, lot::LotId, wall::WallLot},
    messages::{app_to_supervisor::WatchFeeds, supervisor_to_writer::RaiseSilence},
};
use actix::{AsyncContext, Context, Handler, Message, Recipient};
use jiff::Timestamp;
use tokio::time::Instant;

/// The deadlines, and the recipient of silent lots.
#[derive(Default)]
pub(super) struct FeedTimer {
    deadlines: FeedDeadlines,
    raise: Option<Recipient<RaiseSilence>>,
    /// The deadline for which the timer is set.
    armed: Option<Instant>,
}

impl FeedTimer {
    pub fn note(&mut self, lots: &[&WallLot], at: Instant, ctx: &mut Context<Supervisor>) {
        for lot in lots {
            if lot.statut.has_ended() || lot.is_history {
                self.deadlines.forget(lot.lot_id);
            } else {
                self.deadlines.arrived(lot.lot_id, lot.position, at);
            }
        }
        self.arm(ctx);
    }

    /// Expects no more readings of these lots.
    pub fn forget(&mut self, lots: &[LotId]) {
        for lot_id in lots {
            self.deadlines.forget(*lot_id);
        }
    }

    /// Sets the timer unless it is set for an earlier deadline; a timer that fires too early sets the next.
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

/// Message to itself: check for silent lots.
#[derive(Message)]
#[rtype(result = "()")]
struct SilenceDue {
    deadline: Instant,
}

impl Handler<SilenceDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, due: SilenceDue, ctx: &mut Self::Context) {
        // This timer was replaced by one for an earlier deadline.
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
        let (now, time) = (Instant::now(), Timestamp::now());
        self.feed_timer.raise = Some(watch.raise);
        for feed in watch.feeds {
            self.feed_timer.deadlines.remember(
                feed.lot_id,
                feed.position,
                &feed.arrivals,
                now,
                time,
            );
        }
        self.feed_timer.arm(ctx);
    }
}
