//! Tables as text: for a French Excel, or for a program.

use super::words::words;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::fmt::Write;

words! {
    /// For whom a table is written.
    pub enum CsvFormat {
        /// Semicolons, decimal commas, local times, a byte order mark.
        Excel = "excel",
        /// Commas, decimal points, times of RFC 3339.
        Machine = "machine",
    }
}

/// A value of a table. `None` within is not measured, and is written as nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(Option<String>),
    Number(Option<f64>),
    Count(Option<i64>),
    Flag(bool),
    Day(Option<Date>),
    Time(Option<Timestamp>),
}

impl Cell {
    pub fn word(text: &str) -> Self {
        Cell::Text(Some(text.to_owned()))
    }
}

/// Writes rows in one format.
#[derive(Debug, Clone)]
pub struct Csv {
    format: CsvFormat,
    zone: TimeZone,
}

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl Csv {
    /// Local times are those of the zone.
    pub fn new(format: CsvFormat, zone: TimeZone) -> Self {
        Csv { format, zone }
    }

    /// The line of headers, behind the byte order mark that lets Excel read UTF-8.
    pub fn head(&self, names: &[&str]) -> String {
        let mut text = match self.format {
            CsvFormat::Excel => String::from('\u{feff}'),
            CsvFormat::Machine => String::new(),
        };
        let cells: Vec<_> = names.iter().map(|name| Cell::word(name)).collect();
        self.write(&cells, &mut text);
        text
    }

    /// Adds the line of a row.
    pub fn write(&self, cells: &[Cell], text: &mut String) {
        let separator = match self.format {
            CsvFormat::Excel => ';',
            CsvFormat::Machine => ',',
        };
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                text.push(separator);
            }
            self.write_cell(cell, separator, text);
        }
        text.push_str("\r\n");
    }

    fn write_cell(&self, cell: &Cell, separator: char, text: &mut String) {
        // Writing to a String cannot fail.
        let _ = match cell {
            Cell::Text(Some(words)) => {
                self.write_words(words, separator, text);
                Ok(())
            }
            Cell::Number(Some(number)) if number.is_finite() => {
                text.push_str(&self.number(*number));
                Ok(())
            }
            Cell::Count(Some(count)) => write!(text, "{count}"),
            Cell::Flag(flag) => {
                text.push_str(self.flag(*flag));
                Ok(())
            }
            Cell::Day(Some(day)) => match self.format {
                CsvFormat::Excel => write!(text, "{}", day.strftime("%d/%m/%Y")),
                CsvFormat::Machine => write!(text, "{day}"),
            },
            Cell::Time(Some(time)) => match self.format {
                CsvFormat::Excel => {
                    let local = time.to_zoned(self.zone.clone());
                    write!(text, "{}", local.strftime("%d/%m/%Y %H:%M:%S"))
                }
                CsvFormat::Machine => write!(text, "{time}"),
            },
            _ => Ok(()),
        };
    }

    /// A text that a spreadsheet would run as a formula gets an apostrophe before it.
    fn write_words(&self, words: &str, separator: char, text: &mut String) {
        let guard = words.starts_with(FORMULA);
        let must_quote = words.contains([separator, '"', '\n', '\r']);
        if must_quote {
            text.push('"');
        }
        if guard {
            text.push('\'');
        }
        if must_quote {
            text.push_str(&words.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(words);
        }
    }

    fn number(&self, number: f64) -> String {
        let plain = (number + 0.0).to_string();
        match self.format {
            CsvFormat::Excel => plain.replace('.', ","),
            CsvFormat::Machine => plain,
        }
    }

    fn flag(&self, flag: bool) -> &'static str {
        match (self.format, flag) {
            (CsvFormat::Excel, true) => "oui",
            (CsvFormat::Excel, false) => "non",
            (CsvFormat::Machine, true) => "true",
            (CsvFormat::Machine, false) => "false",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn written(format: CsvFormat, cells: &[Cell]) -> String {
        let csv = Csv::new(format, TimeZone::get("Europe/Paris").unwrap());
        let mut text = String::new();
        csv.write(cells, &mut text);
        text
    }

    #[test]
    fn a_row_for_excel_has_semicolons_decimal_commas_and_local_times() {
        let time = "2026-11-29T22:30:05Z".parse().unwrap();
        let cells = [
            Cell::word("LL2611001"),
            Cell::Number(Some(412.5)),
            Cell::Number(Some(-0.25)),
            Cell::Count(Some(1024)),
            Cell::Flag(true),
            Cell::Day(Some(date(2026, 11, 9))),
            Cell::Time(Some(time)),
        ];
        let excel = "LL2611001;412,5;-0,25;1024;oui;09/11/2026;29/11/2026 23:30:05\r\n";
        assert_eq!(written(CsvFormat::Excel, &cells), excel);
        let machine = "LL2611001,412.5,-0.25,1024,true,2026-11-09,2026-11-29T22:30:05Z\r\n";
        assert_eq!(written(CsvFormat::Machine, &cells), machine);
    }

    #[test]
    fn what_was_not_measured_is_an_empty_cell() {
        let cells = [
            Cell::Text(None),
            Cell::Number(None),
            Cell::Number(Some(f64::NAN)),
            Cell::Count(None),
            Cell::Day(None),
            Cell::Time(None),
        ];
        assert_eq!(written(CsvFormat::Excel, &cells), ";;;;;\r\n");
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_made_a_text() {
        for text in ["=1+1", "+33 6", "-2", "@SUM(A1)", "\tx"] {
            let line = written(CsvFormat::Excel, &[Cell::word(text)]);
            assert_eq!(line, format!("'{text}\r\n"));
        }
        let line = written(CsvFormat::Excel, &[Cell::word("\r=1")]);
        assert_eq!(line, "\"'\r=1\"\r\n");
        // A negative number is no text.
        let line = written(CsvFormat::Excel, &[Cell::Number(Some(-2.0))]);
        assert_eq!(line, "-2\r\n");
    }

    #[test]
    fn separators_quotes_and_lines_within_a_text_are_quoted() {
        let text = "dit \"non\"; deux\nlignes";
        let line = written(CsvFormat::Excel, &[Cell::word(text)]);
        assert_eq!(line, "\"dit \"\"non\"\"; deux\nlignes\"\r\n");
        let line = written(CsvFormat::Machine, &[Cell::word("a;b"), Cell::word("a,b")]);
        assert_eq!(line, "a;b,\"a,b\"\r\n");
    }

    #[test]
    fn headers_for_excel_begin_with_a_byte_order_mark() {
        let head = |format| Csv::new(format, TimeZone::UTC).head(&["Lot", "Dose (g)"]);
        assert_eq!(head(CsvFormat::Excel), "\u{feff}Lot;Dose (g)\r\n");
        assert_eq!(head(CsvFormat::Machine), "Lot,Dose (g)\r\n");
    }
}
