//! The periods of which figures are drawn up: a day, an ISO week, a month, a season.

use super::words::words;
use jiff::{
    ToSpan,
    civil::{Date, ISOWeekDate, Weekday},
};
use std::{fmt, str::FromStr};

/// Successive calendar days, of which a figure is drawn up. Written `2026-11-29`, `2026-W48`, `2026-11` or, for the season from July to June,
/// `2026/2027`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Day(Date),
    /// Begins on its Monday.
    Week(ISOWeekDate),
    /// Its first day.
    Month(Date),
    /// Its first day, 1 July.
    Season(Date),
}

words! {
    /// What a period is compared with.
    pub enum Comparison {
        /// The period of the same kind before it.
        Before = "precedente",
        /// The one of the year before.
        YearBefore = "an_passe",
        Nothing = "aucune",
    }
}

/// The text is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a day (2026-11-29), an ISO week (2026-W48), a month (2026-11) or a season (2026/2027)"
)]
pub struct NoPeriod;

const FIRST_MONTH_OF_SEASONS: i8 = 7;
/// Years that are accepted: those of data that can exist.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2999;

impl Period {
    /// The ISO week of a day.
    pub fn week_of(day: Date) -> Self {
        let week = day.iso_week_date();
        let monday = ISOWeekDate::new(week.year(), week.week(), Weekday::Monday);
        Period::Week(monday.unwrap_or(week))
    }

    pub fn first(self) -> Date {
        match self {
            Period::Day(day) | Period::Month(day) | Period::Season(day) => day,
            Period::Week(monday) => monday.date(),
        }
    }

    /// The day after its last one.
    pub fn end(self) -> Date {
        match self {
            Period::Day(day) => day.saturating_add(1.day()),
            Period::Week(monday) => monday.date().saturating_add(7.days()),
            Period::Month(day) => day.saturating_add(1.month()),
            Period::Season(day) => day.saturating_add(1.year()),
        }
    }

    /// The period that it is compared with.
    pub fn compared(self, comparison: Comparison) -> Option<Self> {
        match comparison {
            Comparison::Nothing => None,
            Comparison::Before => Some(self.before()),
            Comparison::YearBefore => Some(self.year_before()),
        }
    }

    /// The period of the same kind before it.
    pub fn before(self) -> Self {
        let last = self.first().saturating_sub(1.day());
        match self {
            Period::Day(_) => Period::Day(last),
            Period::Week(_) => Period::week_of(last),
            Period::Month(_) => Period::Month(last.first_of_month()),
            Period::Season(first) => Period::Season(first.saturating_sub(1.year())),
        }
    }

    /// The period of the same kind after it.
    pub fn after(self) -> Self {
        match self {
            Period::Day(_) => Period::Day(self.end()),
            Period::Week(_) => Period::week_of(self.end()),
            Period::Month(_) => Period::Month(self.end()),
            Period::Season(_) => Period::Season(self.end()),
        }
    }

    fn year_before(self) -> Self {
        match self {
            Period::Day(day) => Period::Day(day.saturating_sub(1.year())),
            // 52 weeks: the same week, or the next one after a year of 53.
            Period::Week(_) => Period::week_of(self.first().saturating_sub(364.days())),
            Period::Month(day) => Period::Month(day.saturating_sub(1.year())),
            Period::Season(_) => self.before(),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Day(day) => write!(f, "{day}"),
            Period::Week(monday) => write!(f, "{}-W{:02}", monday.year(), monday.week()),
            Period::Month(day) => write!(f, "{}-{:02}", day.year(), day.month()),
            Period::Season(day) => write!(f, "{}/{}", day.year(), day.year() + 1),
        }
    }
}

impl FromStr for Period {
    type Err = NoPeriod;

    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        let period = parse(text.trim()).ok_or(NoPeriod)?;
        // A text has one way to be written, so that addresses of the same figures are equal.
        let is_plain = period.to_string() == text.trim() && YEARS.contains(&period.first().year());
        is_plain.then_some(period).ok_or(NoPeriod)
    }
}

fn parse(text: &str) -> Option<Period> {
    if let Some((year, week)) = text.split_once("-W") {
        let (year, week) = (year.parse().ok()?, week.parse().ok()?);
        return Some(Period::Week(
            ISOWeekDate::new(year, week, Weekday::Monday).ok()?,
        ));
    }
    if let Some((first, _)) = text.split_once('/') {
        let first = Date::new(first.parse().ok()?, FIRST_MONTH_OF_SEASONS, 1);
        return Some(Period::Season(first.ok()?));
    }
    let mut parts = text.split('-');
    let (year, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    match parts.next() {
        None => Some(Period::Month(Date::new(year, month, 1).ok()?)),
        Some(day) => Some(Period::Day(Date::new(year, month, day.parse().ok()?).ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn each_kind_of_period_has_its_days_and_reads_as_it_is_written() {
        for (text, first, end) in [
            ("2026-11-29", date(2026, 11, 29), date(2026, 11, 30)),
            ("2026-W48", date(2026, 11, 23), date(2026, 11, 30)),
            ("2020-W53", date(2020, 12, 28), date(2021, 1, 4)),
            ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
            ("2026/2027", date(2026, 7, 1), date(2027, 7, 1)),
        ] {
            let found = period(text);
            assert_eq!((found.first(), found.end()), (first, end), "{text}");
            assert_eq!(found.to_string(), text);
            assert_eq!(found.before().after(), found, "{text}");
            assert_eq!(found.before().end(), first, "{text}");
        }
    }

    #[test]
    fn a_period_is_compared_with_the_one_before_or_that_of_a_year_ago() {
        let year_before = |text| {
            let compared = period(text).compared(Comparison::YearBefore);
            compared.unwrap().to_string()
        };
        assert_eq!(year_before("2026-W48"), "2025-W48");
        // 2020 had a week 53, 2021 had none.
        assert_eq!(year_before("2021-W52"), "2020-W53");
        assert_eq!(year_before("2028-02-29"), "2027-02-28");
        assert_eq!(year_before("2026-01"), "2025-01");
        assert_eq!(year_before("2026/2027"), "2025/2026");
        let before = period("2026-W01").compared(Comparison::Before).unwrap();
        assert_eq!(before.to_string(), "2025-W52");
        assert_eq!(period("2026-W01").compared(Comparison::Nothing), None);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "hier",
            "2026-W54",
            "2026-W5",
            "2026-13",
            "2026-2-1",
            "2026-02-30",
            "2026/2028",
            "26-W48",
            "2026-11-29-1",
            "0026-11",
        ] {
            assert_eq!(text.parse::<Period>(), Err(NoPeriod), "{text}");
        }
    }
}
