//! Keeps the registry of connected users in the database, outside the supervisor, and warns of other servers that use it. One write is in
//! flight; requests that arrive meanwhile are collected, and of each user only the latest is written. A batch that the database refuses is halved
//! until the bad request is alone, which is dropped. In a cluster it also writes into the journal who arrives and leaves ([`sharing`]).

mod others;
mod sharing;
mod statements;

use super::deathwatch::Deathwatch;
use crate::{
    domain::{identity::UserId, reasons::DropReason, users::Generation},
    messages::{
        app_to_registrar::ClearRegistry,
        registrar_to_supervisor::UserCleared,
        supervisor_to_registrar::{ClearUser, PlaceStep, RegisterUser},
    },
    store::{StoreError, registry::RegistryStore},
    telemetry::metrics::Metrics,
};
use actix::{
    Actor, ActorContext as _, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient,
    ResponseActFuture, WrapFuture,
};
use sharing::{BEAT, Sharing, Sightings, Unplaced};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

/// Maximum number of users per write.
const BATCH: usize = 5_000;
/// Wait after a failed write.
const RETRY: Duration = Duration::from_secs(2);
/// Maximum number of users waiting for their write; a further one is dropped, and its row is left to the next process's sweep.
const MOST_WAITING: usize = 20_000;
/// How often rows of dead processes are deleted, and other servers are looked for. The database may notice the death of a process some time
/// after the next one has started.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

pub struct Registrar {
    /// `None` while a write is in flight.
    store: Option<RegistryStore>,
    requests: BTreeMap<UserId, Request>,
    /// Where the other servers of this database listen, by their numbers.
    others: BTreeMap<i32, String>,
    sweep_wanted: bool,
    retry_pending: bool,
    /// Number of users in the next write; reduced after a refusal.
    batch: usize,
    /// `None` unless the process is one of a cluster.
    sharing: Option<Sharing>,
    /// True while a timer for the next write runs.
    is_pacing: bool,
    /// Waits until the rows of this process are deleted.
    ending: Option<oneshot::Sender<()>>,
    metrics: Metrics,
    _deathwatch: Deathwatch,
}

/// The state of a user to write to the registry.
struct Request {
    generation: Generation,
    here: bool,
    cleared: Option<Recipient<UserCleared>>,
}

type Batch = Vec<(UserId, Request)>;

/// A write that has ended.
struct Written {
    batch: Batch,
    outcome: Result<(), StoreError>,
    /// Not known to be written.
    unplaced: Option<Unplaced>,
    sightings: Option<Sightings>,
}

impl Registrar {
    pub fn new(store: RegistryStore, metrics: Metrics, deathwatch: Deathwatch) -> Self {
        Registrar {
            sharing: store.is_shared().then(|| Sharing::new(store.process())),
            is_pacing: false,
            store: Some(store),
            requests: BTreeMap::new(),
            others: BTreeMap::new(),
            sweep_wanted: false,
            retry_pending: false,
            batch: BATCH,
            ending: None,
            metrics,
            _deathwatch: deathwatch,
        }
    }
}

impl Actor for Registrar {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify(SweepDue);
    }
}

impl Handler<RegisterUser> for Registrar {
    type Result = ();

    fn handle(&mut self, register: RegisterUser, ctx: &mut Self::Context) {
        let request = Request {
            generation: register.generation,
            here: true,
            cleared: None,
        };
        self.queue(register.user, request, ctx);
    }
}

impl Handler<ClearUser> for Registrar {
    type Result = ();

    fn handle(&mut self, clear: ClearUser, ctx: &mut Self::Context) {
        let request = Request {
            generation: clear.generation,
            here: false,
            cleared: clear.cleared,
        };
        self.queue(clear.user, request, ctx);
    }
}

impl Handler<PlaceStep> for Registrar {
    type Result = ();

