//! A cache of the lots that this process wrote last, so that their next meals need no read first.

use super::{
    effects::Known,
    lot::{LotId, LotState},
};
use std::collections::HashMap;

/// The transaction that wrote the row of a lot last: every change of the lot, whoever makes it, is another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowVersion(pub i64);

/// At least this many of the last lots are cached, and at most twice as many.
const LOTS: usize = 4_096;

/// Contains only lots without alerts, so that it holds everything that their next meals depend on.
#[derive(Debug, Default)]
pub struct LotCache {
    /// The current life of each code.
    recent: HashMap<String, (LotState, RowVersion)>,
    earlier: HashMap<String, (LotState, RowVersion)>,
}

/// Cached lots, and the versions that their rows must still have.
#[derive(Debug, Default)]
pub struct CachedLots {
    pub known: Known,
    pub versions: HashMap<LotId, RowVersion>,
}

impl LotCache {
    /// All of these lots, or `None`.
    pub fn recall(&self, codes: &[&str]) -> Option<CachedLots> {
        let mut recalled = CachedLots::default();
        recalled.known.only_newest = true;
        for code in codes {
            let remembered = self.recent.get(*code).or_else(|| self.earlier.get(*code));
            let (lot, version) = remembered?;
            recalled.known.lots.insert(lot.id, lot.clone());
            recalled.versions.insert(lot.id, *version);
        }
        Some(recalled)
    }

    pub fn remember(&mut self, lot: LotState, version: RowVersion) {
        if self.recent.len() >= LOTS {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(lot.code_lot.clone(), (lot, version));
    }

    pub fn forget(&mut self, code_lot: &str) {
        self.recent.remove(code_lot);
        self.earlier.remove(code_lot);
    }

    pub fn forget_all(&mut self) {
        *self = LotCache::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};
    use jiff::tz::TimeZone;

    fn lot(number: usize, jour: i32) -> LotState {
        let reading = sample(&format!("LL{number:07}"), jour, Moment::Matin);
        LotState::first_seen(number as LotId, 1, &reading, &TimeZone::UTC)
    }

    #[test]
    fn several_lots_are_recalled_only_if_each_of_them_is_remembered() {
        let mut cache = LotCache::default();
        cache.remember(lot(1, 0), RowVersion(7));
        assert!(cache.recall(&["LL0000001", "LL0000002"]).is_none());
        cache.remember(lot(2, 0), RowVersion(8));
        let recalled = cache.recall(&["LL0000001", "LL0000002"]).unwrap();
        assert_eq!(recalled.known.lots[&2], lot(2, 0));
        assert_eq!(recalled.versions[&1], RowVersion(7));
        cache.forget("LL0000001");
        assert!(cache.recall(&["LL0000001"]).is_none());
    }

    #[test]
    fn the_latest_state_stands() {
        let mut cache = LotCache::default();
        cache.remember(lot(1, 0), RowVersion(7));
        (2..=LOTS).for_each(|number| cache.remember(lot(number, 0), RowVersion(7)));
        cache.remember(lot(1, 5), RowVersion(8));
        let recalled = cache.recall(&["LL0000001"]).unwrap();
        assert_eq!(recalled.known.lots[&1].position().unwrap().0, 5);
    }

    #[test]
    fn lots_not_fed_for_longest_are_forgotten_first() {
        let mut cache = LotCache::default();
        (0..3 * LOTS).for_each(|number| cache.remember(lot(number, 0), RowVersion(7)));
        assert!(cache.recent.len() + cache.earlier.len() <= 2 * LOTS);
        assert!(cache.recall(&["LL0000000"]).is_none());
        let last = (2 * LOTS..3 * LOTS).map(|number| format!("LL{number:07}"));
        assert!(
            last.into_iter()
                .all(|code| cache.recall(&[&code]).is_some())
        );
    }
}
