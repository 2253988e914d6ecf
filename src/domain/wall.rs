//! The wall: the latest meals of each lot that is being fed, the lots that have been fed, and figures per site.

mod ecarts;
mod lengths;
mod stats;
#[cfg(test)]
mod tests;

use super::{
    feeding_length::days_between,
    lot::{LotId, LotState, Statut},
    reading::{MealPosition, Reading},
    site::Site,
    transition::Transition,
};
pub use ecarts::{Ecarts, LATEST_MEALS};
use jiff::{SignedDuration, Timestamp};
use lengths::Lengths;
pub use lengths::{FedToTheEnd, NewlyPlanned, PlannedEnd};
use serde::{Deserialize, Serialize};
pub use stats::SiteStats;
use std::{collections::HashMap, sync::Arc};

/// How long a lot stays on the wall after its last meal if its quality control does not end before. Longer than any day lasts.
const ENDED_STAYS: SignedDuration = SignedDuration::from_hours(25);

/// Maximum number of lots on the wall, many times what a cooperative feeds at once. A lot whose end is never reported would stay for
/// ever.
pub const MOST_LOTS: usize = 5_000;

/// Latest meal of one lot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WallLot {
    pub lot_id: LotId,
    /// Its latest meal has a doubtful time: it is history, and no further meal is expected.
    pub is_history: bool,
    pub code_lot: String,
    /// Time of its first meal, and its number among the lives of the code: of two lives of a code the later one is on the wall.
    pub begun: (Timestamp, i32),
    pub site: Site,
    pub position: MealPosition,
    pub nb_canards_vivants: Option<i32>,
    pub poids_moyen: Option<f64>,
    pub taux_mortalite: Option<f64>,
    pub statut: Statut,
    pub simule: bool,
    /// When the server stored the meal.
    pub recu_le: Timestamp,
    /// Its latest reading.
    #[serde(with = "latest")]
    pub latest: Arc<Reading>,
    pub ecarts: Ecarts,
    /// Of the last meal that is planned: by its curve, which the wall knows, otherwise by its planned end.
    pub dernier_jour_prevu: Option<i32>,
}

impl WallLot {
    /// The figures are the last measured ones, possibly from an earlier meal than the latest reading.
    pub fn new(lot: &LotState, latest: Reading, recu_le: Timestamp) -> Self {
        let begins = lot.fed.map(|fed| fed.premier_releve);
        WallLot {
            lot_id: lot.id,
            is_history: false,
            code_lot: lot.code_lot.clone(),
            begun: (begins.unwrap_or(latest.horodatage.instant), lot.vie),
            site: lot.site,
            position: latest.position(),
            nb_canards_vivants: lot.nb_canards_actuel,
            poids_moyen: lot.poids_moyen_actuel,
            taux_mortalite: lot.taux_mortalite,
            statut: lot.statut,
            simule: lot.simule,
            recu_le,
            ecarts: ecarts_of(&latest),
            dernier_jour_prevu: lot.fin_prevue.map(|fin| days_between(lot.debut_lot, fin)),
            latest: Arc::new(latest),
        }
    }
}

/// Writes and reads a reading that is shared.
mod latest {
    use super::Reading;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub fn serialize<S: Serializer>(latest: &Arc<Reading>, to: S) -> Result<S::Ok, S::Error> {
        Reading::serialize(latest, to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Reading>, D::Error> {
        Reading::deserialize(from).map(Arc::new)
    }
}

fn ecarts_of(latest: &Reading) -> Ecarts {
    let mut ecarts = Ecarts::up_to(latest.position());
    ecarts.note(latest.position(), latest.ecart_dose());
    ecarts
}

/// The écarts of stored meals of a lot that are not its front.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlierEcarts {
    pub code_lot: String,
    pub lot_id: LotId,
    pub meals: Vec<(MealPosition, Option<f64>)>,
}

/// A lot whose quality control has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedLot {
    pub lot_id: LotId,
    pub site: Site,
    pub le: Timestamp,
}

/// The latest meal of each lot.
#[derive(Debug, Default)]
pub struct Wall {
    lots: HashMap<String, WallLot>,
    /// Those that were closed lately, which are only counted.
    closed: HashMap<LotId, ClosedLot>,
    lengths: Lengths,
    /// The beginning of the day for which figures were given last.
    day: Timestamp,
    changed: bool,
}

impl Wall {
    /// Applies a meal, unless the lot is already further or the wall has a later life of its code. Returns the earlier life that is
    /// removed, of which no more readings are expected.
    pub fn apply(&mut self, mut lot: WallLot) -> Option<LotId> {
        if leaves(lot.statut) {
            self.take_down(&lot.code_lot, lot.lot_id);
            return None;
        }
        let known = self.lots.get(&lot.code_lot);
        let stays = |known: &WallLot| {
            if known.lot_id == lot.lot_id {
                known.position > lot.position
            } else {
                known.begun > lot.begun
            }
        };
        if known.is_some_and(stays) {
            return None;
        }
        self.changed = true;
        let lot_id = lot.lot_id;
        if let Some(known) = known.filter(|known| known.lot_id == lot_id) {
            let front = lot.ecarts.places()[LATEST_MEALS - 1];
            lot.ecarts = known.ecarts.advanced_to(lot.position);
            lot.ecarts.note(lot.position, front);
        }
        let by_curve = self.lengths.planned.get(&lot_id).copied();
        lot.dernier_jour_prevu = by_curve.or(lot.dernier_jour_prevu);
        let untold = lot.dernier_jour_prevu.map(|_| lot.code_lot.clone());
        let before = self.lots.insert(lot.code_lot.clone(), lot);
        let before = before.map(|known| known.lot_id);
        if before != Some(lot_id) {
            self.lengths.untold.extend(untold);
        }
        before.filter(|known| *known != lot_id)
    }

