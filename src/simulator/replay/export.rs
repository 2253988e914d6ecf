//! Turns the lines of an export into lots and meals, by the rules of `docs/decisions/0005-replay-rules.md`. Pure.

use super::{
    cell::{self, DecimalMark},
    columns::{self, Columns, MealColumns, NotAnExport},
    report::{Problem, Report},
    table::{self, Row, Table},
};
use crate::domain::{site::Site, text};
use jiff::civil::Date;
use std::collections::HashMap;

/// Largest dose that a duck can be given at one meal, g.
const LARGEST_DOSE: f64 = 600.0;
/// A last meal of at most this much is a placeholder, g.
const PLACEHOLDER: f64 = 1.0;
/// A number behind one of these words is not the gaveur's.
const BUILDINGS: [&str; 7] = [
    "bâtiment",
    "batiment",
    "bât",
    "bat",
    "salle",
    "stabule",
    "site",
];

/// One usable line of the export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedLot {
    pub line: u64,
    pub code_lot: String,
    pub site: Site,
    pub start: Date,
    /// Number in the name of the gaveur.
    pub gaveur: i32,
    pub gaveur_nom: String,
    pub genetique: String,
    /// Ducks put on feeding, counted at meal 1.
    pub head_count: Option<i32>,
    /// In order, at least one.
    pub meals: Vec<Meal>,
}

/// A meal that was really given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meal {
    /// Number of the meal, from 1.
    pub repas: usize,
    /// g per duck.
    pub planned: Option<f64>,
    /// g per duck, more than 0 and at most 600.
    pub given: f64,
}

/// A parsed file.
#[derive(Debug)]
pub struct Export {
    pub lots: Vec<ExportedLot>,
    pub report: Report,
    pub separator: char,
    pub encoding: &'static str,
    pub decimal_mark: DecimalMark,
}

