//! The readings of a simulator as the faults of the moment let them through.

use crate::domain::{
    panel::{
        fault::Faults,
        faulty::{Faulty, Outgoing},
    },
    reading::Reading,
};
use futures_util::{Stream, StreamExt, future::pending, stream};
use jiff::tz::TimeZone;
use std::pin::Pin;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

struct State<S> {
    readings: Pin<Box<S>>,
    exhausted: bool,
    faults: watch::Receiver<Faults>,
    faulty: Faulty,
}

/// Sends the readings through the faults, on the clock of a zone. While these hold back too much, no further reading is taken.
pub fn through<S>(
    readings: S,
    faults: watch::Receiver<Faults>,
    zone: TimeZone,
) -> impl Stream<Item = Outgoing>
where
    S: Stream<Item = Reading>,
{
    let state = State {
        readings: Box::pin(readings),
        exhausted: false,
        faults,
        faulty: Faulty::new(zone),
    };
    stream::unfold(state, next)
}

async fn next<S>(mut state: State<S>) -> Option<(Outgoing, State<S>)>
where
    S: Stream<Item = Reading>,
{
    loop {
        let faults = state.faults.borrow_and_update().clone();
        if let Some(sent) = state.faulty.due(&faults, Instant::now()) {
            return Some((sent, state));
        }
        if state.exhausted && state.faulty.is_empty() {
            return None;
        }
        let due = state.faulty.next_due();
        tokio::select! {
            () = changed(&mut state.faults) => {}
            () = reached(due) => {}
            reading = state.readings.next(), if !state.exhausted && state.faulty.has_room() => match reading {
                Some(reading) => state.faulty.take(reading, &faults, Instant::now()),
                None => state.exhausted = true,
            },
        }
    }
}

async fn changed(faults: &mut watch::Receiver<Faults>) {
    if faults.changed().await.is_err() {
        // Nobody makes faults any more.
        pending().await
    }
}

async fn reached(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        moment::Moment,
        panel::{
            Simulator,
            fault::{Effect, Fault, FaultRun, Target},
        },
        reading::sample,
    };
    use std::time::Duration;

    fn silence() -> Faults {
        let target = Target {
            simulator: Simulator::Gavage,
            code_lot: Some("LL2611001".to_owned()),
            device_id: None,
        };
        let run = FaultRun {
            effect: Effect::Silence,
            target: Some(target),
            lasts: Duration::from_secs(60),
        };
        let since = jiff::Timestamp::UNIX_EPOCH;
        Faults([Fault { id: 1, run, since }].into())
    }

    /// The code of what comes next, and after how many seconds from the beginning.
    async fn heard(
        sent: &mut Pin<Box<impl Stream<Item = Outgoing>>>,
        begin: Instant,
    ) -> Option<(String, u64)> {
        match sent.next().await? {
            Outgoing::Reading(reading) => Some((reading.code_lot, begin.elapsed().as_secs())),
            Outgoing::Damaged(..) => panic!("damaged"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_lot_is_heard_when_its_fault_ends_and_the_others_meanwhile() {
        let readings = stream::iter(0..4).then(async |second| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let code = ["LL2611001", "LS2611002"][second % 2];
            sample(code, second as i32 / 2, Moment::Matin)
        });
        let (faults, watched) = watch::channel(silence());
        let mut sent = Box::pin(through(Box::pin(readings), watched, TimeZone::UTC));
        let begin = Instant::now();
        for second in [2, 4] {
            let expected = Some(("LS2611002".to_owned(), second));
            assert_eq!(heard(&mut sent, begin).await, expected);
        }
        let end = async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            faults.send_replace(Faults::default());
        };
        let (silent, ()) = tokio::join!(heard(&mut sent, begin), end);
        assert_eq!(silent, Some(("LL2611001".to_owned(), 34)));
        let next = heard(&mut sent, begin).await;
        assert_eq!(next, Some(("LL2611001".to_owned(), 34)));
        assert_eq!(heard(&mut sent, begin).await, None);
    }
}
