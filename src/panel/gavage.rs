//! Simulated lots, fed over `/ws/gavage` of this server.

use super::{preparing::Prepared, teller::Teller};
use crate::{
    domain::panel::{GavageRun, scenario::Step},
    simulator::{
        feeder::{Event, Feeder, Summary},
        gavage::farm::{Farm, Plan},
        pace::{Acceleration, paced},
    },
};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture};
use jiff::Timestamp;
use std::net::SocketAddr;
use tokio::sync::watch;

/// Readings that may be unacked.
const WINDOW: usize = 32;

pub(super) fn feed(
    run: GavageRun,
    prepared: Prepared,
    server: SocketAddr,
    teller: Teller,
    stopped: watch::Receiver<bool>,
) -> LocalBoxFuture<'static, ()> {
    let plan = Plan {
        lots: run.lots,
        seed: run.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        first_sequence: prepared.first_sequence,
        forever: run.forever,
        month: prepared.month,
    };
    let acceleration = Acceleration::new(run.acceleration).unwrap_or(Acceleration::DAY_PER_MINUTE);
    let begin = format!(
        "{} simulated lots from number {}, acceleration {acceleration}, seed {}",
        plan.lots, plan.first_sequence, plan.seed
    );
    let url = match prepared.key {
        Some(key) => format!("ws://{server}/ws/gavage?key={key}"),
        None => format!("ws://{server}/ws/gavage"),
    };
    async move {
        log::info!("{begin}");
        teller.say(begin);
        let readings =
            paced(Farm::new(plan), acceleration).map(|meal| meal.reading(Timestamp::now()));
        let summary = Feeder::new(url, WINDOW)
            .run(readings, until(stopped), |event, summary| {
                follow(&teller, &event, summary);
            })
            .await;
        count(&teller, &summary);
        log::info!("simulation ended: {summary}");
        teller.say(format!("ended: {summary}"));
    }
    .boxed_local()
}

/// Resolves when the simulator is to stop.
pub(super) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody can stop it any more.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn count(teller: &Teller, summary: &Summary) {
    teller.count(summary.acked, summary.refused + summary.reconnections);
}

fn follow(teller: &Teller, event: &Event<'_>, summary: &Summary) {
    count(teller, summary);
    if let Event::Acked(reading) = event {
        teller.step(Step::Begun, &reading.code_lot);
        if reading.pret_abattage {
            teller.step(Step::Fed, &reading.code_lot);
        }
    }
    match event {
        Event::Connected => teller.say("connected"),
        Event::Acked(reading) if reading.pret_abattage => {
            teller.say(format!("{}: the last meal is acked", reading.code_lot));
        }
        Event::Acked(reading) if reading.jour == 0 => {
            teller.say(format!("{}: fed on its first day", reading.code_lot));
        }
        Event::Acked(_) => {}
        Event::Disconnected { reason, retry_in } => {
            let seconds = retry_in.as_secs_f32();
            teller.warn(format!("{reason}; next attempt in {seconds:.1} s"));
        }
        Event::Postponed { sentence, .. } => teller.warn(format!("postponed: {sentence}")),
        Event::Refused { reading, sentence } => {
            let (lot, jour, moment) = (&reading.code_lot, reading.jour, reading.moment);
            log::warn!("a simulated reading of {lot} was refused: {sentence}");
            teller.warn(format!("{lot} jour {jour} {moment} is refused: {sentence}"));
        }
    }
}
