//! Warns the operator of producers whose times are read in the wrong time zone. Sessions record each message; nothing waits.

use crate::domain::zone_suspects::ZoneSuspects;
use jiff::{Timestamp, tz::TimeZone};
use std::sync::{Arc, Mutex, PoisonError};

/// Clones share the record.
#[derive(Debug, Clone, Default)]
pub struct ZoneWatch(Arc<Mutex<ZoneSuspects>>);

impl ZoneWatch {
    /// Records a time without a zone, as it was read in `zone`.
    pub fn note(&self, producer: &str, read: Timestamp, now: Timestamp, zone: &TimeZone) {
        // After a panic the counts are still usable.
        let mut suspects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(hours) = suspects.note(producer, read, now) else {
            return;
        };
        drop(suspects);
        let (size, side) = (hours.abs(), if hours < 0 { "behind" } else { "ahead of" });
        let zone = zone.iana_name().unwrap_or("the configured zone");
        log::warn!(
            "the times of {producer} have no zone, and again and again they are {size} h {side} this server's clock when they are read \
             in {zone}: if its clock is right, set --zone (GAVEURS_ZONE) to its zone, or let it send times with Z or an offset"
        );
    }
}
