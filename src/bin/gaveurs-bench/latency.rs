//! Histogram of latencies with buckets that are 2 % apart, so that a run of any length needs the same memory.

use std::time::Duration;

const STEP: f64 = 1.02;
/// 2 % apart from 1 µs on; the last bucket begins at 27 min.
const BUCKETS: usize = 1_072;

#[derive(Debug, Clone)]
pub struct Latencies {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Latencies {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }
}

impl Latencies {
    pub fn record(&mut self, latency: Duration) {
        let micros = latency.as_secs_f64() * 1e6;
        let bucket = micros.max(1.0).ln() / STEP.ln();
        self.counts[(bucket as usize).min(BUCKETS - 1)] += 1;
        self.total += 1;
    }

    pub fn merge(&mut self, other: &Latencies) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// The latency that this share of all stay below, to 2 %; `None` if nothing was measured.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let rank = (share * self.total as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        let bucket = self.counts.iter().position(|count| {
            below += count;
            below >= rank
        })?;
        Some(Duration::from_secs_f64(STEP.powi(bucket as i32 + 1) / 1e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_two_percent() {
        let mut latencies = Latencies::default();
        (1..=1_000).for_each(|millis| latencies.record(Duration::from_millis(millis)));
        for (share, expected) in [(0.5, 0.5), (0.99, 0.99), (0.999, 0.999)] {
            let quantile = latencies.quantile(share).unwrap().as_secs_f64();
            assert!(
                (quantile / expected - 1.0).abs() < 0.025,
                "{share}: {quantile}"
            );
        }
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Latencies::default().quantile(0.5), None);
    }
}
