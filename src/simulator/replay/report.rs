//! What of an export cannot be used, and why: nothing is left out silently.

use std::{collections::BTreeMap, fmt};

/// What becomes of the part of the file that has the problem.
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
    #[error("{found} colonnes au lieu de {expected} (jusqu'à la ligne {last_line})")]
    Width {
        found: usize,
        expected: usize,
        last_line: u64,
    },
    #[error("code de lot {0:?} sans site connu (LL, LS ou MT au début)")]
    CodeLot(String),
    #[error("le lot {code_lot} est déjà à la ligne {first}")]
    RepeatedLot { code_lot: String, first: u64 },
    #[error("date de début {0:?} illisible (AAAA-MM-JJ ou JJ/MM/AAAA, de 2000 à 2099)")]
    Start(String),
    #[error("gaveur {0:?} sans numéro utilisable")]
    Gaveur(String),
    #[error("aucun repas utilisable")]
    NoMeal,
    #[error("dose donnée non mesurée ({0:?}) au milieu du lot")]
    NotMeasured(String),
    #[error("dose de {0} g : repas fictif en fin de lot")]
    Placeholder(f64),
    #[error("dose {0} g hors de 0–600 g{hint}", hint = two_meals(*.0))]
    Implausible(f64),
    #[error("dose donnée {0:?} illisible")]
    Unreadable(String),
    #[error("dose prévue absente, repas envoyé sans elle")]
    NoTarget,
    #[error("dose prévue {0} g hors de 0–600 g, repas envoyé sans elle")]
    ImplausibleTarget(f64),
    #[error("dose prévue {0:?} illisible, repas envoyé sans elle")]
    UnreadableTarget(String),
    #[error("effectif mis en gavage {0:?} inutilisable, repas envoyé sans lui")]
    HeadCount(String),
    #[error(
        "effectif mis en gavage {0} non envoyé : le repas 1, où il a été compté, n'est pas utilisable"
    )]
    HeadCountWithoutMeal(i32),
}

fn two_meals(dose: f64) -> &'static str {
    if dose > 600.0 {
        " (deux repas saisis dans une case ?)"
    } else {
        ""
    }
}

impl Problem {
    pub fn consequence(&self) -> Consequence {
        use Problem::*;
        match self {
            Width { .. } | CodeLot(_) | RepeatedLot { .. } | Start(_) | Gaveur(_) | NoMeal => {
                Consequence::LineLeftOut
            }
            NotMeasured(_) | Placeholder(_) | Implausible(_) | Unreadable(_) => {
                Consequence::MealLeftOut
            }
            NoTarget
            | ImplausibleTarget(_)
            | UnreadableTarget(_)
            | HeadCount(_)
            | HeadCountWithoutMeal(_) => Consequence::ValueLeftOut,
        }
    }

    /// The words under which problems of a kind are counted.
    pub fn kind(&self) -> &'static str {
        match self {
            Problem::Width { .. } => "nombre de colonnes faux",
            Problem::CodeLot(_) => "code de lot inutilisable",
            Problem::RepeatedLot { .. } => "lot répété",
            Problem::Start(_) => "date de début illisible",
            Problem::Gaveur(_) => "gaveur sans numéro",
            Problem::NoMeal => "aucun repas utilisable",
            Problem::NotMeasured(_) => "dose non mesurée",
            Problem::Placeholder(_) => "repas fictif",
            Problem::Implausible(_) => "dose invraisemblable",
            Problem::Unreadable(_) => "dose illisible",
            Problem::NoTarget => "dose prévue absente",
            Problem::ImplausibleTarget(_) => "dose prévue invraisemblable",
            Problem::UnreadableTarget(_) => "dose prévue illisible",
            Problem::HeadCount(_) | Problem::HeadCountWithoutMeal(_) => "effectif non envoyé",
        }
    }
}

/// A problem and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub line: u64,
    /// Number of the meal, from 1; `None` when the whole line is meant.
    pub repas: Option<usize>,
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.repas {
            Some(repas) => write!(f, "ligne {}, repas {repas}: {}", self.line, self.problem),
            None => write!(f, "ligne {}: {}", self.line, self.problem),
        }
    }
}

/// Everything that was found while reading one file.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// Meal columns behind the last meal of their lot: the lot was over.
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

/// The totals, one line each, for the final summary.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((consequence, kind), count) in self.totals() {
            let what = match consequence {
                Consequence::LineLeftOut => "lignes écartées",
                Consequence::MealLeftOut => "repas écartés",
                Consequence::ValueLeftOut => "valeurs écartées, repas gardés",
            };
            writeln!(f, "  {what}, {kind} : {count}")?;
        }
        write!(
            f,
            "  cases non mesurées après la fin de leur lot : {}",
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
            "ligne 12, repas 4: dose 770 g hors de 0–600 g (deux repas saisis dans une case ?)"
        );
        assert_eq!(
            report.findings[1].to_string(),
            "ligne 13: aucun repas utilisable"
        );
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
            "  lignes écartées, aucun repas utilisable : 1\n  repas écartés, dose invraisemblable : 2\n  cases non mesurées après la fin de leur lot : 3"
        );
    }
}
