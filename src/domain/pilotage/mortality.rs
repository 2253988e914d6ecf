//! Mortality of lots on the band of their day: what past lots had cumulated by then.

use crate::domain::{lot::LotId, quantiles::quantile, site::Site};
use std::collections::BTreeMap;

/// Past lots that must have been counted on a day, before a band is drawn there.
pub const FEWEST_LOTS: usize = 20;

/// Cumulated mortality of a lot by the end of one of its days, %.
#[derive(Debug, Clone, PartialEq)]
pub struct LotDay {
    pub lot_id: LotId,
    pub code_lot: String,
    pub site: Site,
    /// Its feeding has ended.
    pub has_ended: bool,
    pub jour: i32,
    pub taux_mortalite: f64,
    pub simule: bool,
}

/// What past lots had cumulated on a day, %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandDay {
    pub jour: i32,
    /// Lots counted on that day.
    pub n: usize,
    pub p5: f64,
    pub p50: f64,
    pub p95: f64,
}

/// A lot that is being fed, day by day.
#[derive(Debug, Clone, PartialEq)]
pub struct FedCurve {
    pub code_lot: String,
    pub site: Site,
    /// jour and cumulated mortality, %.
    pub days: Vec<(i32, f64)>,
    /// On its last day it has more than 95 % of past lots had by then; `None` without a band there.
    pub is_above: Option<bool>,
}

/// The band of the lots that have ended, by jour.
pub fn band(days: &[LotDay]) -> Vec<BandDay> {
    let mut by_jour: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for day in days.iter().filter(|day| day.has_ended) {
        by_jour
            .entry(day.jour)
            .or_default()
            .push(day.taux_mortalite);
    }
    let enough = by_jour
        .into_iter()
        .filter(|(_, rates)| rates.len() >= FEWEST_LOTS);
    enough
        .filter_map(|(jour, rates)| {
            Some(BandDay {
                jour,
                n: rates.len(),
                p5: quantile(&rates, 0.05)?,
                p50: quantile(&rates, 0.5)?,
                p95: quantile(&rates, 0.95)?,
            })
        })
        .collect()
}

/// The lots that are being fed, those above the band first, then by code.
pub fn fed(days: &[LotDay], band: &[BandDay]) -> Vec<FedCurve> {
    let mut curves: BTreeMap<(&str, LotId), FedCurve> = BTreeMap::new();
    for day in days.iter().filter(|day| !day.has_ended) {
        let curve = curves
            .entry((&day.code_lot, day.lot_id))
            .or_insert_with(|| FedCurve {
                code_lot: day.code_lot.clone(),
                site: day.site,
                days: Vec::new(),
                is_above: None,
            });
        curve.days.push((day.jour, day.taux_mortalite));
    }
    let mut curves: Vec<_> = curves.into_values().collect();
    for curve in &mut curves {
        curve.days.sort_by_key(|(jour, _)| *jour);
        let last = curve.days.last().copied();
        curve.is_above = last.and_then(|(jour, rate)| {
            let day = band.iter().find(|day| day.jour == jour)?;
            Some(rate > day.p95)
        });
    }
    curves.sort_by_key(|curve| curve.is_above != Some(true));
    curves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(code_lot: &str, has_ended: bool, jour: i32, taux_mortalite: f64) -> LotDay {
        LotDay {
            lot_id: 1,
            code_lot: code_lot.to_owned(),
            site: Site::Ll,
            has_ended,
            jour,
            taux_mortalite,
            simule: false,
        }
    }

    #[test]
    fn a_fed_lot_is_above_the_band_when_it_has_lost_more_than_nearly_all_had_by_its_day() {
        let mut days: Vec<_> = (0..21)
            .map(|n| day(&format!("LL{n}"), true, 3, f64::from(n) / 10.0))
            .collect();
        days.push(day("B", false, 2, 0.4));
        days.push(day("B", false, 3, 1.95));
        days.push(day("A", false, 3, 1.85));
        days.push(day("C", false, 4, 9.0));
        let band = band(&days);
        let expected = BandDay {
            jour: 3,
            n: 21,
            p5: 0.1,
            p50: 1.0,
            p95: 1.9,
        };
        assert_eq!(band, [expected]);
        let found: Vec<_> = fed(&days, &band)
            .into_iter()
            .map(|curve| (curve.code_lot, curve.is_above, curve.days.len()))
            .collect();
        let expected = [("B", Some(true), 2), ("A", Some(false), 1), ("C", None, 1)];
        let expected = expected.map(|(code, above, n)| (code.to_owned(), above, n));
        assert_eq!(found, expected);
    }

    #[test]
    fn nineteen_past_lots_make_no_band() {
        let days: Vec<_> = (0..19)
            .map(|n| day(&format!("LL{n}"), true, 3, 1.0))
            .collect();
        assert!(band(&days).is_empty());
    }
}
