//! Which life of its code a reading belongs to. See docs/decisions/0007-identity-of-a-reading.md.

use super::{
    effects::Known,
    lot::{LotId, LotState},
    reading::{Reading, Told},
};
use jiff::tz::TimeZone;
use std::collections::{HashMap, HashSet};

/// Ids for lots that begin, taken from storage in advance.
#[derive(Debug, Default)]
pub struct Ids {
    reserved: Vec<LotId>,
}

impl Ids {
    /// How many are missing so that every one of so many readings could begin a lot.
    pub fn missing_for(&self, readings: usize) -> usize {
        readings.saturating_sub(self.reserved.len())
    }

    pub fn add(&mut self, reserved: impl IntoIterator<Item = LotId>) {
        self.reserved.extend(reserved);
    }

    fn next(&mut self) -> Option<LotId> {
        self.reserved.pop()
    }
}

/// Readings with their lots.
#[derive(Debug, Default)]
pub struct Assigned<'a> {
    /// In the order of the readings.
    pub told: Vec<Told<'a>>,
    /// Lots that begin with them.
    pub begun: HashSet<LotId>,
}

/// Finds the lot of every reading among the lives that are known, and begins one where there is none; lots that begin become known.
pub fn assign<'a>(
    readings: &[&'a Reading],
    known: &mut Known,
    ids: &mut Ids,
    zone: &TimeZone,
) -> Assigned<'a> {
    let lives = known
        .lots
        .values()
        .map(|lot| (lot.code_lot.clone(), lot.id));
    let mut lives: HashMap<String, LotId> = lives.collect();
    let mut assigned = Assigned::default();
    for &reading in readings {
        let known_life = lives.get(&reading.code_lot).copied();
        let Some(lot_id) = known_life.or_else(|| ids.next()) else {
            continue;
        };
        if known_life.is_none() {
            let lot = LotState::first_seen(lot_id, 1, reading, zone);
            known.lots.insert(lot_id, lot);
            lives.insert(reading.code_lot.clone(), lot_id);
            assigned.begun.insert(lot_id);
        }
        assigned.told.push(Told { lot_id, reading });
    }
    assigned
}