/// Why a whole file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error(transparent)]
    NotAnExport(#[from] NotAnExport),
    #[error("the file cannot be read as a table: {0}")]
    NotATable(#[from] csv::Error),
}

impl Export {
    /// # Errors
    /// It is no table, or no export of lots.
    pub fn read(bytes: &[u8]) -> Result<Self, Unusable> {
        let table = table::read(bytes, columns::is_known)?;
        let columns = Columns::find(&table.header)?;
        let decimal_mark = DecimalMark::of(doses(&table, &columns));
        let mut reading = LineReader {
            width: table.header.len(),
            columns,
            decimal_mark,
            first_lines: HashMap::new(),
            report: Report::default(),
        };
        let lots = table.rows.iter().filter_map(|row| reading.lot(row));
        Ok(Export {
            lots: lots.collect(),
            report: reading.report,
            separator: table.separator,
            encoding: table.encoding,
            decimal_mark,
        })
    }

    pub fn meal_count(&self) -> usize {
        self.lots.iter().map(|lot| lot.meals.len()).sum()
    }
}

fn doses<'a>(table: &'a Table, columns: &'a Columns) -> impl Iterator<Item = &'a str> {
    let cells = |meal: &MealColumns| [Some(meal.given), meal.planned].into_iter().flatten();
    let places: Vec<_> = columns.meals.iter().flat_map(cells).collect();
    table.rows.iter().flat_map(move |row| {
        let places = places.clone().into_iter();
        places.filter_map(|place| row.cells.get(place).map(String::as_str))
    })
}

/// The meaning of a cell of a given dose.
#[derive(Debug, Clone, PartialEq)]
enum Dose {
    NotMeasured,
    Given(f64),
    Unusable(Problem),
}

struct LineReader {
    width: usize,
    columns: Columns,
    decimal_mark: DecimalMark,
    /// The line on which each lot was first used.
    first_lines: HashMap<String, u64>,
    report: Report,
}

impl LineReader {
    /// The lot of a line, or `None` after reporting why it cannot be used.
    fn lot(&mut self, row: &Row) -> Option<ExportedLot> {
        let mut lot = self
            .identity(row)
            .map_err(|problem| self.report.add(row.line, None, problem))
            .ok()?;
        lot.meals = self.meals(row);
        if lot.meals.is_empty() {
            self.report.add(row.line, None, Problem::NoMeal);
            return None;
        }
        self.first_lines.insert(lot.code_lot.clone(), row.line);
        lot.head_count = self.head_count(row, &lot.meals);
        Some(lot)
    }

    /// Code, site, gaveur and dates; the meals are read after these are valid.
    fn identity(&self, row: &Row) -> Result<ExportedLot, Problem> {
        self.check_width(row)?;
        let code_lot = row.cells[self.columns.code_lot].clone();
        let (start, gaveur) = (
            &row.cells[self.columns.start],
            &row.cells[self.columns.gaveur],
        );
        text::key(&code_lot)
            .map_err(|problem| Problem::InvisibleInCode(code_lot.clone(), problem))?;
        let site = site(&code_lot).ok_or_else(|| Problem::CodeLot(code_lot.clone()))?;
        let lot = ExportedLot {
            line: row.line,
            site,
            start: cell::date(start).ok_or_else(|| Problem::Start(start.clone()))?,
            gaveur: gaveur_number(gaveur).ok_or_else(|| Problem::Gaveur(gaveur.clone()))?,
            gaveur_nom: text::free(gaveur).into_owned(),
            genetique: genetique(&text::free(&row.cells[self.columns.strain])),
            head_count: None,
            meals: Vec::new(),
            code_lot,
        };
        self.check_repeated(&lot.code_lot)?;
        Ok(lot)
    }

    /// Extra cells beyond the header are allowed if they are empty: some programs end each line with separators.
    fn check_width(&self, row: &Row) -> Result<(), Problem> {
        let found = row.cells.len();
        let surplus_is_empty = || row.cells[self.width..].iter().all(String::is_empty);
        if found < self.width || !surplus_is_empty() {
            let (expected, last_line) = (self.width, row.last_line);
            return Err(Problem::Width {
                found,
                expected,
                last_line,
            });
        }
        Ok(())
    }

    fn check_repeated(&self, code_lot: &str) -> Result<(), Problem> {
        match self.first_lines.get(code_lot) {
            None => Ok(()),
            Some(&first) => Err(Problem::RepeatedLot {
                code_lot: code_lot.to_owned(),
                first,
            }),
        }
    }

    fn meals(&mut self, row: &Row) -> Vec<Meal> {
        let doses: Vec<_> = self
            .columns
            .meals
            .iter()
            .map(|meal| self.dose(&row.cells[meal.given]))
            .collect();
        let over = end_of_lot(&doses);
        let columns = self.columns.meals.clone();
        let meals = columns.iter().zip(doses).enumerate();
        meals
            .filter_map(|(index, (columns, dose))| match dose {
                Dose::NotMeasured if index >= over => {
                    self.report.after_the_end += 1;
                    None
                }
                Dose::Given(dose) if index >= over => {
                    self.leave_out(row, columns, Problem::Placeholder(dose))
                }
                Dose::NotMeasured => {
                    let text = row.cells[columns.given].clone();
                    self.leave_out(row, columns, Problem::NotMeasured(text))
                }
                Dose::Unusable(problem) => self.leave_out(row, columns, problem),
                Dose::Given(given) => {
                    let planned = self.planned(row, columns);
                    Some(Meal {
                        repas: columns.repas,
                        planned,
                        given,
                    })
                }
            })
            .collect()
    }

    fn leave_out(&mut self, row: &Row, columns: &MealColumns, problem: Problem) -> Option<Meal> {
        self.report.add(row.line, Some(columns.repas), problem);
        None
    }

    fn dose(&self, text: &str) -> Dose {
        match cell::measure(text, self.decimal_mark) {
            Ok(None) => Dose::NotMeasured,
            Ok(Some(dose)) if is_plausible(dose) => Dose::Given(dose),
            Ok(Some(dose)) => Dose::Unusable(Problem::Implausible(dose)),
            Err(_) => Dose::Unusable(Problem::Unreadable(text.to_owned())),
        }
    }

    fn planned(&mut self, row: &Row, columns: &MealColumns) -> Option<f64> {
        let text = columns.planned.map_or("", |place| &row.cells[place]);
        let problem = match cell::measure(text, self.decimal_mark) {
            Ok(Some(dose)) if is_plausible(dose) => return Some(dose),
            Ok(Some(dose)) => Problem::ImplausibleTarget(dose),
            Ok(None) => Problem::NoTarget,
            Err(_) => Problem::UnreadableTarget(text.to_owned()),
        };
        self.report.add(row.line, Some(columns.repas), problem);
        None
    }

    fn head_count(&mut self, row: &Row, meals: &[Meal]) -> Option<i32> {
        let text = &row.cells[self.columns.head_count];
        let Some(count) = whole_number(text, self.decimal_mark) else {
            self.report
                .add(row.line, Some(1), Problem::HeadCount(text.clone()));
            return None;
        };
        if meals[0].repas != 1 {
            self.report
                .add(row.line, Some(1), Problem::HeadCountWithoutMeal(count));
        }
        Some(count)
    }
}

/// Index after the last meal that was given: only unmeasured cells and placeholders follow.
fn end_of_lot(doses: &[Dose]) -> usize {
    let is_meal = |dose: &Dose| match dose {
        Dose::NotMeasured => false,
        Dose::Given(dose) => *dose > PLACEHOLDER,
        Dose::Unusable(_) => true,
    };
    doses.iter().rposition(is_meal).map_or(0, |last| last + 1)
}

fn is_plausible(dose: f64) -> bool {
    0.0 < dose && dose <= LARGEST_DOSE
}

fn whole_number(text: &str, mark: DecimalMark) -> Option<i32> {
    let count = cell::measure(text, mark).ok()??;
    let whole = count.fract() == 0.0 && (1.0..=f64::from(i32::MAX)).contains(&count);
    whole.then_some(count as i32)
}

fn site(code_lot: &str) -> Option<Site> {
    code_lot.get(..2)?.parse().ok()
}

/// The one number in a name that is not that of a building; what stands in brackets does not count when there are more. Of two numbers none is certain.
fn gaveur_number(name: &str) -> Option<i32> {
    only_number(name).or_else(|| only_number(&without_brackets(name)))
}

fn only_number(text: &str) -> Option<i32> {
    match numbers(text).as_slice() {
        [number] => number.parse().ok(),
        _ => None,
    }
}

/// The numbers in a text, but for those of buildings.
fn numbers(text: &str) -> Vec<&str> {
    let mut numbers = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(begin);
        let end = number.find(|c: char| !c.is_ascii_digit());
        let (number, behind) = number.split_at(end.unwrap_or(number.len()));
        if !names_a_building(before) {
            numbers.push(number);
        }
        rest = behind;
    }
    numbers
}

/// Whether the last word is one for a building, as in `Bât. n° 2`.
fn names_a_building(text: &str) -> bool {
    let words = text.rsplit(|c: char| !c.is_alphabetic());
    let mut words = words.map(str::to_lowercase);
    let last = words.find(|word| !["", "n", "no"].contains(&&**word));
    last.is_some_and(|word| BUILDINGS.contains(&&*word))
}

fn without_brackets(name: &str) -> String {
    let mut depth = 0_u32;
    let mut outside = String::new();
    for c in name.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    outside
}

/// The domain's word for the strain if there is one, otherwise the strain as written.
fn genetique(strain: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("mulard", "Mulard"),
        ("barbarie", "Barbarie"),
        ("pékin", "Pékin"),
        ("pekin", "Pékin"),
        ("mixte", "Mixte"),
    ];
    let lower = strain.to_lowercase();
    let known = WORDS.iter().find(|(word, _)| lower.contains(word));
    match known {
        Some((_, genetique)) => (*genetique).to_owned(),
        None if strain.is_empty() => "non renseignée".to_owned(),
        None => strain.to_owned(),
    }
}
