//! What becomes of the readings of a simulator on their way to its socket. Pure.
//!
//! Nothing is lost: what a fault holds back is sent when it is over. Without a fault each reading passes at once, in order.

use super::fault::{Effect, Fault, Faults};
use crate::domain::{horodatage::Horodatage, reading::Reading};
use jiff::{SignedDuration, tz::TimeZone};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};
use tokio::time::Instant;

/// Readings that are held back; beyond it no further reading is taken.
const MOST_HELD: usize = 256;
/// From a meal to its correction: the first version is stored by then.
const CORRECTED_AFTER: Duration = Duration::from_secs(1);
/// How many messages a burst may catch up on.
const CATCH_UP: Duration = Duration::from_secs(1);

const LESS: f64 = 0.6;
const HOT: f64 = 29.0;
const LIGHTER: f64 = 200.0;

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    Reading(Reading),
    /// The text of a reading that was damaged.
    Damaged(Reading, Damage),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Its dose is NaN.
    NotANumber,
    /// It has no dose.
    MissingField,
}

impl From<Reading> for Outgoing {
    fn from(reading: Reading) -> Self {
        Outgoing::Reading(reading)
    }
}

/// The readings of one simulator, between it and its socket.
#[derive(Debug)]
pub struct Faulty {
    /// The clock on the wall of a sender that names no zone.
    zone: TimeZone,
    /// To be sent at these times, in this order.
    ready: BTreeMap<(Instant, u64), Outgoing>,
    number: u64,
    /// Held back while their lot is silent.
    withheld: VecDeque<Reading>,
    /// Held back by each fault that shuffles.
    shuffled: BTreeMap<u32, Vec<Reading>>,
    lots: HashMap<String, Lot>,
    /// When each burst sends its next message, and how many it has sent.
    bursts: BTreeMap<u32, (Instant, u64)>,
    damaged: u64,
}

/// A lot that is being fed.
#[derive(Debug, Clone)]
struct Lot {
    /// The last reading that was sent.
    latest: Reading,
    /// By how much its ducks are lighter than simulated, while a fault says so.
    lighter: Option<f64>,
}

impl Faulty {
    pub fn new(zone: TimeZone) -> Self {
        Faulty {
            zone,
            ready: BTreeMap::new(),
            number: 0,
            withheld: VecDeque::new(),
            shuffled: BTreeMap::new(),
            lots: HashMap::new(),
            bursts: BTreeMap::new(),
            damaged: 0,
        }
    }

    /// Whether it takes another reading.
    pub fn has_room(&self) -> bool {
        self.held() < MOST_HELD
    }

    pub fn is_empty(&self) -> bool {
        self.held() == 0
    }

    fn held(&self) -> usize {
        let shuffled: usize = self.shuffled.values().map(Vec::len).sum();
        self.ready.len() + self.withheld.len() + shuffled
    }

    /// Takes a meal that the simulator would send now.
    pub fn take(&mut self, reading: Reading, faults: &Faults, now: Instant) {
        self.release(faults, now);
        if faults.silences(&reading.code_lot) {
            return self.withheld.push_back(reading);
        }
        self.pass(reading, faults, now);
    }

    /// The next message to be sent now.
    pub fn due(&mut self, faults: &Faults, now: Instant) -> Option<Outgoing> {
        self.release(faults, now);
        if let Some((&(at, _), _)) = self.ready.first_key_value()
            && at <= now
        {
            let (_, sent) = self.ready.pop_first()?;
            if let Outgoing::Reading(reading) = &sent {
                self.remember(reading);
            }
            return Some(sent);
        }
        self.burst(faults, now)
    }

    /// When the next message is due, if nothing else happens.
    pub fn next_due(&self) -> Option<Instant> {
        let ready = self.ready.first_key_value().map(|((at, _), _)| *at);
        let bursts = self.bursts.values().map(|(at, _)| *at).min();
        ready.into_iter().chain(bursts).min()
    }

    /// Lets pass what no fault holds back any more.
    fn release(&mut self, faults: &Faults, now: Instant) {
        for reading in std::mem::take(&mut self.withheld) {
            if faults.silences(&reading.code_lot) {
                self.withheld.push_back(reading);
            } else {
                self.pass(reading, faults, now);
            }
        }
        let goes_on = |id: &u32| faults.0.iter().any(|fault| fault.id == *id);
        let over: Vec<_> = self
            .shuffled
            .keys()
            .filter(|id| !goes_on(id))
            .copied()
            .collect();
        for id in over {
            self.deal(id, faults, now);
        }
        self.plan_bursts(faults, now);
    }

    fn pass(&mut self, reading: Reading, faults: &Faults, now: Instant) {
        let code_lot = reading.code_lot.clone();
        let shuffling = faults
            .of_lot(&code_lot)
            .find_map(|fault| match fault.run.effect {
                Effect::Shuffled { of } => Some((fault.id, of)),
                _ => None,
            });
        let Some((id, of)) = shuffling else {
            return self.put(reading, faults, now);
        };
        let group = self.shuffled.entry(id).or_default();
        group.push(reading);
        if group.len() >= of {
            self.deal(id, faults, now);
        }
    }

