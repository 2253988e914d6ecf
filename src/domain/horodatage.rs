//! Client timestamps: an instant, and the text in which the client sent it.

use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A client's timestamp. Screens get the original text unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horodatage {
    pub texte: String,
    pub instant: Timestamp,
    /// The time is so old that the sender's clock may be wrong, or that the reading is history.
    pub douteux: bool,
}

/// The text is not a date and time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a date and time such as 2026-01-31T08:15:00, with or without \"Z\", an offset or a zone in brackets, before the year 2100"
)]
pub struct NotATimestamp;

impl Horodatage {
    /// Parses RFC 3339 with `Z` or an offset, or a local time: in the zone given in brackets after it, otherwise in `zone`. A space may
    /// replace the `T`.
    ///
    /// A local time that occurs twice (autumn) means its first occurrence; one that never occurs (spring) is moved forward by the length
    /// of the gap, as RFC 5545 requires.
    ///
    /// # Errors
    /// The text is not a timestamp.
    pub fn parse(texte: &str, zone: &TimeZone) -> Result<Self, NotATimestamp> {
        let trimmed = texte.trim();
        let instant = match trimmed.parse::<Timestamp>() {
            Ok(instant) => instant,
            // Parsing it as a local time would ignore the brackets.
            Err(_) if names_zone(trimmed) => in_named_zone(trimmed)?,
            Err(_) => naive(trimmed, zone)?,
        };
        plausible(instant)
            .then(|| Horodatage {
                texte: texte.to_owned(),
                instant,
                douteux: false,
            })
            .ok_or(NotATimestamp)
    }

    pub fn at(instant: Timestamp) -> Self {
        Horodatage {
            texte: instant.to_string(),
            instant,
            douteux: false,
        }
    }

    /// True if the text contains neither an offset nor a zone.
    pub fn is_naive(&self) -> bool {
        let texte = self.texte.trim();
        !names_zone(texte) && texte.parse::<Timestamp>().is_err()
    }
}

fn names_zone(text: &str) -> bool {
    text.ends_with(']')
}

fn in_named_zone(text: &str) -> Result<Timestamp, NotATimestamp> {
    let zoned: Zoned = text.parse().map_err(|_| NotATimestamp)?;
    Ok(zoned.timestamp())
}

fn naive(text: &str, zone: &TimeZone) -> Result<Timestamp, NotATimestamp> {
    let wall_clock: DateTime = text.parse().map_err(|_| NotATimestamp)?;
    let zoned = zone.to_ambiguous_zoned(wall_clock).compatible();
    Ok(zoned.map_err(|_| NotATimestamp)?.timestamp())
}

/// Limits that hold even if the server's clock is wrong.
fn plausible(instant: Timestamp) -> bool {
    const YEAR_2100: i64 = 4_102_444_800;
    instant.as_second() < YEAR_2100
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
    fn a_wall_clock_with_a_zone_in_brackets_is_read_in_that_zone() {
        assert_eq!(
            instant("2026-07-31T08:15:00[Asia/Tokyo]"),
            "2026-07-30T23:15:00Z"
        );
        assert_eq!(
            instant("2026-01-31 08:15:00[Europe/London]"),
            "2026-01-31T08:15:00Z"
        );
        assert_eq!(
            instant("2026-01-31T08:15:00+01:00[Europe/Paris]"),
            "2026-01-31T07:15:00Z"
        );
        assert!(Horodatage::parse("2026-01-31T08:15:00[Mars/Olympus]", &paris()).is_err());
    }

    #[test]
    fn only_a_text_without_offset_and_zone_is_naive() {
        for (text, naif) in [
            ("2026-01-31T08:15:00", true),
            ("2026-01-31T08:15:00Z", false),
            ("2026-01-31T08:15:00+01:00", false),
            ("2026-01-31T08:15:00[Europe/Paris]", false),
        ] {
            let horodatage = Horodatage::parse(text, &paris()).unwrap();
            assert_eq!(horodatage.is_naive(), naif, "{text}");
        }
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
            "9999-12-31T23:59:59Z",
            "12",
        ] {
            assert!(Horodatage::parse(text, &paris()).is_err(), "{text}");
        }
    }
}
