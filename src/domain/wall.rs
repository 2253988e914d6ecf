//! The wall: the latest meal of each lot that is being fed, and figures per site.

use super::{
    lot::{LotId, LotState, Statut},
    reading::{MealPosition, Reading},
    site::Site,
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::HashMap, sync::Arc};

/// How long a finished lot stays on the wall, so that its end is visible.
const FINISHED_STAYS: SignedDuration = SignedDuration::from_hours(24);

/// Maximum number of lots on the wall, many times what a cooperative feeds at once. A lot whose end is never reported would stay for
/// ever.
pub const MOST_LOTS: usize = 5_000;

/// Latest meal of one lot.
#[derive(Debug, Clone, PartialEq)]
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
    pub finished: bool,
    pub simule: bool,
    /// When the server stored the meal.
    pub recu_le: Timestamp,
    /// Its latest reading.
    pub latest: Arc<Reading>,
}

impl WallLot {
    /// The figures are the last measured ones, possibly from an earlier meal than the latest reading.
    pub fn new(lot: &LotState, latest: Reading, recu_le: Timestamp) -> Self {
        WallLot {
            lot_id: lot.id,
            is_history: false,
            code_lot: lot.code_lot.clone(),
            begun: (lot.premier_releve, lot.vie),
            site: lot.site,
            position: lot.position(),
            nb_canards_vivants: lot.nb_canards_actuel,
            poids_moyen: lot.poids_moyen_actuel,
            taux_mortalite: lot.taux_mortalite,
            finished: lot.statut != Statut::EnGavage,
            simule: lot.simule,
            recu_le,
            latest: Arc::new(latest),
        }
    }
}

/// Aggregates over the lots of a site that are being fed; means are weighted by head count.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteStats {
    pub site: Site,
    pub lots: usize,
    pub canards_vivants: Option<i64>,
    /// g.
    pub poids_moyen: Option<f64>,
    /// %.
    pub taux_mortalite: Option<f64>,
    pub dernier_releve: Option<Timestamp>,
    /// At least one lot of the site is simulated.
    pub simule: bool,
}

/// The latest meal of each lot.
#[derive(Debug, Default)]
pub struct Wall {
    lots: HashMap<String, WallLot>,
    changed: bool,
}

