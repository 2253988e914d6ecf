//! Finds the columns by their names, in any order.

/// Columns that occur once.
const CODE_LOT: &str = "CodeLot";
const START: &str = "dStart";
const GAVEUR: &str = "Gaveur";
const STRAIN: &str = "Souche";
const HEAD_COUNT: &str = "Nb_MEG";
/// Columns that occur once per meal: their numbers count meals, not days.
const PLANNED: &str = "feedTarget_";
const GIVEN: &str = "feedCornReal_";

/// Indices of the columns that a replay needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub code_lot: usize,
    pub start: usize,
    pub gaveur: usize,
    pub strain: usize,
    pub head_count: usize,
    /// In order of the meals.
    pub meals: Vec<MealColumns>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MealColumns {
    /// Number of the meal, from 1.
    pub repas: usize,
    pub planned: Option<usize>,
    pub given: usize,
}

/// The file is not an export of lots.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this file is no export of lots: it lacks {} (columns are looked for by their names on the first line)",
    missing.join(", ")
)]
pub struct NotAnExport {
    missing: Vec<&'static str>,
}

/// True if a replay reads a column of this name.
pub fn is_known(name: &str) -> bool {
    let single = [CODE_LOT, START, GAVEUR, STRAIN, HEAD_COUNT];
    single.iter().any(|known| known.eq_ignore_ascii_case(name))
        || numbered(name, PLANNED).is_some()
        || numbered(name, GIVEN).is_some()
}

/// The number after a prefix, from 1 (`feedTarget_7` is 7).
fn numbered(name: &str, prefix: &str) -> Option<usize> {
    let (head, number) = name.split_at_checked(prefix.len())?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (digits && head.eq_ignore_ascii_case(prefix))
        .then(|| number.parse().ok())?
        .filter(|number| *number > 0)
}

impl Columns {
    pub fn find(header: &[String]) -> Result<Self, NotAnExport> {
        let mut missing = Vec::new();
        let mut single = |name: &'static str| {
            let place = header
                .iter()
                .position(|cell| cell.eq_ignore_ascii_case(name));
            place.unwrap_or_else(|| {
                missing.push(name);
                0
            })
        };
        let columns = Columns {
            code_lot: single(CODE_LOT),
            start: single(START),
            gaveur: single(GAVEUR),
            strain: single(STRAIN),
            head_count: single(HEAD_COUNT),
            meals: meals(header),
        };
        if columns.meals.is_empty() {
            missing.push("feedCornReal_1");
        }
        if columns.meals.iter().all(|meal| meal.planned.is_none()) {
            missing.push("feedTarget_1");
        }
        if missing.is_empty() {
            Ok(columns)
        } else {
            Err(NotAnExport { missing })
        }
    }
}

fn meals(header: &[String]) -> Vec<MealColumns> {
    let column_of = |prefix, repas| {
        header
            .iter()
            .position(|name| numbered(name, prefix) == Some(repas))
    };
    let given = header.iter().enumerate();
    let mut meals: Vec<_> = given
        .filter_map(|(given, name)| {
            let repas = numbered(name, GIVEN)?;
            let planned = column_of(PLANNED, repas);
            Some(MealColumns {
                repas,
                planned,
                given,
            })
        })
        .collect();
    meals.sort_by_key(|meal| meal.repas);
    meals.dedup_by_key(|meal| meal.repas);
    meals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &str) -> Result<Columns, NotAnExport> {
        let header: Vec<_> = header.split(';').map(str::to_owned).collect();
        Columns::find(&header)
    }

    #[test]
    fn the_order_and_the_case_of_the_columns_do_not_matter() {
        let columns = find("feedCornReal_10;SOUCHE;feedTarget_2;feedCornReal_2;Nb_MEG;Gaveur;dStart;codelot;feedTarget_10;feedCornReal").unwrap();
        assert_eq!((columns.code_lot, columns.start, columns.strain), (7, 6, 1));
        let meal = |repas, planned, given| MealColumns {
            repas,
            planned: Some(planned),
            given,
        };
        assert_eq!(columns.meals, [meal(2, 2, 3), meal(10, 8, 0)]);
    }

    #[test]
    fn a_file_that_is_no_export_is_told_what_it_lacks() {
        let refusal = find("name;dStart;Gaveur").unwrap_err().to_string();
        assert!(
            refusal.contains("it lacks CodeLot, Souche, Nb_MEG, feedCornReal_1, feedTarget_1"),
            "{refusal}"
        );
    }

    #[test]
    fn a_number_is_behind_the_whole_prefix_and_counts_from_one() {
        assert_eq!(numbered("feedTarget_07", PLANNED), Some(7));
        for name in [
            "feedTarget",
            "feedTarget_",
            "feedTarget_0",
            "feedTarget_x",
            "feedTarget_+1",
            "delta_feed_2",
            "é",
        ] {
            assert_eq!(numbered(name, PLANNED), None, "{name}");
        }
    }
}
