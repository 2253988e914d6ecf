//! The calendar of ends: on which days the lots that are being fed should end.

use crate::domain::{feeding_length::usual_last_day, site::Site, yields::EndedLot};
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeMap;

/// The last day of a feeding of the usual twenty meals, for a site of which too few lots have ended.
const USUAL_LAST_DAY: i32 = 9;

/// A lot that is being fed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FedLot {
    pub site: Site,
    pub debut: Date,
    /// Of the last meal that its plan knows, if it has one.
    pub dernier_jour_prevu: Option<i32>,
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

/// By day, then site. A lot ends as it is planned, otherwise as those of its site that ended; one that is over its time should end today.
pub fn calendar(fed: &[FedLot], ended: &[EndedLot], today: Date) -> Vec<EndingDay> {
    let of_site = |site| {
        let own = ended.iter().filter(move |lot| lot.site == site);
        usual_last_day(own.map(|lot| lot.jour)).unwrap_or(USUAL_LAST_DAY)
    };
    let usual = Site::ALL.map(|site| (site, of_site(site)));
    let usual = BTreeMap::from(usual);
    let mut calendar: BTreeMap<(Date, Site), (i64, i64)> = BTreeMap::new();
    for lot in fed {
        let last_day = lot.dernier_jour_prevu.unwrap_or(usual[&lot.site]);
        let end = lot.debut.saturating_add(last_day.days()).max(today);
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
    fn lots_end_as_planned_or_as_is_usual_at_their_site_and_those_over_their_time_today() {
        let mut past = vec![lot(1, 8000.0, 500.0).ended; 5];
        for (lot, jour) in past.iter_mut().zip([10, 11, 11, 12, 30]) {
            lot.jour = jour;
        }
        let fed = |site, debut, ducks| FedLot {
            site,
            debut,
            dernier_jour_prevu: None,
            nb_canards: ducks,
        };
        let lots = [
            fed(Site::Ll, date(2026, 11, 20), Some(900)),
            fed(Site::Ll, date(2026, 11, 20), None),
            fed(Site::Mt, date(2026, 11, 20), Some(1000)),
            fed(Site::Mt, date(2026, 10, 1), Some(1)),
            FedLot {
                dernier_jour_prevu: Some(12),
                ..fed(Site::Ll, date(2026, 11, 20), Some(5))
            },
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
            day(date(2026, 12, 2), Site::Ll, 1, 5),
        ];
        assert_eq!(found, expected);
    }
}
