//! Reports what an export contains that cannot be used, and why: nothing is left out silently.

use crate::domain::text::Invisible;
use std::{collections::BTreeMap, fmt};

/// What happens to the part of the file that has the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consequence {
    /// No meal of the line is sent.
    LineLeftOut,
    /// This meal is not sent.
    MealLeftOut,
    /// The meal is sent without the value that cannot be used.
    ValueLeftOut,
}

/// Why a line, a meal or a value cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    #[error("{found} columns instead of {expected} (up to line {last_line})")]
    Width {
        found: usize,
        expected: usize,
        last_line: u64,
    },
    #[error("lot code {0:?} names no known site (LL, LS or MT at its start)")]
    CodeLot(String),
    #[error("lot code {0:?} {1}")]
    InvisibleInCode(String, Invisible),
    #[error("lot {code_lot} is on line {first} already")]
    RepeatedLot { code_lot: String, first: u64 },
    #[error("start date {0:?} is unreadable (YYYY-MM-DD or DD/MM/YYYY, from 2000 to 2099)")]
    Start(String),
    #[error("gaveur {0:?} has no usable number")]
    Gaveur(String),
    #[error("no usable meal")]
    NoMeal,
    #[error("given dose not measured ({0:?}) in the middle of the lot")]
    NotMeasured(String),
    #[error("dose of {0} g: placeholder at the end of the lot")]
    Placeholder(f64),
    #[error("dose {0} g outside 0–600 g{hint}", hint = two_meals(*.0))]
    Implausible(f64),
    #[error("given dose {0:?} is unreadable")]
    Unreadable(String),
    #[error("planned dose missing, meal sent without it")]
    NoTarget,
    #[error("planned dose {0} g outside 0–600 g, meal sent without it")]
    ImplausibleTarget(f64),
    #[error("planned dose {0:?} is unreadable, meal sent without it")]
    UnreadableTarget(String),
    #[error("head count {0:?} is unusable, meal sent without it")]
    HeadCount(String),
    #[error("head count {0} not sent: meal 1, at which it was counted, is unusable")]
    HeadCountWithoutMeal(i32),
    #[error("refused by a server: {0}")]
    Refused(String),
}

fn two_meals(dose: f64) -> &'static str {
    if dose > 600.0 {
        " (two meals typed in one cell?)"
    } else {
        ""
    }
}

impl Problem {
    pub fn consequence(&self) -> Consequence {
        use Problem::*;
        match self {
            Width { .. }
            | CodeLot(_)
            | InvisibleInCode(..)
            | RepeatedLot { .. }
            | Start(_)
            | Gaveur(_)
            | NoMeal => Consequence::LineLeftOut,
            NotMeasured(_) | Placeholder(_) | Implausible(_) | Unreadable(_) | Refused(_) => {
                Consequence::MealLeftOut
            }
            NoTarget
            | ImplausibleTarget(_)
            | UnreadableTarget(_)
            | HeadCount(_)
            | HeadCountWithoutMeal(_) => Consequence::ValueLeftOut,
        }
    }

    /// The name under which problems of a kind are counted.
    pub fn kind(&self) -> &'static str {
        match self {
            Problem::Width { .. } => "wrong number of columns",
            Problem::CodeLot(_) | Problem::InvisibleInCode(..) => "unusable lot code",
            Problem::RepeatedLot { .. } => "repeated lot",
            Problem::Start(_) => "unreadable start date",
            Problem::Gaveur(_) => "gaveur without a number",
            Problem::NoMeal => "no usable meal",
            Problem::NotMeasured(_) => "dose not measured",
            Problem::Placeholder(_) => "placeholder",
            Problem::Implausible(_) => "implausible dose",
            Problem::Unreadable(_) => "unreadable dose",
            Problem::NoTarget => "planned dose missing",
            Problem::ImplausibleTarget(_) => "implausible planned dose",
            Problem::UnreadableTarget(_) => "unreadable planned dose",
            Problem::Refused(_) => "refused by a server",
            Problem::HeadCount(_) | Problem::HeadCountWithoutMeal(_) => "head count not sent",
        }
    }
}

/// A problem and its position.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub line: u64,
    /// Number of the meal, from 1; `None` if it concerns the whole line.
    pub repas: Option<usize>,
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.repas {
            Some(repas) => write!(f, "line {}, meal {repas}: {}", self.line, self.problem),
            None => write!(f, "line {}: {}", self.line, self.problem),
        }
    }
}

/// All findings of one file.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// Meal columns after the last meal of their lot.
    pub after_the_end: usize,
}

impl Report {
    pub fn add(&mut self, line: u64, repas: Option<usize>, problem: Problem) {
        self.findings.push(Finding {
            line,
            repas,
            problem,
        });
    }

    /// Number of problems by kind, lines first.
    pub fn totals(&self) -> BTreeMap<(Consequence, &'static str), usize> {
        let mut totals = BTreeMap::new();
        for finding in &self.findings {
            let key = (finding.problem.consequence(), finding.problem.kind());
            *totals.entry(key).or_default() += 1;
        }
        totals
    }
}

/// The totals, one per line, for the final summary.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((consequence, kind), count) in self.totals() {
            let what = match consequence {
                Consequence::LineLeftOut => "lines left out",
                Consequence::MealLeftOut => "meals left out",
                Consequence::ValueLeftOut => "values left out, meals kept",
            };
            writeln!(f, "  {what}, {kind}: {count}")?;
        }
        write!(
            f,
            "  cells not measured after the end of their lot: {}",
            self.after_the_end
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_line_meal_and_reason() {
        let mut report = Report::default();
        report.add(12, Some(4), Problem::Implausible(770.0));
        report.add(13, None, Problem::NoMeal);
        assert_eq!(
            report.findings[0].to_string(),
            "line 12, meal 4: dose 770 g outside 0–600 g (two meals typed in one cell?)"
        );
        assert_eq!(report.findings[1].to_string(), "line 13: no usable meal");
    }

    #[test]
    fn totals_are_by_kind_and_lines_come_first() {
        let mut report = Report {
            after_the_end: 3,
            ..Report::default()
        };
        report.add(2, Some(4), Problem::Implausible(770.0));
        report.add(3, Some(4), Problem::Implausible(-5.0));
        report.add(4, None, Problem::NoMeal);
        assert_eq!(
            report.to_string(),
            "  lines left out, no usable meal: 1\n  meals left out, implausible dose: 2\n  cells not measured after the end of their lot: 3"
        );
    }
}
