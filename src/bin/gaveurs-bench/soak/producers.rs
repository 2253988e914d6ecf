//! Producers that lose no reading: each is sent until it is acked.

use super::{Crowd, tally::SharedTally};
use crate::feed::Feed;
use futures_util::stream;
use gaveurs::{
    domain::reading::Reading,
    simulator::feeder::{Event, Feeder},
};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Maximum number of unacked readings of a producer.
const WINDOW: usize = 32;

/// Runs one producer from the first reading to the last ack.
pub async fn produce(number: u64, crowd: Crowd, tally: SharedTally) {
    // Spreads the starts of the producers.
    let share = number as f64 / crowd.producers as f64;
    let begin = Instant::now() + crowd.reading_pace.mul_f64(share);
    let mut ticks = interval_at(begin, crowd.reading_pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let feed = Feed::new(number, crowd.producers, 0);
    let prefix = crowd.prefix.clone();
    let readings = stream::unfold((ticks, feed), move |(mut ticks, mut feed)| {
        let prefix = prefix.clone();
        async move {
            ticks.tick().await;
            let reading = feed.next()?;
            let code_lot = format!("{prefix}{}", reading.code_lot);
            Some((
                Reading {
                    code_lot,
                    ..reading
                },
                (ticks, feed),
            ))
        }
    });
    let feeder = Feeder::new(format!("{}/ws/gavage", crowd.server), WINDOW);
    let shared = tally.clone();
    let hear = move |event: Event<'_>, _: &_| {
        let mut tally = shared.borrow_mut();
        match event {
            Event::Acked(reading) => {
                tally.totals.readings_acked += 1;
                tally.acks.record(age(reading.horodatage.instant));
            }
            Event::Refused { sentence, .. } => {
                tally.totals.readings_refused += 1;
                log::warn!("a reading is refused: {sentence}");
            }
            Event::Disconnected { .. } => tally.totals.reconnections += 1,
            Event::Connected | Event::Postponed { .. } | Event::DamageRefused { .. } => {}
        }
    };
    let summary = feeder.run(readings, crowd.stopped(), hear).await;
    tally.borrow_mut().totals.readings_unanswered += summary.unacked;
}

/// Time since an instant that this process recorded.
pub fn age(instant: Timestamp) -> Duration {
    Timestamp::now()
        .duration_since(instant)
        .try_into()
        .unwrap_or_default()
}
