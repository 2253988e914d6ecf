//! ITM by site and week.

use super::{GroupItm, PeriodLot, group_itm};
use crate::domain::{period::Period, site::Site};
use jiff::{civil::Date, tz::TimeZone};

/// The ITM of the lots of a site that ended in a week; `None` without any.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteWeek {
    pub site: Site,
    pub week: Period,
    pub itm: Option<GroupItm>,
}

/// The `count` weeks up to the one that holds `last`, oldest first.
pub fn last_weeks(last: Date, count: usize) -> Vec<Period> {
    let mut weeks: Vec<_> =
        std::iter::successors(Some(Period::week_of(last)), |week| Some(week.before()))
            .take(count)
            .collect();
    weeks.reverse();
    weeks
}

/// Of each site and week.
pub fn by_week(
    lots: &[PeriodLot],
    sites: &[Site],
    weeks: &[Period],
    zone: &TimeZone,
) -> Vec<SiteWeek> {
    let week_of = |lot: &PeriodLot| {
        let ended = lot.ended.dernier_releve.to_zoned(zone.clone());
        Period::week_of(ended.date())
    };
    let dated: Vec<_> = lots.iter().map(|lot| (week_of(lot), lot)).collect();
    let each = sites
        .iter()
        .flat_map(|site| weeks.iter().map(move |week| (*site, *week)));
    each.map(|(site, week)| {
        let own = dated
            .iter()
            .filter(|(of, lot)| *of == week && lot.ended.site == site);
        SiteWeek {
            site,
            week,
            itm: group_itm(own.map(|(_, lot)| *lot)),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::lot, *};
    use jiff::civil::date;

    #[test]
    fn a_lot_belongs_to_the_week_in_which_it_was_fed_last_where_it_was_fed() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let ended = |at: &str, maize| {
            let mut lot = lot(1, maize, 500.0);
            lot.ended.dernier_releve = at.parse().unwrap();
            lot
        };
        // Midnight of Paris lies between the two.
        let lots = [
            ended("2026-11-22T22:59:00Z", 7000.0),
            ended("2026-11-22T23:01:00Z", 8000.0),
        ];
        let weeks = last_weeks(date(2026, 11, 29), 3);
        let codes: Vec<_> = weeks.iter().map(ToString::to_string).collect();
        assert_eq!(codes, ["2026-W46", "2026-W47", "2026-W48"]);
        let found = by_week(&lots, &[Site::Ll, Site::Mt], &weeks, &zone);
        let means: Vec<_> = found
            .iter()
            .map(|one| one.itm.map(|itm| itm.mean.mean))
            .collect();
        assert_eq!(means, [None, Some(14.0), Some(16.0), None, None, None]);
    }
}