impl Wall {
    /// Applies a meal, unless the lot is already further or the wall has a later life of its code. Returns the earlier life that is
    /// removed, of which no more readings are expected.
    pub fn apply(&mut self, lot: WallLot) -> Option<LotId> {
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
        let before = self.lots.insert(lot.code_lot.clone(), lot);
        before
            .map(|known| known.lot_id)
            .filter(|known| *known != lot_id)
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

    /// Removes lots that finished long ago and, beyond [`MOST_LOTS`], those with the oldest readings; returns the removed lots.
    pub fn make_room(&mut self, now: Timestamp) -> Vec<LotId> {
        let before = self.lots.len();
        self.lots
            .retain(|_, lot| !lot.finished || now.duration_since(lot.recu_le) < FINISHED_STAYS);
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

    /// The sites' figures, if they may have changed since the last call.
    pub fn changed_site_stats(&mut self) -> Option<Vec<SiteStats>> {
        std::mem::take(&mut self.changed).then(|| self.site_stats())
    }

    pub fn site_stats(&self) -> Vec<SiteStats> {
        Site::ALL
            .into_iter()
            .map(|site| self.stats_of(site))
            .collect()
    }

    fn stats_of(&self, site: Site) -> SiteStats {
        let at_site = || self.lots.values().filter(move |lot| lot.site == site);
        let fed: Vec<_> = at_site().filter(|lot| !lot.finished).collect();
        let counted: Vec<_> = fed
            .iter()
            .filter_map(|lot| lot.nb_canards_vivants)
            .collect();
        SiteStats {
            site,
            lots: fed.len(),
            canards_vivants: (!counted.is_empty())
                .then(|| counted.iter().map(|n| i64::from(*n)).sum()),
            poids_moyen: weighted_mean(&fed, |lot| lot.poids_moyen),
            taux_mortalite: weighted_mean(&fed, |lot| lot.taux_mortalite),
            dernier_releve: at_site().map(|lot| lot.recu_le).max(),
            simule: fed.iter().any(|lot| lot.simule),
        }
    }
}

/// Mean weighted by head count, over the lots that have both the figure and a head count.
fn weighted_mean(lots: &[&WallLot], figure: impl Fn(&WallLot) -> Option<f64>) -> Option<f64> {
    let pairs = lots
        .iter()
        .filter_map(|lot| Some((figure(lot)?, f64::from(lot.nb_canards_vivants?))));
    let (sum, heads) = pairs.fold((0.0, 0.0), |(sum, heads), (value, n)| {
        (sum + value * n, heads + n)
    });
    (heads > 0.0).then(|| sum / heads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};

    fn lot(code: &str, jour: i32, heads: i32, weight: f64) -> WallLot {
        let mut reading = sample(code, jour, Moment::Matin);
        reading.nb_canards_vivants = Some(heads);
        reading.poids_moyen = Some(weight);
        let state = LotState::first_seen(
            code[2..].parse().unwrap(),
            1,
            &reading,
            &jiff::tz::TimeZone::UTC,
        );
        WallLot::new(&state, reading, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_mean_weight_of_a_site_is_weighted_by_head_count() {
        let mut wall = Wall::default();
        wall.apply(lot("LL2611001", 0, 300, 5000.0));
        wall.apply(lot("LL2611002", 0, 100, 6000.0));
        let stats = &wall.site_stats()[0];
        assert_eq!(
            (stats.lots, stats.canards_vivants, stats.poids_moyen),
            (2, Some(400), Some(5250.0))
        );
    }

    #[test]
    fn a_site_without_lots_has_no_figures_rather_than_zeros() {
        let stats = &Wall::default().site_stats()[2];
        assert_eq!(
            (stats.lots, stats.canards_vivants, stats.poids_moyen),
            (0, None, None)
        );
    }

    #[test]
    fn a_correction_of_an_earlier_meal_leaves_the_latest_on_the_wall() {
        let mut wall = Wall::default();
        wall.apply(lot("LL2611001", 5, 300, 5000.0));
        wall.apply(lot("LL2611001", 2, 300, 1.0));
        assert_eq!(wall.lots()[0].position, (5, Moment::Matin));
    }

    #[test]
    fn a_later_life_of_a_code_takes_the_place_of_an_earlier_one_which_does_not_come_back() {
        let mut wall = Wall::default();
        let ended = lot("LL2611001", 12, 300, 7000.0);
        let mut begun = lot("LL2611001", 0, 300, 4000.0);
        (begun.lot_id, begun.begun.1) = (ended.lot_id + 1, 2);
        assert_eq!(wall.apply(ended.clone()), None);
        assert_eq!(wall.apply(begun.clone()), Some(ended.lot_id));
        assert_eq!(wall.apply(ended.clone()), None);
        assert!(wall.shows(&begun) && !wall.shows(&ended));
        assert_eq!(wall.lots(), [begun]);
    }

    #[test]
    fn a_finished_lot_leaves_the_figures_at_once_and_the_wall_a_day_later() {
        let mut wall = Wall::default();
        let mut finished = lot("LL2611001", 12, 300, 7000.0);
        finished.finished = true;
        wall.apply(finished);
        assert_eq!(wall.changed_site_stats().unwrap()[0].lots, 0);
        assert_eq!(wall.lots().len(), 1);
        let later = Timestamp::UNIX_EPOCH + FINISHED_STAYS;
        assert!(wall.make_room(later).is_empty(), "it was not crowded out");
        assert!(wall.changed_site_stats().is_some());
        assert!(wall.lots().is_empty());
    }

    #[test]
    fn of_too_many_lots_those_not_fed_for_longest_are_forgotten_and_named() {
        let mut wall = Wall::default();
        for number in 0..MOST_LOTS + 3 {
            let mut fed = lot(&format!("LL{number:07}"), 1, 300, 5000.0);
            let age = SignedDuration::from_secs(number as i64);
            fed.recu_le = Timestamp::UNIX_EPOCH - age;
            wall.apply(fed);
        }
        let mut forgotten = wall.make_room(Timestamp::UNIX_EPOCH);
        forgotten.sort();
        let oldest = (MOST_LOTS..MOST_LOTS + 3).map(|number| number as LotId);
        assert!(oldest.eq(forgotten));
        assert_eq!(wall.lots().len(), MOST_LOTS);
        assert!(wall.make_room(Timestamp::UNIX_EPOCH).is_empty());
    }

    #[test]
    fn figures_that_did_not_change_are_not_given_again() {
        let mut wall = Wall::default();
        wall.apply(lot("LL2611001", 5, 300, 5000.0));
        assert!(wall.changed_site_stats().is_some());
        assert!(wall.changed_site_stats().is_none());
    }
}
