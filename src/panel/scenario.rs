//! Scenarios: which simulators they start, and what becomes of the lot that they follow.

use super::Simulators;
use crate::{
    domain::panel::{
        NotDone, Simulator,
        scenario::{Progress, Scenario, Step},
    },
    messages::http_to_simulators::{StartScenario, StartSimulator},
    store,
};
use actix::{AsyncContext, Context, Handler, ResponseActFuture, WrapFuture};
use jiff::Timestamp;

impl Handler<StartScenario> for Simulators {
    type Result = ResponseActFuture<Self, Result<(), NotDone>>;

    fn handle(&mut self, start: StartScenario, ctx: &mut Self::Context) -> Self::Result {
        let StartScenario {
            scenario,
            acceleration,
            par,
        } = start;
        let is_busy = |simulator: &Simulator| !self.slots[*simulator as usize].is_free();
        if let Some(busy) = Progress::SIMULATORS.into_iter().find(is_busy) {
            return Box::pin(actix::fut::ready(Err(NotDone::Running(busy))));
        }
        self.shared.progress.replace(Some(Progress::new(scenario)));
        let me = ctx.address();
        let started = async move {
            for run in scenario.runs(acceleration) {
                let par = format!("{par} ({scenario})");
                let started = me.send(StartSimulator { run, par }).await;
                started.unwrap_or(Err(NotDone::Stopping))?;
            }
            Ok(())
        };
        Box::pin(started.into_actor(self))
    }
}

impl Simulators {
    /// What became of the lot of a scenario after its control is no simulator's affair: the database knows it.
    pub(super) fn look_further(&mut self, ctx: &mut Context<Self>) {
        let progress = self.shared.progress.borrow();
        let Some(lot) = progress
            .as_ref()
            .and_then(|one| one.watched(Timestamp::now()))
        else {
            return;
        };
        let (pool, lot) = (self.surroundings.pool.clone(), lot.to_owned());
        let progress = self.shared.progress.clone();
        let look = async move {
            // Without an answer it is asked again.
            let Ok(became) = store::panel::what_became(&pool, &lot).await else {
                return;
            };
            let mut progress = progress.borrow_mut();
            let Some(progress) = progress.as_mut() else {
                return;
            };
            for (step, is_made) in [
                (Step::Labelled, became.labelled),
                (Step::Rated, became.rated),
                (Step::Advised, became.advised),
                (Step::Accepted, became.accepted),
            ] {
                if is_made {
                    progress.note(step, &lot, Timestamp::now());
                }
            }
        };
        ctx.spawn(look.into_actor(self));
    }

    /// When all livers are graded, the stations end; those of a loop are rated then.
    pub(super) fn go_on_with_the_scenario(&mut self, ctx: &mut Context<Self>) {
        let progress = self.shared.progress.borrow();
        let is_graded = progress.as_ref().is_some_and(Progress::is_graded);
        let rating = progress.as_ref().and_then(Progress::rating);
        drop(progress);
        if is_graded
            && self.stop(Simulator::Monitor).is_ok()
            && let Some(run) = rating
        {
            let par = format!("{}", Scenario::Loop);
            // While they rate already, a second start is refused and nothing else.
            ctx.notify(StartSimulator { run, par });
        }
    }
}
