//! Gaveurs beside each other. A few lots say little of a person: his mean is drawn towards that of his site, and he is ranked only once enough
//! is known.

use super::{PeriodLot, group_itm, mortality};
use crate::domain::site::Site;
use std::collections::BTreeMap;

/// Lots with an ITM from which on a gaveur is ranked.
pub const FEWEST_LOTS: usize = 5;
/// Lots at which a gaveur's own mean says as much as that of his site: from the variance within gaveurs over that between them, which is .35 of
/// all for the ITM of real lots.
const HALF_KNOWN: f64 = 1.8;
/// Standard deviation of the ITM between gaveurs of a site, g/g, from the same lots.
const BETWEEN: f64 = 0.88;
/// Normal distribution, two-sided 90 %.
const Z_90: f64 = 1.644_854;

/// A gaveur over the lots of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedGaveur {
    pub gaveur_id: i32,
    pub nom: String,
    /// Of his latest lot.
    pub site: Site,
    pub lots: usize,
    /// Of them those with an ITM.
    pub lots_itm: usize,
    pub canards: i64,
    /// %.
    pub taux_mortalite: Option<f64>,
    /// Of all his lots, g/g.
    pub itm: Option<f64>,
    /// Drawn towards the mean of his site, g/g.
    pub ajuste: Option<f64>,
    /// Where the drawn mean truly lies, 9 times of 10.
    pub bornes: Option<(f64, f64)>,
    /// From 1, the lowest ITM; `None` below [`FEWEST_LOTS`].
    pub rang: Option<usize>,
}

/// The ranked ones first, by rank; the others by name.
pub fn rank(lots: &[PeriodLot]) -> Vec<RankedGaveur> {
    let mut by_gaveur: BTreeMap<i32, Vec<&PeriodLot>> = BTreeMap::new();
    for lot in lots {
        by_gaveur.entry(lot.ended.gaveur_id).or_default().push(lot);
    }
    let mut gaveurs: Vec<_> = by_gaveur
        .into_values()
        .filter_map(|own| gaveur(&own, lots))
        .collect();
    let is_ranked = |one: &RankedGaveur| one.lots_itm >= FEWEST_LOTS;
    gaveurs.sort_by(|a, b| {
        let known = is_ranked(b).cmp(&is_ranked(a));
        let order = match (a.ajuste, b.ajuste) {
            (Some(left), Some(right)) if is_ranked(a) && is_ranked(b) => left.total_cmp(&right),
            _ => a.nom.cmp(&b.nom),
        };
        known.then(order).then(a.gaveur_id.cmp(&b.gaveur_id))
    });
    let ranked = gaveurs.iter_mut().filter(|one| is_ranked(one));
    for (place, one) in ranked.enumerate() {
        one.rang = Some(place + 1);
    }
    gaveurs
}

fn gaveur(own: &[&PeriodLot], all: &[PeriodLot]) -> Option<RankedGaveur> {
    let latest = own.iter().max_by_key(|lot| lot.ended.dernier_releve)?;
    let site = latest.ended.site;
    let of_site = group_itm(all.iter().filter(|lot| lot.ended.site == site));
    let itm = group_itm(own.iter().copied()).map(|own| own.mean);
    let shrunk = itm.zip(of_site).map(|(own, of_site)| {
        let share = own.n as f64 / (own.n as f64 + HALF_KNOWN);
        let ajuste = of_site.mean.mean + share * (own.mean - of_site.mean.mean);
        let half = Z_90 * BETWEEN * (1.0 - share).sqrt();
        (ajuste, (ajuste - half, ajuste + half))
    });
    Some(RankedGaveur {
        gaveur_id: latest.ended.gaveur_id,
        nom: latest.gaveur_nom.clone(),
        site,
        lots: own.len(),
        lots_itm: itm.map_or(0, |own| own.n),
        canards: own
            .iter()
            .filter_map(|lot| lot.ended.nb_canards)
            .map(i64::from)
            .sum(),
        taux_mortalite: mortality(own.iter().copied()).map(|own| own.mean),
        itm: itm.map(|own| own.mean),
        ajuste: shrunk.map(|(ajuste, _)| ajuste),
        bornes: shrunk.map(|(_, bounds)| bounds),
        rang: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::lot, *};

    #[test]
    fn a_gaveur_with_four_lots_has_no_rank_however_good_they_are() {
        let mut lots = vec![lot(1, 6000.0, 600.0); 4];
        lots.extend(vec![lot(2, 8000.0, 500.0); 5]);
        lots.extend(vec![lot(3, 7500.0, 500.0); 5]);
        let ranks: Vec<_> = rank(&lots)
            .iter()
            .map(|one| (one.gaveur_id, one.rang))
            .collect();
        assert_eq!(ranks, [(3, Some(1)), (2, Some(2)), (1, None)]);
    }

    #[test]
    fn the_mean_of_few_lots_is_drawn_further_towards_that_of_the_site() {
        let mut lots = vec![lot(1, 6000.0, 500.0); 2];
        lots.extend(vec![lot(2, 8000.0, 500.0); 18]);
        let of_site = (2.0 * 12.0 + 18.0 * 16.0) / 20.0;
        let found = rank(&lots);
        let (many, few) = (&found[0], &found[1]);
        assert_eq!((few.itm, many.itm), (Some(12.0), Some(16.0)));
        let expected = of_site + 2.0 / 3.8 * (12.0 - of_site);
        assert!((few.ajuste.unwrap() - expected).abs() < 1e-9);
        let expected = of_site + 18.0 / 19.8 * (16.0 - of_site);
        assert!((many.ajuste.unwrap() - expected).abs() < 1e-9);
        let width = |one: &RankedGaveur| one.bornes.map(|(low, high)| high - low).unwrap();
        assert!((width(few) - 2.0 * 1.644_854 * 0.88 * (1.8_f64 / 3.8).sqrt()).abs() < 1e-9);
        assert!(width(many) < width(few));
    }

    #[test]
    fn a_gaveur_whose_livers_nobody_weighed_has_no_itm_and_is_still_listed() {
        let mut unknown = lot(4, 8000.0, 500.0);
        unknown.ended.masse_moyenne_g = None;
        let found = rank(&[unknown]);
        assert_eq!((found[0].lots, found[0].lots_itm), (1, 0));
        assert_eq!(
            (found[0].itm, found[0].ajuste, found[0].rang),
            (None, None, None)
        );
    }
}