    /// Records écarts of a lot on the wall.
    pub fn note_ecarts(&mut self, earlier: &EarlierEcarts) {
        let lot = self.lots.get_mut(&earlier.code_lot);
        if let Some(lot) = lot.filter(|lot| lot.lot_id == earlier.lot_id) {
            for (position, ecart) in &earlier.meals {
                lot.ecarts.note(*position, *ecart);
            }
        }
    }

    /// Applies a transition that was committed now. A lot that is closed leaves the wall and is counted for the rest of the day.
    pub fn follow(&mut self, transition: &Transition, now: Timestamp) {
        let Transition {
            lot_id,
            ref code_lot,
            site,
            vers,
            ..
        } = *transition;
        if vers == Statut::Clos {
            let le = now;
            self.closed
                .entry(lot_id)
                .or_insert(ClosedLot { lot_id, site, le });
            self.changed = true;
        }
        if vers.has_ended() {
            self.note_end(transition);
        }
        if leaves(vers) {
            self.take_down(code_lot, lot_id);
        } else if let Some(lot) = self.lots.get_mut(code_lot)
            && lot.lot_id == lot_id
        {
            lot.statut = vers;
            self.changed = true;
        }
    }

    /// What was planned for the lot is over. One that is fed to the end says how long lots of its site are fed.
    fn note_end(&mut self, transition: &Transition) {
        self.lengths.planned.remove(&transition.lot_id);
        let was_fed =
            transition.de == Some(Statut::EnGavage) && transition.vers == Statut::PretAbattage;
        let lot = self.lots.get(&transition.code_lot).filter(|_| was_fed);
        if let Some(lot) = lot.filter(|lot| lot.lot_id == transition.lot_id) {
            self.lengths.note_end(FedToTheEnd {
                site: lot.site,
                jour: lot.position.0,
                simule: lot.simule,
            });
        }
    }

    /// Counts lots that were closed before this process started.
    pub fn remember_closed(&mut self, closed: impl IntoIterator<Item = ClosedLot>) {
        self.closed
            .extend(closed.into_iter().map(|lot| (lot.lot_id, lot)));
        self.changed = true;
    }

    /// Removes this life of its code.
    pub fn take_down(&mut self, code_lot: &str, lot_id: LotId) {
        if self
            .lots
            .get(code_lot)
            .is_some_and(|lot| lot.lot_id == lot_id)
        {
            self.lots.remove(code_lot);
            self.changed = true;
        }
    }

    /// True if this life of its code is on the wall.
    pub fn shows(&self, lot: &WallLot) -> bool {
        let known = self.lots.get(&lot.code_lot);
        known.is_some_and(|known| known.lot_id == lot.lot_id)
    }

    /// Lots ordered by code.
    pub fn lots(&self) -> Vec<WallLot> {
        let mut lots: Vec<_> = self.lots.values().cloned().collect();
        lots.sort_by(|a, b| a.code_lot.cmp(&b.code_lot));
        lots
    }

    /// Removes lots that ended long ago and, beyond [`MOST_LOTS`], those with the oldest readings; returns the latter.
    pub fn make_room(&mut self, now: Timestamp) -> Vec<LotId> {
        let before = self.lots.len();
        let is_recent = |since: Timestamp| now.duration_since(since) < ENDED_STAYS;
        self.lots
            .retain(|_, lot| !lot.statut.has_ended() || is_recent(lot.recu_le));
        self.closed.retain(|_, lot| is_recent(lot.le));
        let crowded_out = self.least_recent(self.lots.len().saturating_sub(MOST_LOTS));
        let gone: Vec<_> = crowded_out
            .iter()
            .filter_map(|code_lot| self.lots.remove(code_lot))
            .collect();
        self.changed |= self.lots.len() != before;
        gone.into_iter().map(|lot| lot.lot_id).collect()
    }

    fn least_recent(&self, count: usize) -> Vec<String> {
        let Some(last) = count.checked_sub(1) else {
            return Vec::new();
        };
        let mut lots: Vec<_> = self.lots.values().collect();
        lots.select_nth_unstable_by_key(last, |lot| lot.recu_le);
        let least = lots[..count].iter();
        least.map(|lot| lot.code_lot.clone()).collect()
    }

    /// The sites' figures of the day that began then, if they may have changed since the last call.
    pub fn changed_site_stats(&mut self, day: Timestamp) -> Option<Vec<SiteStats>> {
        let begins = std::mem::replace(&mut self.day, day) != day;
        let changed = std::mem::take(&mut self.changed) || begins;
        changed.then(|| self.site_stats(day))
    }

    pub fn site_stats(&self, day: Timestamp) -> Vec<SiteStats> {
        let sites = Site::ALL.into_iter();
        sites.map(|site| self.stats_of(site, day)).collect()
    }
}

/// Nothing more happens to such a lot.
fn leaves(statut: Statut) -> bool {
    matches!(statut, Statut::Clos | Statut::Annule)
}
