//! When a silent peer is sent a ping, and when its connection is ended.
//!
//! Only silence counts during which this process was running. After a pause of the process (a frozen container, a closed lid, swapping)
//! its beat is late; then it pings before it judges. Before a connection is ended, the data waiting in its socket is read once more.

use std::time::Duration;
use tokio::time::Instant;

/// Bytes of an unfinished frame prove that a peer is alive if at least this many arrive per second.
const LIVELY: f64 = 100.0;
/// How long to read what waits in a socket before the connection is ended.
const LAST_LOOK: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct Heartbeat {
    interval: Duration,
    timeout: Duration,
    /// Since when the peer has been silent while we were reading.
    silent_since: Instant,
    /// When the next beat is due.
    due: Instant,
    /// When the last ping was sent, and how many bytes of the peer had been received by then.
    asked: (Instant, u64),
    looking: bool,
}

/// The action of a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Send a ping.
    Ask,
    /// Only wait: data of the peer may already be in the socket.
    Look,
    /// The peer is gone; end the connection.
    GiveUp,
}

impl Heartbeat {
    /// A ping is sent once per `interval`; after a silence of `timeout` the peer is gone.
    pub fn new(interval: Duration, timeout: Duration, now: Instant) -> Self {
        Heartbeat {
            interval,
            timeout,
            silent_since: now,
            due: now + interval,
            asked: (now, 0),
            looking: false,
        }
    }

    /// The peer sent something, or we were not reading.
    pub fn received(&mut self, now: Instant) {
        self.silent_since = now;
    }

    /// Time until the next beat.
    pub fn due_in(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }

    /// Decides what to do now; `received` is the number of bytes received from the peer so far.
    pub fn beat(&mut self, now: Instant, received: u64) -> Beat {
        let late = now.saturating_duration_since(self.due);
        let was_away = late > self.tolerance();
        if was_away {
            self.silent_since = (self.silent_since + late).min(now);
        }
        if self.is_lively(now - late, received) {
            self.silent_since = now;
        }
        let silent = now.saturating_duration_since(self.silent_since);
        let gone = silent >= self.timeout && !was_away;
        let beat = match (gone, self.looking) {
            (false, _) => Beat::Ask,
            (true, false) => Beat::Look,
            (true, true) => Beat::GiveUp,
        };
        self.looking = beat == Beat::Look;
        self.due = now
            + if self.looking {
                LAST_LOOK
            } else {
                self.interval
            };
        if beat == Beat::Ask {
            self.asked = (now, received);
        }
        beat
    }

    /// A beat that is later than this shows that the process was paused, not just busy.
    fn tolerance(&self) -> Duration {
        (self.interval / 4).max(LAST_LOOK)
    }

    fn is_lively(&self, until: Instant, received: u64) -> bool {
        let (since, before) = self.asked;
        let seconds = until.saturating_duration_since(since).as_secs_f64();
        received > before && (received - before) as f64 >= LIVELY * seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INTERVAL: Duration = Duration::from_secs(20);
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn heartbeat() -> (Heartbeat, Instant) {
        let start = Instant::now();
        (Heartbeat::new(INTERVAL, TIMEOUT, start), start)
    }

    #[test]
    fn a_silent_peer_is_asked_twice_looked_for_once_more_and_given_up() {
        let (mut heartbeat, start) = heartbeat();
        assert_eq!(heartbeat.beat(start + seconds(20), 0), Beat::Ask);
        assert_eq!(heartbeat.beat(start + seconds(40), 0), Beat::Ask);
        let end = start + seconds(60);
        assert_eq!(heartbeat.beat(end, 0), Beat::Look);
        assert_eq!(heartbeat.due_in(end), LAST_LOOK);
        assert_eq!(heartbeat.beat(end + LAST_LOOK, 0), Beat::GiveUp);
    }

    #[test]
    fn what_is_found_at_the_last_look_keeps_the_peer() {
        let (mut heartbeat, start) = heartbeat();
        for at in [20, 40, 60] {
            heartbeat.beat(start + seconds(at), 0);
        }
        heartbeat.received(start + seconds(60) + LAST_LOOK / 2);
        assert_eq!(
            heartbeat.beat(start + seconds(60) + LAST_LOOK, 0),
            Beat::Ask
        );
    }

    #[test]
    fn a_beat_that_comes_an_hour_late_asks_first_and_the_hour_is_no_silence() {
        let (mut heartbeat, start) = heartbeat();
        heartbeat.beat(start + seconds(20), 0);
        let back = start + seconds(3_600);
        assert_eq!(heartbeat.beat(back, 0), Beat::Ask);
        assert_eq!(heartbeat.due_in(back), INTERVAL);
        assert_eq!(heartbeat.beat(back + seconds(20), 0), Beat::Look);
        let gone = back + seconds(20) + LAST_LOOK;
        assert_eq!(heartbeat.beat(gone, 0), Beat::GiveUp);
    }

    #[test]
    fn a_process_that_is_stopped_in_the_middle_of_the_last_look_asks_again() {
        let (mut heartbeat, start) = heartbeat();
        for at in [20, 40, 60] {
            heartbeat.beat(start + seconds(at), 0);
        }
        assert_eq!(heartbeat.beat(start + seconds(90), 0), Beat::Ask);
    }

    #[test]
    fn bytes_of_an_unfinished_frame_are_a_sign_of_life_from_a_hundred_a_second_on() {
        for (rate, lives) in [(100, true), (99, false), (1, false)] {
            let (mut heartbeat, start) = heartbeat();
            let beats = (1..=10).map(|beat| {
                let at = beat * INTERVAL.as_secs();
                heartbeat.beat(start + seconds(at), rate * at)
            });
            let asked = beats.filter(|beat| *beat == Beat::Ask).count() == 10;
            assert_eq!(asked, lives, "{rate} bytes a second");
        }
    }

    proptest! {
        /// Pauses of any length at any moment.
        #[test]
        fn nobody_who_spoke_in_time_or_was_not_asked_is_given_up(
            steps in prop::collection::vec((0..200u64, 0..60u64), 1..60)
        ) {
            let (mut heartbeat, start) = heartbeat();
            let (mut now, mut asked_since_received) = (start, false);
            for (pause, speaks) in steps {
                let due = now + heartbeat.due_in(now);
                // The peer sends now and then; its data is read at once unless the process is paused.
                if speaks == 0 {
                    heartbeat.received(due);
                    asked_since_received = false;
                }
                now = due + if pause > 150 { seconds(pause) } else { Duration::ZERO };
                match heartbeat.beat(now, 0) {
                    Beat::Ask => asked_since_received = true,
                    Beat::Look => {}
                    Beat::GiveUp => {
                        prop_assert!(asked_since_received);
                        break;
                    }
                }
            }
        }

        #[test]
        fn a_peer_that_answers_within_the_interval_is_never_given_up(pauses in prop::collection::vec(0..500u64, 1..60)) {
            let (mut heartbeat, mut now) = heartbeat();
            for pause in pauses {
                now += heartbeat.due_in(now) + seconds(pause);
                prop_assert_eq!(heartbeat.beat(now, 0), Beat::Ask);
                heartbeat.received(now + INTERVAL / 2);
            }
        }
    }
}
