//! The rules by which messages of producers and stations are parsed.

use super::lenient::BadField;
use crate::domain::{clock::ClockRules, horodatage::Horodatage, quality::QualityRule};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

#[derive(Debug, Clone)]
pub struct InputRules {
    /// Time zone of timestamps without one.
    pub zone: TimeZone,
    pub clock: ClockRules,
    pub quality: QualityRule,
}

/// Older readings and samples have a doubtful clock, days.
pub const DOUBTFUL_AFTER_DAYS: u16 = 60;

/// When this program was built.
fn built_at() -> Timestamp {
    let seconds = env!("GAVEURS_BUILT_AT").parse().unwrap_or(0);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl InputRules {
    pub fn new(zone: TimeZone, doubtful_after_days: u16, quality: QualityRule) -> Self {
        let clock = ClockRules {
            doubtful_after: SignedDuration::from_hours(24 * i64::from(doubtful_after_days)),
            built_at: built_at(),
        };
        InputRules {
            zone,
            clock,
            quality,
        }
    }

    /// The default rules, with the given time zone.
    pub fn usual(zone: TimeZone) -> Self {
        InputRules::new(zone, DOUBTFUL_AFTER_DAYS, QualityRule::default())
    }

    /// Parses a `timestamp` that arrived at `now`: refuses an implausible one, marks an old one as doubtful.
    pub(super) fn horodatage(&self, texte: &str, now: Timestamp) -> Result<Horodatage, BadField> {
        self.corrected("timestamp", texte, SignedDuration::ZERO, now)
    }

    /// The same for a field of another name, after the error of its clock is added.
    pub(super) fn corrected(
        &self,
        name: &str,
        texte: &str,
        clock_error: SignedDuration,
        now: Timestamp,
    ) -> Result<Horodatage, BadField> {
        let fault = |problem: String| BadField::new(name, format!("{problem} (got {texte:?})"));
        let mut read =
            Horodatage::parse(texte, &self.zone).map_err(|error| fault(error.to_string()))?;
        read.instant = read
            .instant
            .saturating_add(clock_error)
            .unwrap_or(read.instant);
        let douteux = self.clock.is_doubtful(read.instant, now);
        let douteux = douteux.map_err(|error| fault(error.to_string()))?;
        Ok(Horodatage { douteux, ..read })
    }
}

/// In UTC, for a server that was built in 2026.
#[cfg(test)]
pub(crate) fn rules_of_tests() -> InputRules {
    InputRules {
        zone: TimeZone::UTC,
        clock: ClockRules {
            doubtful_after: SignedDuration::from_hours(60 * 24),
            built_at: "2026-01-01T00:00:00Z".parse().expect("a time"),
        },
        quality: QualityRule::Score,
    }
}
