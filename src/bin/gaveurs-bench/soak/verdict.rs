//! Decides whether a run passed. Pure.

use super::{storage::RowCounts, tally::Totals};
use std::time::Duration;

/// Measurements at one moment. A day of minutes takes less than 200 kB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Since the previous sample.
    pub readings_acked: u64,
    pub ack: Quantiles,
    pub delivery: Quantiles,
    /// Of the server; `None` if it did not answer.
    pub memory: Option<u64>,
    pub open_files: Option<u64>,
    pub database: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Quantiles {
    pub p50: Option<Duration>,
    pub p99: Option<Duration>,
}

/// How much a value may grow from the second quarter of a run to the last: by the factor `times` plus `besides`.
struct Allowance {
    what: &'static str,
    unit: &'static str,
    times: f64,
    besides: f64,
    of: fn(&Look) -> Option<f64>,
}

const MEMORY: Allowance = Allowance {
    what: "memory of the server",
    unit: "MB",
    times: 1.2,
    besides: 16.0,
    of: |look| look.memory.map(|bytes| bytes as f64 / 1e6),
};
const OPEN_FILES: Allowance = Allowance {
    what: "descriptors of the server",
    unit: "",
    times: 1.1,
    besides: 20.0,
    of: |look| look.open_files.map(|files| files as f64),
};
const ACK: Allowance = Allowance {
    what: "ack, p99",
    unit: "ms",
    times: 2.0,
    besides: 50.0,
    of: |look| millis(look.ack.p99),
};
const DELIVERY: Allowance = Allowance {
    what: "delivery, p99",
    unit: "ms",
    times: 2.0,
    besides: 50.0,
    of: |look| millis(look.delivery.p99),
};

pub fn millis(duration: Option<Duration>) -> Option<f64> {
    duration.map(|duration| duration.as_secs_f64() * 1e3)
}

/// Fewer samples cannot show drift.
const LEAST_LOOKS: usize = 8;

pub struct Evidence<'a> {
    pub looks: &'a [Look],
    pub totals: Totals,
    pub readings: Option<RowCounts>,
    pub samples: Option<RowCounts>,
    /// With faults, latencies and gaps are not failures of the server.
    pub with_faults: bool,
}

#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// Values of the second and the last quarter, for the reader.
    pub drifts: Vec<String>,
    /// Why the run failed; empty if it passed.
    pub failures: Vec<String>,
}

impl Evidence<'_> {
    pub fn judge(&self) -> Verdict {
        let mut verdict = Verdict::default();
        self.judge_data(&mut verdict.failures);
        self.judge_looks(&mut verdict.failures);
        self.judge_drift(&mut verdict);
        verdict
    }

    fn judge_data(&self, failures: &mut Vec<String>) {
        let totals = &self.totals;
        let counts = [
            (totals.readings_refused, "readings were refused"),
            (totals.samples_refused, "samples were refused"),
            (
                totals.frames_missed,
                "frames never reached a screen that was there",
            ),
            (totals.frames_repeated, "frames reached a screen twice"),
        ];
        let bad = counts.into_iter().filter(|(count, _)| *count > 0);
        failures.extend(bad.map(|(count, what)| format!("{count} {what}")));
        for (what, acked, stored) in [
            ("readings", totals.readings_acked, self.readings),
            ("samples", totals.samples_acked, self.samples),
        ] {
            if acked == 0 {
                failures.push(format!("no {what} were acked"));
            }
            let Some(stored) = stored else { continue };
            let (lost, twice) = (stored.lost(acked), stored.rows - stored.distinct);
            if lost > 0 {
                failures.push(format!(
                    "{lost} {what} were acked and are not in the database"
                ));
            }
            if twice > 0 {
                failures.push(format!("{twice} {what} are in the database twice"));
            }
        }
        if totals.frames_shown == 0 {
            failures.push("no screen was shown anything".to_owned());
        }
    }

    fn judge_looks(&self, failures: &mut Vec<String>) {
        let count =
            |is_bad: fn(&Look) -> bool| self.looks.iter().filter(|look| is_bad(look)).count();
        match count(|look| look.memory.is_none()) {
            0 => {}
            silent => failures.push(format!("the server did not answer at {silent} looks")),
        }
        match count(|look| look.readings_acked == 0) {
            idle if idle > 0 && !self.with_faults => {
                failures.push(format!("nothing was acked before {idle} looks"));
            }
            _ => {}
        }
    }

    fn judge_drift(&self, verdict: &mut Verdict) {
        if self.looks.len() < LEAST_LOOKS {
            verdict.drifts.push("too short to tell drift".to_owned());
            return;
        }
        for allowance in [MEMORY, OPEN_FILES, ACK, DELIVERY] {
            let Some((early, late)) = self.quarters(&allowance) else {
                continue;
            };
            let Allowance {
                what,
                unit,
                times,
                besides,
                ..
            } = allowance;
            let drift = format!(
                "{what}: {early:.1} {unit} in the second quarter, {late:.1} {unit} in the last"
            );
            let is_latency = unit == "ms";
            if late > early * times + besides && !(is_latency && self.with_faults) {
                verdict.failures.push(format!(
                    "{drift}; more than {times} times and {besides} {unit} besides"
                ));
            }
            verdict.drifts.push(drift);
        }
    }

    /// Means of the second and the last quarter; the first quarter is warm-up.
    fn quarters(&self, allowance: &Allowance) -> Option<(f64, f64)> {
        let quarter = self.looks.len() / 4;
        let mean = |looks: &[Look]| {
            let values: Vec<f64> = looks.iter().filter_map(allowance.of).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let (early, late) = (
            &self.looks[quarter..2 * quarter],
            &self.looks[self.looks.len() - quarter..],
        );
        mean(early).zip(mean(late))
    }
}

