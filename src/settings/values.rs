//! Parsers of single values; their errors say which values are valid.

use ipnet::IpNet;
use jiff::{SignedDuration, Span, SpanRelativeTo, tz::TimeZone};
use std::{net::IpAddr, time::Duration};

pub(super) fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| format!("{text:?} is no time zone of the IANA database, such as Europe/Paris"))
}

/// `20s`, `500ms`, `1m 30s`.
///
/// # Errors
/// A sentence that shows how to write a duration.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text
        .parse::<SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok());
    parsed.ok_or_else(|| {
        format!("{text:?} is no duration: write it with its unit, such as 20s, 500ms or 1m 30s")
    })
}

/// `12h`, `90d`: a day has 24 hours.
///
/// # Errors
/// A sentence that shows how to write it.
pub fn lifetime(text: &str) -> Result<Duration, String> {
    let days = SpanRelativeTo::days_are_24_hours();
    let span = text.parse::<Span>().ok();
    let length = span.and_then(|span| span.to_duration(days).ok());
    let length = length.and_then(|length| Duration::try_from(length).ok());
    length.filter(|length| !length.is_zero()).ok_or_else(|| {
        format!("{text:?} is no length of time: write it with its unit, such as 12h or 365d")
    })
}

/// A duration above zero.
pub(super) fn period(text: &str) -> Result<Duration, String> {
    let period = duration(text)?;
    if period.is_zero() {
        return Err("must be longer than nothing, such as 500ms or 20s".to_owned());
    }
    Ok(period)
}

pub(super) fn at_least<const LEAST: usize, T: TryFrom<usize>>(text: &str) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| *number >= LEAST);
    number
        .and_then(|number: usize| T::try_from(number).ok())
        .ok_or_else(|| format!("must be at least {LEAST}, in digits"))
}

/// The size of a queue in bytes, which is counted in 32 bits.
pub(super) fn queue_bytes(text: &str) -> Result<usize, String> {
    let bytes: u32 = text
        .parse()
        .map_err(|_| "must be bytes below 4 GiB (4294967296), in digits".to_owned())?;
    usize::try_from(bytes).map_err(|error| error.to_string())
}

/// `10.1.0.0/16`, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let network = text.parse().ok().or_else(single);
    network.ok_or_else(|| {
        format!(
            "{text:?} is neither a network nor an address: write it such as 10.1.0.0/16 or 10.1.0.7"
        )
    })
}
