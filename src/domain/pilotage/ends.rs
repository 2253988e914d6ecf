//! The calendar of ends: on which days the lots that are being fed should end.

use crate::domain::{quantiles::median, site::Site, yields::EndedLot};
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeMap;

/// Ended lots of a site below which the usual duration is taken for its lots.
const FEWEST_LOTS: usize = 5;
/// Days of a feeding of the usual twenty meals.
const USUAL_DAYS: i32 = 10;

/// A lot that is being fed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FedLot {
    pub site: Site,
    pub debut: Date,
    /// `None` is not counted.
    pub nb_canards: Option<i32>,
}

/// The lots of a site that should end on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndingDay {
    pub jour: Date,
    pub site: Site,
    pub lots: i64,
    pub canards: i64,
}

/// Days of feeding of a lot of this site: the median of those that ended.
pub fn usual_days(ended: &[EndedLot], site: Site) -> i32 {
    let own = ended.iter().filter(|lot| lot.site == site);
    let days: Vec<f64> = own.map(|lot| f64::from(lot.jour.max(0) + 1)).collect();
    match median(&days) {
        Some(days_of_half) if days.len() >= FEWEST_LOTS => days_of_half.round() as i32,
        _ => USUAL_DAYS,
    }
}

/// By day, then site; a lot that is over its time should end today.
pub fn calendar(fed: &[FedLot], ended: &[EndedLot], today: Date) -> Vec<EndingDay> {
    let days: BTreeMap<Site, i32> = Site::ALL
        .into_iter()
        .map(|site| (site, usual_days(ended, site)))
        .collect();
    let mut calendar: BTreeMap<(Date, Site), (i64, i64)> = BTreeMap::new();
    for lot in fed {
        let days = days.get(&lot.site).copied().unwrap_or(USUAL_DAYS);
        let end = lot.debut.saturating_add((days - 1).days()).max(today);
        let (lots, ducks) = calendar.entry((end, lot.site)).or_default();
        *lots += 1;
        *ducks += i64::from(lot.nb_canards.unwrap_or(0));
    }
    calendar
        .into_iter()
        .map(|((jour, site), (lots, canards))| EndingDay {
            jour,
            site,
            lots,
            canards,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::lot, *};
    use jiff::civil::date;

    #[test]
    fn lots_end_after_the_usual_days_of_their_site_and_those_over_their_time_today() {
        let mut past = vec![lot(1, 8000.0, 500.0).ended; 5];
        for (lot, jour) in past.iter_mut().zip([10, 11, 11, 12, 30]) {
            lot.jour = jour;
        }
        let fed = |site, debut, ducks| FedLot {
            site,
            debut,
            nb_canards: ducks,
        };
        let lots = [
            fed(Site::Ll, date(2026, 11, 20), Some(900)),
            fed(Site::Ll, date(2026, 11, 20), None),
            fed(Site::Mt, date(2026, 11, 20), Some(1000)),
            fed(Site::Mt, date(2026, 10, 1), Some(1)),
        ];
        let found = calendar(&lots, &past, date(2026, 11, 25));
        let day = |jour, site, lots, canards| EndingDay {
            jour,
            site,
            lots,
            canards,
        };
        let expected = [
            day(date(2026, 11, 25), Site::Mt, 1, 1),
            day(date(2026, 11, 29), Site::Mt, 1, 1000),
            day(date(2026, 12, 1), Site::Ll, 2, 900),
        ];
        assert_eq!(found, expected);
    }
}
