//! Turns the bytes of a file into rows of cells; detects encoding and separator.

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Separators seen in exports.
const SEPARATORS: [u8; 3] = [b';', b',', b'\t'];

/// A file as a table of texts.
#[derive(Debug)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    pub separator: char,
    /// Name of the encoding, e.g. `windows-1252`.
    pub encoding: &'static str,
}

/// One line below the header.
#[derive(Debug)]
pub struct Row {
    /// As an editor counts: the header is line 1.
    pub line: u64,
    /// The record's last line; greater than `line` if a quoted cell contains line breaks.
    pub last_line: u64,
    pub cells: Vec<String>,
}

/// Parses a table. The separator is the one that Excel's `sep=` line names, otherwise the one with which most columns of the header
/// satisfy `is_known`.
pub fn read(bytes: &[u8], is_known: impl Fn(&str) -> bool) -> Result<Table, csv::Error> {
    let (text, encoding) = decode(bytes);
    let named = named_separator(&text);
    let text = match named {
        None => text,
        Some(_) => without_first_line(&text),
    };
    let known_columns = |separator: &u8| {
        let header = header(&text, *separator).unwrap_or_default();
        header.iter().filter(|name| is_known(name)).count()
    };
    // `max_by_key` keeps the last of equals, so the most usual separator must come last.
    let most_known = || SEPARATORS.into_iter().rev().max_by_key(known_columns);
    let separator = named.or_else(most_known).unwrap_or(b';');
    Ok(Table {
        header: header(&text, separator)?,
        rows: rows(&text, separator)?,
        separator: char::from(separator),
        encoding,
    })
}

/// A byte order mark decides the encoding. Without one, text that is not valid UTF-8 was written by a Windows program.
fn decode(bytes: &[u8]) -> (String, &'static str) {
    let encoding = Encoding::for_bom(bytes).map_or_else(
        || match std::str::from_utf8(bytes) {
            Ok(_) => UTF_8,
            Err(_) => WINDOWS_1252,
        },
        |(encoding, _)| encoding,
    );
    let (text, encoding, _) = encoding.decode(bytes);
    (text.into_owned(), encoding.name())
}

/// `sep=;` on the first line, with or without quotation marks, and with the empty cells that a program adds to it that saves the file anew.
fn named_separator(text: &str) -> Option<u8> {
    let line = text.lines().next()?.trim_matches(['"', '\r', ' ']);
    let (head, named) = line.split_at_checked("sep=".len())?;
    let (separator, filler) = named.as_bytes().split_first()?;
    let is_empty = |filler: &[u8]| filler.iter().all(|byte| [*separator, b'"'].contains(byte));
    (head.eq_ignore_ascii_case("sep=") && is_empty(filler)).then_some(*separator)
}

/// Blanks the first line instead of removing it, so that line numbers agree with an editor.
fn without_first_line(text: &str) -> String {
    let end = text.find('\n').unwrap_or(text.len());
    text[end..].to_owned()
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes())
}

fn header(text: &str, separator: u8) -> Result<Vec<String>, csv::Error> {
    let first = reader(text, separator).into_records().next().transpose()?;
    Ok(first.as_ref().map(trimmed).unwrap_or_default())
}

fn rows(text: &str, separator: u8) -> Result<Vec<Row>, csv::Error> {
    let mut reader = reader(text, separator);
    let mut record = StringRecord::new();
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    let mut rows = Vec::new();
    while reader.read_record(&mut record)? {
        let start = record.position().map_or(0, csv::Position::byte) as usize;
        let line = lines.of_record(start);
        let breaks = record.iter().map(|cell| cell.matches('\n').count() as u64);
        rows.push(Row {
            line,
            last_line: line + breaks.sum::<u64>(),
            cells: trimmed(&record),
        });
    }
    // The first record is the header.
    Ok(rows.split_off(rows.len().min(1)))
}

/// Counts lines itself: for the CSV reader a record begins after the `\r` of the previous line, and at the blank lines before it.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Line of the first character of the record whose parsing began at this byte; calls must come in ascending order.
    fn of_record(&mut self, byte: usize) -> u64 {
        let rest = self.text[byte..].trim_start_matches(['\r', '\n']);
        let start = self.text.len() - rest.len();
        self.line += self.text[self.at..start].matches('\n').count() as u64;
        self.at = start;
        self.line
    }
}

fn trimmed(record: &StringRecord) -> Vec<String> {
    record.iter().map(cell_text).collect()
}

/// Excel writes `="226.5"` to keep a cell as text.
fn cell_text(cell: &str) -> String {
    let cell = cell.trim();
    let formula = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    formula.unwrap_or(cell).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> Table {
        read(bytes, |name| {
            ["CodeLot", "dStart", "Éleveur"].contains(&name)
        })
        .unwrap()
    }

    #[test]
    fn the_separator_is_the_one_that_makes_known_columns() {
        for (text, separator) in [
            ("a,b;CodeLot;dStart\n1;2;3", ';'),
            ("\"a;b\",CodeLot,dStart\n1,2,3", ','),
            ("a\tCodeLot\tdStart\n1\t2\t3", '\t'),
        ] {
            let table = table(text.as_bytes());
            assert_eq!((table.separator, table.rows[0].cells.len()), (separator, 3));
        }
    }

    #[test]
    fn utf8_with_and_without_mark_utf16_and_cp1252_are_the_same_text() {
        let text = "CodeLot;Éleveur\nLL1;Été";
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        let cp1252 = WINDOWS_1252.encode(text).0.into_owned();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (marked, "UTF-8"),
            (cp1252, "windows-1252"),
            (utf16, "UTF-16LE"),
        ] {
            let table = table(&bytes);
            assert_eq!(table.encoding, encoding);
            assert_eq!(table.header, ["CodeLot", "Éleveur"]);
            assert_eq!(table.rows[0].cells, ["LL1", "Été"]);
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let table = table(b"CodeLot;dStart\r\n\r\nA;1\r\nB;\"two\r\nlines\"\r\nC;3");
        let lines: Vec<_> = table
            .rows
            .iter()
            .map(|row| (row.line, row.last_line))
            .collect();
        assert_eq!(lines, [(3, 3), (4, 5), (6, 6)]);
    }

    #[test]
    fn excels_first_line_names_the_separator_and_is_no_header() {
        for text in [
            "sep=;\nCodeLot;dStart\nA;1",
            "\u{feff}sep=,\r\nCodeLot,dStart\r\nA,1",
            "\"SEP=\t\"\nCodeLot\tdStart\nA\t1",
            "sep=|\nCodeLot|dStart\nA|1",
            "\"sep=;\";;;\nCodeLot;dStart\nA;1",
        ] {
            let table = table(text.as_bytes());
            assert_eq!(table.header, ["CodeLot", "dStart"], "{text:?}");
            assert_eq!(table.rows.len(), 1, "{text:?}");
            assert_eq!(
                (table.rows[0].line, &table.rows[0].cells[..]),
                (3, &["A".to_owned(), "1".to_owned()][..])
            );
        }
    }

    #[test]
    fn a_cell_that_excel_must_not_read_is_its_text() {
        let table = table(b"CodeLot;dStart\n=\"LL1\";\"=\"\"226.5\"\"\"\n=1+1;x");
        assert_eq!(table.rows[0].cells, ["LL1", "226.5"]);
        assert_eq!(table.rows[1].cells, ["=1+1", "x"]);
    }

    #[test]
    fn an_empty_file_is_an_empty_table() {
        assert!(table(b"").header.is_empty());
    }
}