impl RowCounts {
    /// Number of acked rows that are missing.
    pub fn lost(self, acked: u64) -> u64 {
        acked.saturating_sub(self.distinct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(memory: impl Fn(usize) -> u64) -> Vec<Look> {
        let look = |number| Look {
            readings_acked: 100,
            memory: Some(memory(number) * 1_000_000),
            ..Look::default()
        };
        (0..40).map(look).collect()
    }

    fn evidence(looks: &[Look]) -> Evidence<'_> {
        let stored = |rows| {
            Some(RowCounts {
                rows,
                distinct: rows,
            })
        };
        let totals = Totals {
            readings_acked: 4_000,
            samples_acked: 40,
            frames_shown: 1,
            ..Totals::default()
        };
        Evidence {
            looks,
            totals,
            readings: stored(4_001),
            samples: stored(40),
            with_faults: false,
        }
    }

    #[test]
    fn a_run_that_grows_while_it_warms_up_and_then_no_more_is_good() {
        let looks = looks(|number| 20 + 10 * number.min(8) as u64);
        assert_eq!(evidence(&looks).judge().failures, Vec::<String>::new());
    }

    #[test]
    fn memory_that_never_stops_growing_fails() {
        let looks = looks(|number| 40 + 4 * number as u64);
        let failures = evidence(&looks).judge().failures;
        assert!(
            matches!(failures.as_slice(), [one] if one.starts_with("memory of the server: 98.0 MB")),
            "{failures:?}"
        );
    }

    #[test]
    fn what_was_acked_and_is_not_stored_or_is_stored_twice_fails() {
        let looks = looks(|_| 40);
        let mut evidence = evidence(&looks);
        evidence.readings = Some(RowCounts {
            rows: 3_999,
            distinct: 3_998,
        });
        evidence.totals.frames_missed = 3;
        let failures = evidence.judge().failures;
        assert_eq!(
            failures,
            [
                "3 frames never reached a screen that was there",
                "2 readings were acked and are not in the database",
                "1 readings are in the database twice",
            ]
        );
    }

    #[test]
    fn a_server_that_is_silent_fails_and_one_that_acks_nothing_only_without_faults() {
        let mut looks = looks(|_| 40);
        looks[7].readings_acked = 0;
        let mut evidence = evidence(&looks);
        assert_eq!(
            evidence.judge().failures,
            ["nothing was acked before 1 looks"]
        );
        evidence.with_faults = true;
        assert_eq!(evidence.judge().failures, Vec::<String>::new());
        looks[7].memory = None;
        let evidence = self::evidence(&looks);
        assert_eq!(
            evidence.judge().failures,
            [
                "the server did not answer at 1 looks",
                "nothing was acked before 1 looks"
            ]
        );
    }
}
