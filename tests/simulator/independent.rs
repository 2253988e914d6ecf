//! Reads an export with separate code, by the rules of `docs/decisions/0005-replay-rules.md`. Only for files with `;`, decimal points and
//! winter dates: Paris is then one hour ahead of UTC.

use jiff::{SignedDuration, Timestamp, civil::Date};
use std::collections::BTreeSet;

#[derive(Debug, PartialEq)]
pub struct Meal {
    pub code_lot: String,
    pub jour: i32,
    pub moment: String,
    pub time: Timestamp,
    pub site: String,
    pub gaveur_id: i32,
    pub dose_theorique: Option<f64>,
    pub dose_reelle: f64,
    pub nb_canards_vivants: Option<i32>,
    /// Weight, mortality and climate are absent.
    pub only_doses: bool,
    pub pret_abattage: bool,
    pub simule: bool,
}

struct Line<'a> {
    header: &'a csv::StringRecord,
    cells: csv::StringRecord,
}

impl Line<'_> {
    fn cell(&self, name: &str) -> &str {
        let place = self.header.iter().position(|known| known == name);
        place.map_or("", |place| &self.cells[place])
    }

    fn meal_columns(&self) -> usize {
        let given = self
            .header
            .iter()
            .filter(|name| name.starts_with("feedCornReal_"));
        given.count()
    }

    /// The cells of a numbered column, meal 1 first.
    fn doses(&self, prefix: &str) -> Vec<&str> {
        let numbers = 1..=self.meal_columns();
        numbers
            .map(|number| self.cell(&format!("{prefix}_{number}")))
            .collect()
    }

    fn meals(&self) -> Option<Vec<Meal>> {
        if self.cells.len() < self.header.len() {
            return None;
        }
        let code_lot = self.cell("CodeLot");
        let site = ["LL", "LS", "MT"]
            .into_iter()
            .find(|site| code_lot.starts_with(site))?;
        let first_morning = day(self.cell("dStart"))?.at(6, 0, 0, 0);
        let first_morning: Timestamp = format!("{first_morning}Z").parse().unwrap();
        let gaveur: i32 = self.cell("Gaveur").strip_prefix("GAVEUR ")?.parse().ok()?;
        let (given, planned) = (self.doses("feedCornReal"), self.doses("feedTarget"));
        let end = given.iter().rposition(|cell| !is_nothing(cell))?;
        let real = |index: &usize| plausible(given[*index]).is_some();
        let last = (0..=end).rfind(real)?;
        let meal = |index: usize| Meal {
            code_lot: code_lot.to_owned(),
            jour: index as i32 / 2,
            moment: ["matin", "soir"][index % 2].to_owned(),
            time: first_morning + SignedDuration::from_hours(12 * index as i64),
            site: site.to_owned(),
            gaveur_id: 1_000 + gaveur,
            dose_theorique: plausible(planned[index]),
            dose_reelle: plausible(given[index]).unwrap(),
            nb_canards_vivants: self.cell("Nb_MEG").parse().ok().filter(|_| index == 0),
            only_doses: true,
            pret_abattage: index == last,
            simule: false,
        };
        Some((0..=end).filter(real).map(meal).collect())
    }
}

/// Not measured, or the placeholder of 1 g.
fn is_nothing(cell: &str) -> bool {
    let number = cell.parse::<f64>();
    cell.is_empty()
        || number
            .is_ok_and(|number| number.is_nan() || number == -0.01 || (0.0..=1.0).contains(&number))
}

fn plausible(cell: &str) -> Option<f64> {
    cell.parse()
        .ok()
        .filter(|dose| 0.0 < *dose && *dose <= 600.0)
}

fn day(text: &str) -> Option<Date> {
    let day = Date::strptime("%d/%m/%Y", text).or_else(|_| text.get(..10).unwrap_or(text).parse());
    day.ok()
}

/// Every meal that a replay must bring to the database, in the order of lot, jour and moment.
pub fn usable_meals(text: &str) -> Vec<Meal> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let (mut meals, mut lots) = (Vec::new(), BTreeSet::new());
    for cells in reader.records() {
        let line = Line {
            header: &header,
            cells: cells.unwrap(),
        };
        let of_line = line.meals().unwrap_or_default();
        if of_line
            .first()
            .is_some_and(|meal| lots.insert(meal.code_lot.clone()))
        {
            meals.extend(of_line);
        }
    }
    meals.sort_by(|a, b| (&a.code_lot, a.jour, &a.moment).cmp(&(&b.code_lot, b.jour, &b.moment)));
    meals
}
