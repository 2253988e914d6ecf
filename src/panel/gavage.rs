//! Simulated lots, fed over `/ws/gavage` of this server.

use super::{launching::Launch, teller::Teller};
use crate::{
    domain::{
        moment::Moment,
        panel::{
            GavageRun, Simulator,
            saying::{Saying, Word},
            scenario::Step,
        },
    },
    simulator::{
        faulty::through,
        feeder::{Event, Feeder, Summary, line::Line},
        gavage::{
            farm::{Farm, Plan},
            history,
        },
        pace::{Acceleration, paced},
    },
};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture};
use jiff::Timestamp;
use tokio::sync::watch;

/// Readings that may be unacked.
const WINDOW: usize = 32;

pub(super) fn feed(run: GavageRun, launch: Launch) -> LocalBoxFuture<'static, ()> {
    let Launch {
        prepared,
        server,
        teller,
        stopped,
        faults,
        zone,
    } = launch;
    let (mut first_sequence, month) = (prepared.first_sequence, prepared.month);
    let mut seed = run.seed.unwrap_or_else(|| rand::random::<u32>().into());
    if run.strays {
        (first_sequence, seed) = history::like_these(first_sequence, seed, month);
    }
    let plan = Plan {
        lots: run.lots,
        seed,
        first_sequence,
        forever: run.forever,
        month,
    };
    let acceleration = Acceleration::new(run.acceleration).unwrap_or(Acceleration::DAY_PER_MINUTE);
    let begin = Saying::new(Word::LotsBegin)
        .with("lots", plan.lots)
        .with("first", plan.first_sequence)
        .with("acceleration", acceleration)
        .with("seed", plan.seed);
    let url = match prepared.key {
        Some(key) => format!("ws://{server}/ws/gavage?key={key}"),
        None => format!("ws://{server}/ws/gavage"),
    };
    async move {
        log::info!("{begin}");
        teller.say(begin);
        let readings = paced(Farm::new(plan), acceleration).map(|meal| {
            let reading = meal.reading(Timestamp::now());
            match run.strays {
                true => history::astray(reading),
                false => reading,
            }
        });
        let line = Line::new(faults.clone(), Simulator::Gavage);
        let summary = Feeder::new(url, WINDOW)
            .over(line)
            .run(
                through(readings, faults, zone),
                until(stopped),
                |event, summary| follow(&teller, &event, summary),
            )
            .await;
        count(&teller, &summary);
        log::info!("simulation ended: {summary}");
        let (refused, reconnections) = (summary.refused, summary.reconnections);
        teller.say(ended(summary.acked, refused, reconnections));
    }
    .boxed_local()
}

/// Resolves when the simulator is to stop.
pub(super) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody can stop it any more.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// The last words of a simulator.
pub(super) fn ended(accepted: u64, refused: u64, reconnections: u64) -> Saying {
    Saying::new(Word::Ended)
        .with("accepted", accepted)
        .with("refused", refused)
        .with("reconnections", reconnections)
}

fn count(teller: &Teller, summary: &Summary) {
    let errors = summary.refused + summary.damaged + summary.reconnections;
    teller.count(summary.acked, errors);
}

fn follow(teller: &Teller, event: &Event<'_>, summary: &Summary) {
    count(teller, summary);
    match event {
        Event::Connected => teller.say(Word::Connected),
        Event::Acked(reading) => {
            let lot = &reading.code_lot;
            teller.step(Step::Begun, lot);
            if reading.pret_abattage {
                teller.step(Step::Fed, lot);
                teller.say(Saying::new(Word::LastMeal).with("lot", lot));
            } else if reading.position() == (0, Moment::Matin) && !reading.correction {
                teller.say(Saying::new(Word::FirstDay).with("lot", lot));
            }
        }
        Event::Disconnected { reason, retry_in } => {
            let seconds = format!("{:.1}", retry_in.as_secs_f32());
            let saying = Saying::new(Word::Disconnected).with("reason", reason);
            teller.warn(saying.with("seconds", seconds));
        }
        Event::Postponed { sentence, .. } => {
            teller.warn(Saying::new(Word::Postponed).with("reason", sentence));
        }
        Event::Refused { reading, sentence } => {
            let (lot, jour, moment) = (&reading.code_lot, reading.jour, reading.moment);
            log::warn!("a simulated reading of {lot} was refused: {sentence}");
            let saying = Saying::new(Word::MealRefused).with("lot", lot);
            let saying = saying.with("jour", jour).with("moment", moment);
            teller.warn(saying.with("reason", sentence));
        }
        Event::DamageRefused { sentence } => {
            teller.warn(Saying::new(Word::DamageRefused).with("reason", sentence));
        }
    }
}
