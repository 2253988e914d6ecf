//! Livers to come: what the lots that are being fed will give, and on which day. Nothing is said of lots that nobody feeds yet.

use super::{site::Site, yields::EndedLot};
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeMap;

/// Ended lots of a site with a known mean liver, without which nothing is forecast for it.
pub const FEWEST_LOTS: usize = 20;
/// Correlation of the errors of lots that end together; measured on real lots, whose weeks vary more than if lots were independent.
const CORRELATION: f64 = 0.13;
/// Of the normal distribution, for an interval that holds 80 % of the outcomes.
const Z_80: f64 = 1.2816;

/// A lot that is being fed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FedLot {
    pub site: Site,
    pub debut: Date,
    /// Ducks alive.
    pub nb_canards: i32,
    /// Cumulated, %.
    pub taux_mortalite: f64,
}

/// Livers of one day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayForecast {
    pub jour: Date,
    pub kg: f64,
    /// Bounds that hold four outcomes of five.
    pub bornes_kg: (f64, f64),
}

/// What the ended lots of a site say of the next ones.
struct Habits {
    /// Median number of days, the first and the last included.
    days: i32,
    /// Final mortality, %.
    loss: f64,
    /// Mean liver of a lot, and the standard deviation of lots, g.
    liver: (f64, f64),
}

impl Habits {
    fn of<'a>(lots: impl Iterator<Item = &'a EndedLot>) -> Option<Self> {
        let lots: Vec<_> = lots.filter(|lot| lot.masse_moyenne_g.is_some()).collect();
        if lots.len() < FEWEST_LOTS {
            return None;
        }
        let mut days: Vec<i32> = lots.iter().map(|lot| lot.jour + 1).collect();
        days.sort_unstable();
        let losses: Vec<f64> = lots.iter().filter_map(|lot| lot.taux_mortalite).collect();
        let livers: Vec<f64> = lots.iter().filter_map(|lot| lot.masse_moyenne_g).collect();
        Some(Habits {
            days: days[days.len() / 2],
            loss: mean(&losses),
            liver: (mean(&livers), deviation(&livers)),
        })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    (squares / (values.len() - 1).max(1) as f64).sqrt()
}

/// By day, from today on; lots of sites of which too little is known are left out.
pub fn forecast(fed: &[FedLot], ended: &[EndedLot], today: Date) -> Vec<DayForecast> {
    let habits: BTreeMap<Site, Habits> = Site::ALL
        .into_iter()
        .filter_map(|site| {
            let own = ended.iter().filter(|lot| lot.site == site);
            Some((site, Habits::of(own)?))
        })
        .collect();
    let mut days: BTreeMap<Date, Vec<(f64, f64)>> = BTreeMap::new();
    for lot in fed {
        let Some(habits) = habits.get(&lot.site) else {
            continue;
        };
        let end = lot.debut.saturating_add((habits.days - 1).days());
        let still_to_die = (habits.loss - lot.taux_mortalite).max(0.0) / 100.0;
        let ducks = f64::from(lot.nb_canards) * (1.0 - still_to_die);
        let (liver, sd) = habits.liver;
        let lots = days.entry(end.max(today)).or_default();
        lots.push((ducks * liver / 1000.0, ducks * sd / 1000.0));
    }
    days.into_iter()
        .map(|(jour, lots)| day(jour, &lots))
        .collect()
}

fn day(jour: Date, lots: &[(f64, f64)]) -> DayForecast {
    let kg: f64 = lots.iter().map(|(kg, _)| kg).sum();
    let sum: f64 = lots.iter().map(|(_, sd)| sd).sum();
    let squares: f64 = lots.iter().map(|(_, sd)| sd * sd).sum();
    let variance = (1.0 - CORRELATION) * squares + CORRELATION * sum * sum;
    let half = Z_80 * variance.sqrt();
    DayForecast {
        jour,
        kg,
        bornes_kg: ((kg - half).max(0.0), kg + half),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Timestamp, civil::date};

    fn ended(liver: f64) -> EndedLot {
        EndedLot {
            site: Site::Ll,
            gaveur_id: 1,
            dernier_releve: Timestamp::UNIX_EPOCH,
            nb_canards: Some(1000),
            jour: 9,
            taux_mortalite: Some(2.0),
            masses: 24,
            masse_moyenne_g: Some(liver),
            sigma: None,
            mais_g_par_canard: None,
            simule: false,
        }
    }

    fn fed(debut: Date) -> FedLot {
        FedLot {
            site: Site::Ll,
            debut,
            nb_canards: 1000,
            taux_mortalite: 1.0,
        }
    }

    fn twenty() -> Vec<EndedLot> {
        (0..20)
            .map(|n| ended(if n % 2 == 0 { 480.0 } else { 520.0 }))
            .collect()
    }

    #[test]
    fn a_lot_gives_the_mean_liver_of_its_site_on_the_day_on_which_lots_usually_end() {
        let days = forecast(&[fed(date(2026, 3, 1))], &twenty(), date(2026, 3, 5));
        assert_eq!(days.len(), 1);
        assert_eq!(days[0].jour, date(2026, 3, 10));
        assert!((days[0].kg - 990.0 * 0.5).abs() < 1e-9);
        let (low, high) = days[0].bornes_kg;
        let sd = 990.0 * 20.0 * (20.0_f64 / 19.0).sqrt() / 1000.0;
        assert!((high - low - 2.0 * Z_80 * sd).abs() < 1e-9);
    }

    #[test]
    fn lots_that_end_together_err_together() {
        let two = [fed(date(2026, 3, 1)), fed(date(2026, 3, 1))];
        let width = |days: Vec<DayForecast>| days[0].bornes_kg.1 - days[0].bornes_kg.0;
        let one = width(forecast(&two[..1], &twenty(), date(2026, 3, 5)));
        let both = width(forecast(&two, &twenty(), date(2026, 3, 5)));
        let expected = (2.0 * (1.0 - CORRELATION) + 4.0 * CORRELATION).sqrt();
        assert!((both / one - expected).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_forecast_for_a_site_of_which_fewer_than_twenty_lots_are_known() {
        assert!(forecast(&[fed(date(2026, 3, 1))], &twenty()[1..], date(2026, 3, 5)).is_empty());
    }

    #[test]
    fn a_lot_that_is_over_its_time_ends_today() {
        let days = forecast(&[fed(date(2026, 2, 1))], &twenty(), date(2026, 3, 5));
        assert_eq!(days[0].jour, date(2026, 3, 5));
    }
}
