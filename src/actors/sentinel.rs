//! Raises the alerts of silent feeds that the supervisor's deadlines call for.

use super::{announcement, deathwatch::Deathwatch};
use crate::{
    domain::{alert::AlertEvent, lot::LotId, reading::MealPosition, silence::SilentLot},
    messages::{announcer_to_supervisor::Announce, supervisor_to_sentinel::LotsFellSilent},
    store::{Pool, StoreError, alerts},
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, WrapFuture,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, time::Duration};

const RETRY: Duration = Duration::from_secs(2);

pub struct Sentinel {
    pool: Pool,
    announce: Recipient<Announce>,
    /// Lots to be looked at, with the meal at which each was last heard of.
    silent: BTreeMap<LotId, MealPosition>,
    /// A statement is in flight, or the next attempt is set for later.
    busy: bool,
    _deathwatch: Deathwatch,
}

impl Sentinel {
    pub fn new(pool: Pool, announce: Recipient<Announce>, deathwatch: Deathwatch) -> Self {
        Sentinel {
            pool,
            announce,
            silent: BTreeMap::new(),
            busy: false,
            _deathwatch: deathwatch,
        }
    }

    fn raise_next(&mut self, ctx: &mut Context<Self>) {
        if self.busy || self.silent.is_empty() {
            return;
        }
        self.busy = true;
        let lots: Vec<_> = std::mem::take(&mut self.silent).into_iter().collect();
        let raised = raise(self.pool.clone(), lots).into_actor(self);
        ctx.spawn(raised.map(|(lots, raised), sentinel, ctx| sentinel.settle(lots, raised, ctx)));
    }

    fn settle(
        &mut self,
        lots: Vec<(LotId, MealPosition)>,
        raised: Result<Vec<AlertEvent>, StoreError>,
        ctx: &mut Context<Self>,
    ) {
        match raised {
            Ok(events) => {
                self.announce.do_send(Announce {
                    publications: announcement::of_alerts(&events, Timestamp::now()),
                });
                self.busy = false;
                self.raise_next(ctx);
            }
            // The server stops; what is still silent is found again by the next.
            Err(_) if self.pool.is_closed() => {}
            Err(error) => {
                log::warn!("alerts of silent feeds wait: {error}");
                for (lot_id, position) in lots {
                    self.silent.entry(lot_id).or_insert(position);
                }
                ctx.notify_later(RetryDue, RETRY);
            }
        }
    }
}

async fn raise(
    pool: Pool,
    lots: Vec<(LotId, MealPosition)>,
) -> (
    Vec<(LotId, MealPosition)>,
    Result<Vec<AlertEvent>, StoreError>,
) {
    let raised = alerts::raise_silence(&pool, &lots, Timestamp::now()).await;
    (lots, raised)
}

/// It is time to try again.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl Actor for Sentinel {
    type Context = Context<Self>;
}

impl Handler<LotsFellSilent> for Sentinel {
    type Result = ();

    fn handle(&mut self, fell_silent: LotsFellSilent, ctx: &mut Self::Context) {
        for SilentLot {
            lot_id, position, ..
        } in fell_silent.lots
        {
            self.silent.insert(lot_id, position);
        }
        self.raise_next(ctx);
    }
}

impl Handler<RetryDue> for Sentinel {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.busy = false;
        self.raise_next(ctx);
    }
}
