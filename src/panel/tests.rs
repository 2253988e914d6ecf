use super::{teller::Teller, *};
use crate::{
    domain::panel::{GavageRun, LONGEST_RUN, Run},
    store::pool::{self, PoolSettings},
};
use futures_util::{FutureExt, future::BoxFuture};

fn simulators() -> Simulators {
    let nowhere = PoolSettings::new("postgres://127.0.0.1:1/nowhere");
    Simulators::new(Surroundings {
        server: "127.0.0.1:1".parse().unwrap(),
        pool: pool::build(&nowhere).unwrap(),
        beside_real_data: true,
        asks_for_keys: false,
        zone: TimeZone::UTC,
        pause: None,
    })
}

fn run() -> Run {
    Run::Gavage(GavageRun {
        lots: 1,
        acceleration: 1,
        forever: true,
        strays: false,
        seed: None,
    })
}

/// A simulator that works as told, whatever it simulates.
#[derive(actix::Message)]
#[rtype(result = "()")]
struct Work(BoxFuture<'static, ()>, watch::Sender<bool>);

impl Handler<Work> for Simulators {
    type Result = ();

    fn handle(&mut self, Work(work, stop): Work, ctx: &mut Self::Context) {
        let teller = Teller::new(Simulator::Gavage, self.shared.clone());
        self.watch(run(), teller, stop, work.boxed_local(), ctx);
    }
}

async fn until_it_says(
    report: &mut watch::Receiver<Arc<Report>>,
    condition: Condition,
) -> SimulatorReport {
    let is_so = |report: &Arc<Report>| report.of(Simulator::Gavage).condition == condition;
    let report = report.wait_for(is_so).await.unwrap();
    report.of(Simulator::Gavage).clone()
}

#[actix::test]
async fn a_simulator_that_panics_ends_in_error_and_says_why_and_can_be_started_again() {
    let actor = simulators();
    let mut report = actor.report();
    let actor = actor.start();
    let (stop, _) = watch::channel(false);
    let panics = async { panic!("the ducks are gone") }.boxed();
    actor.send(Work(panics, stop)).await.unwrap();
    let failed = until_it_says(&mut report, Condition::Error).await;
    assert_eq!(
        failed
            .tally
            .last_error
            .map(|said| said.to_string())
            .as_deref(),
        Some("the ducks are gone")
    );
    assert_eq!(failed.tally.errors, 1);

    let (stop, stopped) = watch::channel(false);
    let works = gavage::until(stopped).boxed();
    actor.send(Work(works, stop)).await.unwrap();
    until_it_says(&mut report, Condition::Running).await;
    let par = "essai".to_owned();
    let stopped = actor.send(StopAllSimulators { par }).await.unwrap();
    assert_eq!(stopped, [Simulator::Gavage]);
    let last = until_it_says(&mut report, Condition::Stopped).await;
    assert_eq!(last.tally, Default::default());
}

#[actix::test]
async fn a_simulator_ends_after_a_day_whatever_was_asked() {
    tokio::time::pause();
    let actor = simulators();
    let mut report = actor.report();
    let actor = actor.start();
    let (stop, stopped) = watch::channel(false);
    let works = gavage::until(stopped).boxed();
    actor.send(Work(works, stop)).await.unwrap();
    until_it_says(&mut report, Condition::Running).await;
    let last = until_it_says(&mut report, Condition::Stopped).await;
    assert_eq!(last.uptime.as_secs(), LONGEST_RUN.as_secs());
}

#[actix::test]
async fn what_does_not_run_cannot_be_stopped_and_without_its_database_nothing_starts() {
    let actor = simulators().start();
    let par = || "essai".to_owned();
    let stop = StopSimulator {
        simulator: Simulator::Sqal,
        par: par(),
    };
    let refused = actor.send(stop).await.unwrap();
    assert_eq!(refused, Err(NotDone::NotRunning(Simulator::Sqal)));
    let start = |run| StartSimulator { run, par: par() };
    let (first, second) = tokio::join!(actor.send(start(run())), actor.send(start(run())));
    assert_eq!(first.unwrap(), Err(NotDone::NoDatabase));
    assert_eq!(second.unwrap(), Err(NotDone::Running(Simulator::Gavage)));
    assert_eq!(
        actor.send(start(run())).await.unwrap(),
        Err(NotDone::NoDatabase)
    );
}
