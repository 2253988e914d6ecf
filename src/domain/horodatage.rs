//! Client timestamps: an instant, and the words in which the client said it.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A client's timestamp. The original text is passed through to screens untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horodatage {
    pub texte: String,
    pub instant: Timestamp,
}

/// The text is not a date and time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a date and time such as 2026-01-31T08:15:00, with or without \"Z\" or an offset, between the years 2000 and 2100"
)]
pub struct NotATimestamp;

impl Horodatage {
    /// Reads RFC 3339 with `Z` or an offset, or a naive wall clock which is taken to be in `zone`; a space may stand for `T`.
    ///
    /// A wall clock that occurs twice (autumn) is its first occurrence; one that never occurs (spring) is moved forward
    /// by the length of the gap, as RFC 5545 asks.
    pub fn parse(texte: &str, zone: &TimeZone) -> Result<Self, NotATimestamp> {
        let trimmed = texte.trim();
        let instant = trimmed
            .parse::<Timestamp>()
            .or_else(|_| naive(trimmed, zone))
            .map_err(|_| NotATimestamp)?;
        plausible(instant)
            .then(|| Horodatage {
                texte: texte.to_owned(),
                instant,
            })
            .ok_or(NotATimestamp)
    }

    pub fn at(instant: Timestamp) -> Self {
        Horodatage {
            texte: instant.to_string(),
            instant,
        }
    }
}

fn naive(text: &str, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    let wall_clock: DateTime = text.parse()?;
    Ok(zone
        .to_ambiguous_zoned(wall_clock)
        .compatible()?
        .timestamp())
}

/// Outside these years a chunk of its own would be made for what is certainly a broken clock.
fn plausible(instant: Timestamp) -> bool {
    const YEAR_2000: i64 = 946_684_800;
    const YEAR_2100: i64 = 4_102_444_800;
    (YEAR_2000..YEAR_2100).contains(&instant.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    fn instant(text: &str) -> String {
        Horodatage::parse(text, &paris())
            .unwrap()
            .instant
            .to_string()
    }

    #[test]
    fn a_naive_timestamp_is_the_wall_clock_of_the_configured_zone() {
        assert_eq!(instant("2026-01-31T08:15:00.25"), "2026-01-31T07:15:00.25Z");
        assert_eq!(instant("2026-07-31 08:15:00"), "2026-07-31T06:15:00Z");
    }

    #[test]
    fn an_offset_or_a_z_is_believed() {
        assert_eq!(instant("2026-01-31T08:15:00Z"), "2026-01-31T08:15:00Z");
        assert_eq!(instant("2026-01-31 08:15:00+05:30"), "2026-01-31T02:45:00Z");
    }

    #[test]
    fn the_hour_that_does_not_exist_in_spring_is_moved_forward() {
        assert_eq!(instant("2026-03-29T02:30:00"), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn the_hour_that_exists_twice_in_autumn_is_its_first_occurrence() {
        assert_eq!(instant("2026-10-25T02:30:00"), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn the_original_text_is_kept() {
        let text = "2026-11-22T05:21:25.588990";
        assert_eq!(Horodatage::parse(text, &paris()).unwrap().texte, text);
    }

    #[test]
    fn what_is_not_a_plausible_time_is_refused() {
        for text in [
            "",
            "hier",
            "2026-13-01T00:00:00",
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59Z",
            "12",
        ] {
            assert!(Horodatage::parse(text, &paris()).is_err(), "{text}");
        }
    }
}
