//! Lots as this process left them, so that their next meals need not ask storage first.

use super::{
    effects::Known,
    lot::{LotId, LotState},
};
use std::collections::HashMap;

/// What storage calls the state of a lot; every change of the lot, whoever makes it, is another version.
pub type Version = String;

/// At least the last so many lots are remembered, and at most twice as many.
const LOTS: usize = 4_096;

/// Lots without alerts: what is remembered of them is all that their next meals build on.
#[derive(Debug, Default)]
pub struct Recollection {
    /// The current life of each code.
    recent: HashMap<String, (LotState, Version)>,
    earlier: HashMap<String, (LotState, Version)>,
}

/// Remembered lots, and the versions that must still be those of storage.
#[derive(Debug, Default)]
pub struct Recalled {
    pub known: Known,
    pub versions: HashMap<LotId, Version>,
}

impl Recollection {
    /// All of these lots, or nothing.
    pub fn recall(&self, codes: &[&str]) -> Option<Recalled> {
        let mut recalled = Recalled::default();
        recalled.known.only_newest = true;
        for code in codes {
            let remembered = self.recent.get(*code).or_else(|| self.earlier.get(*code));
            let (lot, version) = remembered?;
            recalled.known.lots.insert(lot.id, lot.clone());
            recalled.versions.insert(lot.id, version.clone());
        }
        Some(recalled)
    }

    pub fn remember(&mut self, lot: LotState, version: Version) {
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
        *self = Recollection::default();
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
        let mut recollection = Recollection::default();
        recollection.remember(lot(1, 0), "7".to_owned());
        assert!(recollection.recall(&["LL0000001", "LL0000002"]).is_none());
        recollection.remember(lot(2, 0), "8".to_owned());
        let recalled = recollection.recall(&["LL0000001", "LL0000002"]).unwrap();
        assert_eq!(recalled.known.lots[&2], lot(2, 0));
        assert_eq!(recalled.versions[&1], "7");
        recollection.forget("LL0000001");
        assert!(recollection.recall(&["LL0000001"]).is_none());
    }

    #[test]
    fn the_latest_state_stands() {
        let mut recollection = Recollection::default();
        recollection.remember(lot(1, 0), "7".to_owned());
        (2..=LOTS).for_each(|number| recollection.remember(lot(number, 0), "7".to_owned()));
        recollection.remember(lot(1, 5), "8".to_owned());
        let recalled = recollection.recall(&["LL0000001"]).unwrap();
        assert_eq!(recalled.known.lots[&1].jour_actuel, 5);
    }

    #[test]
    fn lots_not_fed_for_longest_are_forgotten_first() {
        let mut recollection = Recollection::default();
        (0..3 * LOTS).for_each(|number| recollection.remember(lot(number, 0), "7".to_owned()));
        assert!(recollection.recent.len() + recollection.earlier.len() <= 2 * LOTS);
        assert!(recollection.recall(&["LL0000000"]).is_none());
        let last = (2 * LOTS..3 * LOTS).map(|number| format!("LL{number:07}"));
        assert!(
            last.into_iter()
                .all(|code| recollection.recall(&[&code]).is_some())
        );
    }
}
