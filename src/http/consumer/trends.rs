//! Whether consumers like something better than before: its ratings of the last days, today among them, and of as many days before.

use super::stats::Compared;
use crate::{
    http::error::ApiError,
    store::{
        tallies::{self, Subject, TalliedGroup},
        view::Reader,
    },
};
use futures_util::future::try_join;
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// How far the ratings of so many days are above those before, if both are enough to compare; of one kind, real or simulated.
pub(super) async fn of(
    reader: &Reader,
    subject: &Subject,
    simule: bool,
    days: i32,
) -> Result<Option<Compared>, ApiError> {
    // Ratings are summed up by days of UTC.
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let midnight = |days_ago: i32| {
        let day = today.saturating_sub(days_ago.days());
        let begin = day.to_zoned(TimeZone::UTC);
        begin
            .map(|at| at.timestamp())
            .map_err(|_| ApiError::Internal)
    };
    let (begin, before) = (midnight(days - 1)?, midnight(2 * days - 1)?);
    let (now, before) = try_join(
        tallies::of_all(reader, subject, Some(begin), None),
        tallies::of_all(reader, subject, Some(before), Some(begin)),
    )
    .await?;
    let named = |groups: Vec<TalliedGroup>, cle: String| {
        let mut groups = groups.into_iter();
        let found = groups.find(|group| group.simule == simule);
        found.map(|group| TalliedGroup { cle, ..group })
    };
    let now = named(now, format!("{days}d"));
    let before = named(before, format!("{days}d avant"));
    Ok(now
        .zip(before)
        .and_then(|(now, before)| Compared::of(&now, &before)))
}
