//! The figures of a site.

use super::{Wall, WallLot};
use crate::domain::{lot::Statut, site::Site};
use jiff::Timestamp;

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
    /// Lots on the wall that have been fed and wait for their quality control.
    pub prets: usize,
    pub en_controle: usize,
    /// Since the beginning of the day.
    pub clos_aujourdhui: usize,
    /// The jour on which lots of the site usually end; `None` while too few have.
    pub dernier_jour_habituel: Option<i32>,
    /// At least one lot of the site is simulated.
    pub simule: bool,
}

impl Wall {
    pub(super) fn stats_of(&self, site: Site, day: Timestamp) -> SiteStats {
        let at_site = || self.lots.values().filter(move |lot| lot.site == site);
        let fed: Vec<_> = at_site().filter(|lot| !lot.statut.has_ended()).collect();
        let in_state =
            |states: &[Statut]| at_site().filter(|lot| states.contains(&lot.statut)).count();
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
            prets: in_state(&[Statut::PretAbattage, Statut::Abattu]),
            en_controle: in_state(&[Statut::ControleQualite]),
            clos_aujourdhui: self.closed_since(site, day),
            dernier_jour_habituel: self.lengths.usual(site),
            simule: fed.iter().any(|lot| lot.simule),
        }
    }

    fn closed_since(&self, site: Site, day: Timestamp) -> usize {
        let closed = self.closed.values();
        closed
            .filter(|lot| lot.site == site && lot.le >= day)
            .count()
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
