//! Parses single cells: numbers with either decimal mark, dates in the forms seen in exports.

use crate::domain::{measure::is_placeholder, words::words};
use jiff::civil::Date;

words! {
    /// Decimal mark of a file.
    pub enum DecimalMark {
        Point = "point",
        Comma = "comma",
    }
}

impl DecimalMark {
    /// The mark that most cells use. If no cell has one, all are whole numbers and the mark does not matter.
    pub fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let (mut points, mut commas) = (0, 0);
        for cell in cells {
            points += usize::from(cell.contains('.'));
            commas += usize::from(cell.contains(','));
        }
        if commas > points {
            DecimalMark::Comma
        } else {
            DecimalMark::Point
        }
    }

    fn with_point(self, text: &str) -> Option<String> {
        match self {
            DecimalMark::Point => (!text.contains(',')).then(|| text.to_owned()),
            DecimalMark::Comma => (!text.contains('.')).then(|| text.replace(',', ".")),
        }
    }
}

/// The text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// Parses a number; `None` for an empty cell or `nan`. Spaces between thousands are allowed.
pub fn number(text: &str, mark: DecimalMark) -> Result<Option<f64>, Unreadable> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() || text.eq_ignore_ascii_case("nan") {
        return Ok(None);
    }
    let number: f64 = mark
        .with_point(&text)
        .and_then(|text| text.parse().ok())
        .ok_or(Unreadable)?;
    number.is_finite().then_some(Some(number)).ok_or(Unreadable)
}

/// Parses a measured quantity; −0.01, 0, `nan` and an empty cell all mean "not measured".
pub fn measure(text: &str, mark: DecimalMark) -> Result<Option<f64>, Unreadable> {
    let number = number(text, mark)?;
    Ok(number.filter(|number| *number != 0.0 && !is_placeholder(*number)))
}

/// `YYYY-MM-DD` or `DD/MM/YYYY`; a time of day after it is ignored.
pub fn date(text: &str) -> Option<Date> {
    let day = text.split([' ', 'T']).next()?;
    let iso = match day.split('/').collect::<Vec<_>>()[..] {
        [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => day.to_owned(),
    };
    let date: Date = iso.parse().ok()?;
    (2000..2100).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil;

    #[test]
    fn not_measured_has_many_spellings() {
        for text in ["", " ", "0", "0.0", "-0.0", "-0.01", "nan", "NaN"] {
            assert_eq!(measure(text, DecimalMark::Point), Ok(None), "{text:?}");
        }
        assert_eq!(measure("-0,01", DecimalMark::Comma), Ok(None));
    }

    #[test]
    fn a_number_is_read_with_the_mark_of_its_file_only() {
        assert_eq!(number("198.5", DecimalMark::Point), Ok(Some(198.5)));
        assert_eq!(number("198,5", DecimalMark::Comma), Ok(Some(198.5)));
        assert_eq!(number("1\u{a0}024", DecimalMark::Comma), Ok(Some(1024.0)));
        for (text, mark) in [("1,024", DecimalMark::Point), ("1.024", DecimalMark::Comma)] {
            assert_eq!(number(text, mark), Err(Unreadable));
        }
        for text in ["inf", "-infinity", "240+260", "1e999", "twelve"] {
            assert_eq!(number(text, DecimalMark::Point), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn the_mark_is_what_most_cells_have() {
        assert_eq!(
            DecimalMark::of(["1,5", "2", "3,5"].into_iter()),
            DecimalMark::Comma
        );
        assert_eq!(
            DecimalMark::of(["1.5", "2"].into_iter()),
            DecimalMark::Point
        );
        assert_eq!(DecimalMark::of(["1", "2"].into_iter()), DecimalMark::Point);
    }

    #[test]
    fn a_date_has_three_forms() {
        for text in [
            "2024-01-05",
            "2024-01-05 00:00:00",
            "2024-01-05T00:00:00",
            "05/01/2024",
            "5/1/2024",
        ] {
            assert_eq!(date(text), Some(civil::date(2024, 1, 5)), "{text}");
        }
        for text in [
            "",
            "nan",
            "2024-13-05",
            "31/02/2024",
            "05/01/24",
            "45296",
            "0024-01-05",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