    fn handle(&mut self, PlaceStep(step): PlaceStep, ctx: &mut Self::Context) {
        let Some(sharing) = &mut self.sharing else {
            return;
        };
        let dropped = sharing.queue(step);
        self.metrics.dropped(DropReason::RegistryFull, dropped);
        self.write_next(ctx);
    }
}

impl Handler<ClearRegistry> for Registrar {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, clear: ClearRegistry, ctx: &mut Self::Context) -> Self::Result {
        let (ended, end) = oneshot::channel();
        self.ending = Some(ended);
        self.write_next(ctx);
        let end = timeout(clear.within, end).into_actor(self);
        Box::pin(end.map(|_, _, ctx| ctx.stop()))
    }
}

/// Message to itself: delete rows of dead processes, and look for other servers.
#[derive(Message)]
#[rtype(result = "()")]
struct SweepDue;

impl Handler<SweepDue> for Registrar {
    type Result = ();

    fn handle(&mut self, _: SweepDue, ctx: &mut Self::Context) {
        self.sweep_wanted = true;
        self.write_next(ctx);
        let interval = self.sharing.as_ref().map_or(SWEEP_INTERVAL, |_| BEAT);
        ctx.notify_later(SweepDue, interval);
    }
}

/// Message to itself: retry a failed write.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl Handler<RetryDue> for Registrar {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.retry_pending = false;
        self.write_next(ctx);
    }
}

/// Message to itself: write what was collected.
#[derive(Message)]
#[rtype(result = "()")]
struct WriteDue;

impl Handler<WriteDue> for Registrar {
    type Result = ();

    fn handle(&mut self, _: WriteDue, ctx: &mut Self::Context) {
        self.is_pacing = false;
        self.write_next(ctx);
    }
}

impl Registrar {
    fn queue(&mut self, user: UserId, request: Request, ctx: &mut Context<Self>) {
        match self.requests.insert(user.clone(), request) {
            // The replaced request needs no clean-up any more: the newer one decides.
            Some(mut overtaken) => overtaken.answer(&user, None),
            None => self.make_room(&user),
        }
        self.write_next(ctx);
    }

    /// Drops the newest request if too many wait.
    fn make_room(&mut self, newest: &UserId) {
        if self.requests.len() > MOST_WAITING
            && let Some((user, mut request)) = self.requests.remove_entry(newest)
        {
            self.metrics.dropped(DropReason::RegistryFull, 1);
            request.answer(&user, Some("too many users wait for the registry"));
        }
    }

    fn write_next(&mut self, ctx: &mut Context<Self>) {
        let has_more = self.has_steps() || !self.requests.is_empty();
        let is_idle = !has_more && self.ending.is_none() && !self.sweep_wanted;
        if self.retry_pending && self.ending.is_none() || is_idle {
            return;
        }
        let waits = self.waits_for_more(ctx);
        if waits && !self.sweep_wanted {
            return;
        }
        let Some(mut store) = self.store.take() else {
            return;
        };
        let (mut batch, mut unplaced) = (Batch::new(), None);
        if !waits {
            batch = self.next_batch();
            unplaced = self.sharing.as_mut().and_then(Sharing::next);
        }
        let sweep = std::mem::take(&mut self.sweep_wanted);
        let sightings = self.sharing.as_mut().map(Sharing::sightings);
        // Requests that are written after the end would leave rows.
        let is_last = self.requests.is_empty() && !self.has_steps();
        let ending = self.ending.take_if(|_| is_last);
        let work = async move {
            let outcome = statements::write(&mut store, &batch).await;
            let placed = statements::place(&mut store, unplaced.as_ref()).await;
            let (mut others, mut sightings) = (None, sightings);
            if sweep {
                match &mut sightings {
                    Some(sightings) => sharing::sweep(&mut store, sightings).await,
                    None => statements::sweep_dead(&mut store).await,
                }
                others = statements::others_of(&mut store).await;
            }
            if let Some(ended) = ending {
                statements::clear_own(&mut store).await;
                // Ignores the error: the requester may no longer wait.
                let _ = ended.send(());
            }
            let written = Written {
                batch,
                outcome,
                unplaced: unplaced.filter(|_| placed.is_err()),
                sightings,
            };
            (store, written, placed, others)
        };
        let work = work.into_actor(self);
        ctx.spawn(
            work.map(|(store, written, placed, others), registrar, ctx| {
                registrar.store = Some(store);
                if let Some(others) = others {
                    registrar.note_others(others);
                }
                if let Some(sharing) = &mut registrar.sharing {
                    sharing.settle(written.unplaced, written.sightings);
                }
                registrar.settle(written.batch, written.outcome, ctx);
                if let Err(error) = placed {
                    registrar.try_later(&error, ctx);
                }
                registrar.write_next(ctx);
            }),
        );
    }

