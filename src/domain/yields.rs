//! What lots gave whose feeding has ended: livers estimated for the whole lot, and means over many lots.

use super::{mean, quality::itm, site::Site};
use jiff::Timestamp;

/// Livers of a lot that must be weighed before the lot's mass is estimated from their mean.
pub const FEWEST_LIVERS: i64 = 10;

/// A lot whose feeding has ended. `None` is not measured.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedLot {
    pub site: Site,
    pub gaveur_id: i32,
    pub dernier_releve: Timestamp,
    /// Ducks alive, as last counted.
    pub nb_canards: Option<i32>,
    /// Day of its last meal.
    pub jour: i32,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
    /// Livers that were weighed.
    pub masses: i64,
    /// g.
    pub masse_moyenne_g: Option<f64>,
    /// Coefficient of variation of its livers.
    pub sigma: Option<f64>,
    /// Given to a duck in all, g.
    pub mais_g_par_canard: Option<f64>,
    pub simule: bool,
}

impl EndedLot {
    /// Maize per duck over mean liver, g/g.
    pub fn itm(&self) -> Option<f64> {
        itm(self.mais_g_par_canard, self.masse_moyenne_g)
    }

    /// Mass of all its livers: ducks × mean liver, kg. `None` with fewer than [`FEWEST_LIVERS`] weighed, or without a head count.
    pub fn foie_estime_kg(&self) -> Option<f64> {
        let mean = self
            .masse_moyenne_g
            .filter(|_| self.masses >= FEWEST_LIVERS)?;
        Some(f64::from(self.nb_canards?) * mean / 1000.0)
    }
}

/// Means and sums over lots; `None` where no lot has the figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Yields {
    pub lots: i64,
    /// Livers of all ducks, as estimated from those that were weighed, kg.
    pub foie_estime_kg: Option<f64>,
    /// Lots that the estimate is of.
    pub lots_estimes: i64,
    /// Weighted by head count, g/g.
    pub itm: Option<f64>,
    /// Lowest and highest of a lot, g/g.
    pub itm_bornes: Option<(f64, f64)>,
    /// Mean over the lots, not weighted.
    pub sigma: Option<f64>,
    /// Weighted by head count, %.
    pub taux_mortalite: Option<f64>,
    /// Mean maize of a duck, weighted by head count, g.
    pub mais_g_par_canard: Option<f64>,
    /// Mean number of days from the first to the last meal, both included.
    pub jours: Option<f64>,
    /// Last meal of any of them.
    pub dernier_releve: Option<Timestamp>,
    pub simule: bool,
}

impl Yields {
    pub fn of<'a>(lots: impl IntoIterator<Item = &'a EndedLot>) -> Self {
        let lots: Vec<_> = lots.into_iter().collect();
        let weighted = |figure: fn(&EndedLot) -> Option<f64>| {
            let known = lots
                .iter()
                .filter_map(|lot| Some((figure(lot)?, lot.nb_canards)));
            mean::by_head_count(known)
        };
        let plain = |figure: fn(&EndedLot) -> Option<f64>| {
            let known: Vec<f64> = lots.iter().filter_map(|lot| figure(lot)).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        let estimates: Vec<f64> = lots.iter().filter_map(|lot| lot.foie_estime_kg()).collect();
        let itms = lots.iter().filter_map(|lot| lot.itm());
        Yields {
            lots: lots.len() as i64,
            lots_estimes: estimates.len() as i64,
            foie_estime_kg: (!estimates.is_empty()).then(|| estimates.iter().sum()),
            itm: weighted(EndedLot::itm),
            itm_bornes: itms.fold(None, |bounds, itm| match bounds {
                None => Some((itm, itm)),
                Some((least, most)) => Some((itm.min(least), itm.max(most))),
            }),
            sigma: plain(|lot| lot.sigma),
            taux_mortalite: weighted(|lot| lot.taux_mortalite),
            mais_g_par_canard: weighted(|lot| lot.mais_g_par_canard),
            jours: plain(|lot| Some(f64::from(lot.jour.max(0) + 1))),
            dernier_releve: lots.iter().map(|lot| lot.dernier_releve).max(),
            simule: lots.iter().any(|lot| lot.simule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(nb_canards: Option<i32>, masses: i64, masse: Option<f64>) -> EndedLot {
        EndedLot {
            site: Site::Ll,
            gaveur_id: 1,
            dernier_releve: Timestamp::UNIX_EPOCH,
            nb_canards,
            jour: 9,
            taux_mortalite: Some(2.0),
            masses,
            masse_moyenne_g: masse,
            sigma: None,
            mais_g_par_canard: Some(8000.0),
            simule: false,
        }
    }

    #[test]
    fn the_livers_of_a_lot_are_estimated_from_ten_weighed_ones_and_its_head_count() {
        assert_eq!(
            lot(Some(1000), 10, Some(500.0)).foie_estime_kg(),
            Some(500.0)
        );
        assert_eq!(lot(Some(1000), 9, Some(500.0)).foie_estime_kg(), None);
        assert_eq!(lot(None, 24, Some(500.0)).foie_estime_kg(), None);
        let lots = [lot(Some(1000), 10, Some(500.0)), lot(Some(1000), 0, None)];
        let yields = Yields::of(&lots);
        assert_eq!((yields.lots, yields.lots_estimes), (2, 1));
        assert_eq!(yields.foie_estime_kg, Some(500.0));
    }

    #[test]
    fn means_weigh_a_lot_by_its_ducks_and_leave_out_what_is_unknown() {
        let lots = [
            lot(Some(3000), 10, Some(500.0)),
            lot(Some(1000), 10, Some(400.0)),
            lot(Some(1000), 0, None),
        ];
        let yields = Yields::of(&lots);
        assert_eq!(yields.itm, Some((3.0 * 16.0 + 20.0) / 4.0));
        assert_eq!(yields.itm_bornes, Some((16.0, 20.0)));
        assert_eq!(yields.jours, Some(10.0));
        assert_eq!(Yields::of(&[]).itm, None);
    }
}
