//! Accelerated time: converts virtual time of the feeding to real time.

use futures_util::{Stream, stream};
use std::{str::FromStr, time::Duration};
use tokio::time::{Instant, sleep_until};

/// How many times faster than reality; 1440 is one day of feeding per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceleration(u32);

impl Acceleration {
    pub const MIN: u32 = 1;
    /// One day of feeding per second.
    pub const MAX: u32 = 86_400;
    /// One day of feeding per minute.
    pub const DAY_PER_MINUTE: Acceleration = Acceleration(1_440);
    pub const DAY_PER_SECOND: Acceleration = Acceleration(Self::MAX);

    pub fn new(factor: u32) -> Option<Self> {
        (Self::MIN..=Self::MAX)
            .contains(&factor)
            .then_some(Acceleration(factor))
    }

    pub fn factor(self) -> u32 {
        self.0
    }

    /// The real time that a span of virtual time takes.
    pub fn real(self, virtual_time: Duration) -> Duration {
        virtual_time / self.0
    }
}

impl std::fmt::Display for Acceleration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a valid acceleration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the acceleration is a whole number from {} (real time) to {} (one day a second)",
    Acceleration::MIN,
    Acceleration::MAX
)]
pub struct NoAcceleration;

impl FromStr for Acceleration {
    type Err = NoAcceleration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let factor = text.trim().parse().map_err(|_| NoAcceleration)?;
        Acceleration::new(factor).ok_or(NoAcceleration)
    }
}

/// Yields each item when its virtual time has come; the clock starts when the first item is polled.
///
/// `items` are ordered by their virtual time. Items that are overdue are yielded at once.
pub fn paced<T, I>(items: I, acceleration: Acceleration) -> impl Stream<Item = T>
where
    I: IntoIterator<Item = (Duration, T)>,
{
    let state = (items.into_iter(), None);
    stream::unfold(state, move |(mut items, start)| async move {
        let (at, item) = items.next()?;
        let start = start.unwrap_or_else(Instant::now);
        sleep_until(start + acceleration.real(at)).await;
        Some((item, (items, Some(start))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[test]
    fn an_acceleration_outside_its_range_is_refused_with_a_sentence() {
        for text in ["0", "86401", "-3", "1.5", "fast", ""] {
            let refusal = text.parse::<Acceleration>().unwrap_err().to_string();
            assert!(
                refusal.contains("from 1 ") && refusal.contains("86400"),
                "{refusal}"
            );
        }
        assert_eq!("1440".parse(), Ok(Acceleration::DAY_PER_MINUTE));
        assert_eq!("86400".parse(), Ok(Acceleration::DAY_PER_SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn at_1440_a_day_lasts_a_minute() {
        let day = Duration::from_secs(86_400);
        let items = [(Duration::ZERO, 0), (day / 2, 1), (day, 2)];
        let stream = paced(items, Acceleration::DAY_PER_MINUTE);
        tokio::pin!(stream);
        let start = Instant::now();
        let mut seen = Vec::new();
        while let Some(item) = stream.next().await {
            seen.push((item, start.elapsed().as_secs()));
        }
        assert_eq!(seen, [(0, 0), (1, 30), (2, 60)]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_gets_what_was_missed_at_once() {
        let items = (0..5).map(|n| (Duration::from_secs(n), n));
        let stream = paced(items, Acceleration::new(1).unwrap());
        tokio::pin!(stream);
        stream.next().await;
        tokio::time::advance(Duration::from_secs(3)).await;
        let late = Instant::now();
        for expected in 1..=3 {
            assert_eq!(stream.next().await, Some(expected));
        }
        assert_eq!(late.elapsed(), Duration::ZERO);
    }
}