    /// Sends what was held back to be shuffled.
    fn deal(&mut self, id: u32, faults: &Faults, now: Instant) {
        let mut group = self.shuffled.remove(&id).unwrap_or_default();
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(id) << 32 | self.number & 0xFFFF_FFFF);
        group.shuffle(&mut rng);
        for reading in group {
            self.put(reading, faults, now);
        }
    }

    /// Sends a reading, and what the faults of its lot add to it.
    fn put(&mut self, mut reading: Reading, faults: &Faults, now: Instant) {
        let code_lot = reading.code_lot.clone();
        let of_lot: Vec<&Fault> = faults.of_lot(&code_lot).collect();
        let effects = || of_lot.iter().map(|fault| &fault.run.effect);
        self.alter(&mut reading, effects());
        let late = effects().find_map(|effect| match effect {
            Effect::Late { by } => Some(*by),
            _ => None,
        });
        let at = now + late.unwrap_or_default();
        let mut times = 1;
        for effect in effects() {
            match effect {
                Effect::Invalid => {
                    let damage = [Damage::NotANumber, Damage::MissingField];
                    let damage = damage[(self.damaged % 2) as usize];
                    self.damaged += 1;
                    self.add(at, Outgoing::Damaged(reading.clone(), damage));
                }
                Effect::Repeated { times: asked } => times = *asked,
                Effect::Corrected { factor } => {
                    let mut corrected = reading.clone();
                    corrected.dose_reelle = tenths(corrected.dose_reelle * factor);
                    corrected.correction = true;
                    self.add(at + CORRECTED_AFTER, corrected.into());
                }
                _ => {}
            }
        }
        for _ in 0..times {
            self.add(at, reading.clone().into());
        }
    }

    fn add(&mut self, at: Instant, outgoing: Outgoing) {
        self.number += 1;
        self.ready.insert((at, self.number), outgoing);
    }

    fn alter<'a>(&mut self, reading: &mut Reading, effects: impl Iterator<Item = &'a Effect>) {
        let mut is_out_of_range = false;
        for effect in effects {
            match effect {
                Effect::OutOfRange => is_out_of_range = true,
                Effect::Clock { hours, naive } => {
                    reading.horodatage = self.off_by(&reading.horodatage, *hours, *naive);
                }
                _ => {}
            }
        }
        let lot = self.lots.get_mut(&reading.code_lot);
        if !is_out_of_range {
            if let Some(lot) = lot {
                lot.lighter = None;
            }
            return;
        }
        reading.dose_reelle = tenths(reading.dose_reelle * LESS);
        reading.temperature_stabule = Some(HOT);
        let Some(simulated) = reading.poids_moyen else {
            return;
        };
        // Ducks that gain weight would hide a part of what they are said to have lost.
        let lighter = match lot {
            None => LIGHTER,
            Some(lot) => *lot.lighter.get_or_insert_with(|| {
                let before = lot.latest.poids_moyen.unwrap_or(simulated);
                simulated - before + LIGHTER
            }),
        };
        reading.poids_moyen = Some(tenths(simulated - lighter));
    }

    fn off_by(&self, horodatage: &Horodatage, hours: i32, naive: bool) -> Horodatage {
        let instant = horodatage.instant + SignedDuration::from_hours(hours.into());
        let texte = match naive {
            true => instant.to_zoned(self.zone.clone()).datetime().to_string(),
            false => instant.to_string(),
        };
        Horodatage {
            texte,
            instant,
            douteux: false,
        }
    }

    fn remember(&mut self, reading: &Reading) {
        if reading.pret_abattage {
            self.lots.remove(&reading.code_lot);
            return;
        }
        let lighter = self.lots.get(&reading.code_lot).and_then(|lot| lot.lighter);
        let lot = Lot {
            latest: reading.clone(),
            lighter,
        };
        self.lots.insert(reading.code_lot.clone(), lot);
    }

    fn plan_bursts(&mut self, faults: &Faults, now: Instant) {
        let is_burst = |fault: &Fault| matches!(fault.run.effect, Effect::Burst { .. });
        let running = |id: u32| {
            faults
                .0
                .iter()
                .any(|fault| fault.id == id && is_burst(fault))
        };
        self.bursts.retain(|id, _| running(*id));
        for fault in faults.0.iter().filter(|fault| is_burst(fault)) {
            self.bursts.entry(fault.id).or_insert((now, 0));
        }
    }

    /// Says the latest meal of a lot again, in a stable that is a tenth of a degree warmer, or not.
    fn burst(&mut self, faults: &Faults, now: Instant) -> Option<Outgoing> {
        for fault in faults.0.iter() {
            let Effect::Burst { per_second } = fault.run.effect else {
                continue;
            };
            let Some((at, sent)) = self.bursts.get_mut(&fault.id) else {
                continue;
            };
            if *at > now {
                continue;
            }
            let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
            *at = (*at).max(earliest) + Duration::from_secs(1) / per_second;
            *sent += 1;
            let is_its = |code_lot: &&String| {
                let target = fault.run.target.as_ref();
                target.is_some_and(|target| target.is_lot(code_lot)) && !faults.silences(code_lot)
            };
            let mut codes: Vec<_> = self.lots.keys().filter(is_its).collect();
            if codes.is_empty() {
                continue;
            }
            codes.sort_unstable();
            let turn = *sent / codes.len() as u64;
            let code = codes[(*sent % codes.len() as u64) as usize];
            let mut again = self.lots[code].latest.clone();
            again.temperature_stabule = again
                .temperature_stabule
                .map(|celsius| tenths(celsius + 0.1 * (turn % 2) as f64));
            again.correction = true;
            return Some(again.into());
        }
        None
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests;
