//! Calendar days in the configured time zone, and the instants at which they begin.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Successive days, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    dates: Vec<Date>,
    /// Start of each day, and the end of the last.
    bounds: Vec<Timestamp>,
}

impl Days {
    /// The last `count` days, including today.
    pub fn until(now: Timestamp, zone: &TimeZone, count: i64) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let dates: Vec<Date> = (0..count)
            .rev()
            .map(|back| today.saturating_sub(back.days()))
            .collect();
        Days::of(dates, today.saturating_add(1.day()), zone)
    }

    /// From the first day to the one before `end`; at least one.
    pub fn between(first: Date, end: Date, zone: &TimeZone) -> Self {
        let later = first.series(1.day()).skip(1).take_while(|day| *day < end);
        let dates: Vec<Date> = std::iter::once(first).chain(later).collect();
        let end = end.max(first.saturating_add(1.day()));
        Days::of(dates, end, zone)
    }

    fn of(dates: Vec<Date>, end: Date, zone: &TimeZone) -> Self {
        let bounds = dates.iter().copied().chain([end]);
        Days {
            bounds: bounds.map(|date| begin(date, zone)).collect(),
            dates,
        }
    }

    pub fn dates(&self) -> &[Date] {
        &self.dates
    }

    pub fn bounds(&self) -> &[Timestamp] {
        &self.bounds
    }

    pub fn begin(&self) -> Timestamp {
        self.bounds[0]
    }

    /// The end of the last day.
    pub fn end(&self) -> Timestamp {
        self.bounds[self.dates.len()]
    }

    /// Index of the day that contains the instant; `None` if none does.
    pub fn index_of(&self, instant: Timestamp) -> Option<usize> {
        let begun = self.bounds.partition_point(|bound| *bound <= instant);
        begun
            .checked_sub(1)
            .filter(|index| *index < self.dates.len())
    }
}

/// The first instant of a day.
pub fn begin(date: Date, zone: &TimeZone) -> Timestamp {
    let midnight = date.to_zoned(zone.clone());
    midnight.map_or(Timestamp::MAX, |begin| begin.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn paris(now: &str, count: i64) -> Days {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        Days::until(now.parse().unwrap(), &zone, count)
    }

    #[test]
    fn days_begin_at_local_midnight_also_where_the_clock_changes() {
        let days = paris("2026-03-29T22:30:00Z", 3);
        let dates: Vec<_> = days.dates().iter().map(ToString::to_string).collect();
        assert_eq!(dates, ["2026-03-28", "2026-03-29", "2026-03-30"]);
        let bounds: Vec<_> = days.bounds().iter().map(ToString::to_string).collect();
        let expected = [
            "2026-03-27T23:00:00Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
            "2026-03-30T22:00:00Z",
        ];
        assert_eq!(bounds, expected);
    }

    #[test]
    fn days_between_two_dates_have_an_hour_less_where_the_clock_goes_forward() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let days = Days::between(date(2026, 3, 28), date(2026, 3, 30), &zone);
        assert_eq!(days.dates(), [date(2026, 3, 28), date(2026, 3, 29)]);
        let hours = days.end().duration_since(days.begin()).as_hours();
        assert_eq!(hours, 47);
    }

    #[test]
    fn an_instant_is_found_in_its_day_and_nowhere_outside() {
        let days = paris("2026-01-10T12:00:00Z", 2);
        for (instant, index) in [
            ("2026-01-08T22:59:59Z", None),
            ("2026-01-08T23:00:00Z", Some(0)),
            ("2026-01-09T23:00:00Z", Some(1)),
            ("2026-01-10T22:59:59Z", Some(1)),
            ("2026-01-10T23:00:00Z", None),
        ] {
            assert_eq!(days.index_of(instant.parse().unwrap()), index, "{instant}");
        }
    }
}
