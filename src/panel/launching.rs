//! How a simulator begins, runs and ends.

use super::{
    Simulators, consumer, gavage,
    preparing::Prepared,
    slot::{LastRun, Running, Task},
    sqal,
    teller::Teller,
};
use crate::domain::panel::{LONGEST_RUN, NotDone, Run, Simulator, fault::Faults};
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use futures_util::future::LocalBoxFuture;
use jiff::{Timestamp, tz::TimeZone};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    sync::{oneshot, watch},
    task::JoinError,
    time::{Instant, sleep},
};

/// What a simulator starts with.
pub(super) struct Launch {
    pub prepared: Prepared,
    pub server: SocketAddr,
    pub teller: Teller,
    pub stopped: watch::Receiver<bool>,
    pub faults: watch::Receiver<Faults>,
    pub zone: TimeZone,
}

impl Simulators {
    pub(super) fn launch(&mut self, run: Run, prepared: Prepared, ctx: &mut Context<Self>) {
        let teller = Teller::new(run.simulator(), self.shared.clone());
        let (stop, stopped) = watch::channel(false);
        let launch = Launch {
            prepared,
            server: self.surroundings.server,
            teller: teller.clone(),
            stopped,
            faults: self.faults.watch(),
            zone: self.surroundings.zone.clone(),
        };
        let work = match run.clone() {
            Run::Gavage(run) => gavage::feed(run, launch),
            Run::Monitor(run) => sqal::monitor(run, launch),
            Run::Sqal(run) => sqal::inspect(run, launch),
            Run::Consumer(run) => consumer::rate(run, launch),
        };
        self.watch(run, teller, stop, work, ctx);
    }

    /// Runs the work of a simulator as a task of its own, so that its panic is only its own end.
    pub(super) fn watch(
        &mut self,
        run: Run,
        teller: Teller,
        stop: watch::Sender<bool>,
        work: LocalBoxFuture<'static, ()>,
        ctx: &mut Context<Self>,
    ) {
        let simulator = run.simulator();
        let slot = &mut self.slots[simulator as usize];
        slot.failed = false;
        slot.last = Some(LastRun {
            run,
            started_at: Timestamp::now(),
            lasted: Duration::ZERO,
            teller,
        });
        let out_of_time = stop.clone();
        slot.task = Task::Running(Running {
            stop,
            since: Instant::now(),
            waiting: Vec::new(),
        });
        let task = actix::spawn(async move {
            let mut work = work;
            tokio::select! {
                () = &mut work => return,
                () = sleep(LONGEST_RUN) => {
                    // Ignores the error: the simulator has just ended.
                    let _ = out_of_time.send(true);
                }
            }
            work.await;
        });
        let ended = task.into_actor(self);
        ctx.spawn(ended.map(move |end, act, _| act.ended(simulator, end)));
        self.tell();
    }

    fn ended(&mut self, simulator: Simulator, end: Result<(), JoinError>) {
        let slot = &mut self.slots[simulator as usize];
        let Task::Running(running) = std::mem::take(&mut slot.task) else {
            return;
        };
        if let Some(last) = &mut slot.last {
            last.lasted = running.since.elapsed();
            if let Err(error) = end {
                slot.failed = true;
                last.teller.fail(panic_of(error));
            }
        }
        for waiting in running.waiting {
            // Ignores the error: nobody waits any more.
            let _ = waiting.send(());
        }
        if simulator == Simulator::Gavage {
            self.shared.fed.borrow_mut().clear();
        }
        self.end_faults_of(simulator);
        self.tell();
    }

    /// Asks a simulator to stop; the future resolves when it has.
    pub(super) fn stop(
        &mut self,
        simulator: Simulator,
    ) -> Result<impl Future<Output = ()> + use<>, NotDone> {
        let Task::Running(running) = &mut self.slots[simulator as usize].task else {
            return Err(NotDone::NotRunning(simulator));
        };
        // Ignores the error: it is just ending.
        let _ = running.stop.send(true);
        let (end, ended) = oneshot::channel();
        running.waiting.push(end);
        Ok(async {
            let _ = ended.await;
        })
    }
}

fn panic_of(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "it was aborted".to_owned();
    };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it panicked without a word".to_owned())
}