    fn has_steps(&self) -> bool {
        self.sharing.as_ref().is_some_and(Sharing::has_steps)
    }

    /// In a cluster a crowd is written in full batches, or after a pause.
    fn waits_for_more(&mut self, ctx: &mut Context<Self>) -> bool {
        let is_urgent = self.ending.is_some() || self.requests.len() >= BATCH;
        let sharing = self.sharing.as_ref().filter(|_| !is_urgent);
        let Some(pause) = sharing.and_then(|sharing| sharing.pause(Instant::now())) else {
            return false;
        };
        if !self.is_pacing {
            self.is_pacing = true;
            ctx.notify_later(WriteDue, pause);
        }
        true
    }

    fn next_batch(&mut self) -> Batch {
        let mut batch = Batch::new();
        while batch.len() < self.batch
            && let Some(request) = self.requests.pop_first()
        {
            batch.push(request);
        }
        batch
    }

    fn settle(&mut self, batch: Batch, outcome: Result<(), StoreError>, ctx: &mut Context<Self>) {
        match outcome {
            Ok(()) => {
                self.batch = (self.batch * 2).min(BATCH);
                for (user, mut request) in batch {
                    request.answer(&user, None);
                }
            }
            Err(error) if error.is_about_the_data() => self.settle_refused(batch, &error),
            Err(error) => self.settle_later(batch, &error, ctx),
        }
    }

    /// Halves the batch, so that the bad request does not keep the others from being written.
    fn settle_refused(&mut self, batch: Batch, error: &StoreError) {
        self.batch = (batch.len() / 2).max(1);
        let is_alone = batch.len() == 1;
        for (user, mut request) in batch {
            if is_alone {
                log::error!("the registry refuses uid={user}, who is not registered: {error}");
                self.metrics.dropped(DropReason::RegistryRefused, 1);
                request.answer(&user, Some(&error.to_string()));
            } else {
                self.queue_again(user, request);
            }
        }
    }

    fn settle_later(&mut self, batch: Batch, error: &StoreError, ctx: &mut Context<Self>) {
        self.try_later(error, ctx);
        let error = error.to_string();
        for (user, mut request) in batch {
            request.answer(&user, Some(&error));
            self.queue_again(user, request);
        }
    }

    fn try_later(&mut self, error: &StoreError, ctx: &mut Context<Self>) {
        if self.retry_pending {
            return;
        }
        let retry = self.sharing.as_ref().map_or(RETRY, |_| BEAT / 2);
        log::warn!(
            "the registry of connected users cannot be written, next attempt in {retry:?}: {error}"
        );
        self.retry_pending = true;
        ctx.notify_later(RetryDue, retry);
    }

    /// Queues a request again, unless a newer one of the user has arrived.
    fn queue_again(&mut self, user: UserId, mut request: Request) {
        if self.requests.contains_key(&user) {
            return request.answer(&user, None);
        }
        self.requests.insert(user.clone(), request);
        self.make_room(&user);
    }
}

impl Request {
    /// Answers the requester, once.
    fn answer(&mut self, user: &UserId, error: Option<&str>) {
        if let Some(cleared) = self.cleared.take() {
            cleared.do_send(UserCleared {
                user: user.clone(),
                generation: self.generation,
                error: error.map(str::to_owned),
            });
        }
    }
}
