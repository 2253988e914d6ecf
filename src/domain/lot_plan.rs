//! Lots that are planned before their first meal.

use super::{
    curve::{
        BadCurve, Curve, MEDIANS, SourceCourbe,
        planning::{Planned, Planning},
    },
    saisie::Refus,
    site::Site,
};
use jiff::{ToSpan, Unit, civil::Date};
use std::ops::RangeInclusive;

/// Days of a feeding, the first and the last included.
pub const DAYS: RangeInclusive<i32> = 7..=16;
/// Of a lot without a planned end.
pub const USUAL_DAYS: i32 = 10;
/// Lots that one gaveur can feed at the same time.
pub const MOST_LOTS: i64 = 3;
/// How far from today a feeding may begin.
const BEGINS_WITHIN: i32 = 400;

/// A lot as somebody plans it.
#[derive(Debug, Clone, PartialEq)]
pub struct LotPlan {
    /// `None` for one that is proposed.
    pub code_lot: Option<String>,
    pub site: Site,
    pub gaveur_id: i32,
    pub genetique: String,
    pub souche: Option<String>,
    pub nombre_canards: i32,
    /// First and last day of feeding.
    pub debut: Date,
    pub fin: Date,
    /// Mean, g.
    pub poids_initial_g: Option<f64>,
    /// Maize that a duck is to get, g: a curve is drafted for it.
    pub objectif_mais_g: Option<f64>,
    pub simule: bool,
    pub par: String,
}

impl LotPlan {
    /// # Errors
    /// It cannot be planned; the sentence names the field.
    pub fn check(&self, today: Date) -> Result<(), Refus> {
        let days = days_between(self.debut, self.fin) + 1;
        if !DAYS.contains(&days) {
            let (least, most) = (DAYS.start(), DAYS.end());
            let problem = format!(
                "must be {least} to {most} days of feeding, not {days}, from {} on",
                self.debut
            );
            return Err(Refus::champ("date_fin_gavage_prevue", problem));
        }
        if days_between(today, self.debut).abs() > BEGINS_WITHIN {
            let problem = format!(
                "must be within {BEGINS_WITHIN} days of today, not {}",
                self.debut
            );
            return Err(Refus::champ("date_debut_gavage", problem));
        }
        let code = self.code_lot.as_deref().unwrap_or(self.site.as_str());
        if !code.starts_with(self.site.as_str()) {
            let problem = format!("must begin with {}, the site of the lot", self.site);
            return Err(Refus::champ("code_lot", problem));
        }
        Ok(())
    }

    /// What the codes of lots begin with that end on the same day at this site: the site, the year's last digit, the zone, the day of the year.
    pub fn code_prefix(&self) -> String {
        let zone = match self.site {
            Site::Ll | Site::Ls => 8,
            Site::Mt => 9,
        };
        let (year, day) = (self.fin.year() % 10, self.fin.day_of_year());
        format!("{}{year}{zone}{day:03}", self.site)
    }

    /// The curve that is drafted for the wanted maize, if any.
    ///
    /// # Errors
    /// Ducks are not fed so.
    pub fn draft(&self) -> Result<Option<Planning>, Refus> {
        let Some(total) = self.objectif_mais_g else {
            return Ok(None);
        };
        let days = days_between(self.debut, self.fin) + 1;
        let meals = (2 * days.unsigned_abs() as usize).min(MEDIANS.len());
        let curve = Curve::of_medians(meals, total);
        let of_aim = |fault: BadCurve| Refus::champ("objectif_quantite_mais", fault.problem);
        Ok(Some(Planning {
            par: self.par.clone(),
            commentaire: None,
            what: Planned::Propose {
                curve: curve.map_err(of_aim)?,
                source: SourceCourbe::Mediane,
                formule: Some(Curve::formula(meals, total)),
            },
        }))
    }
}

/// The code with this number behind its [prefix](LotPlan::code_prefix).
///
/// # Errors
/// There are no numbers left.
pub fn code(prefix: &str, number: i32) -> Result<String, Refus> {
    if number > 99 {
        let problem = format!("is missing: all codes that begin with {prefix} are taken");
        return Err(Refus::champ("code_lot", problem));
    }
    Ok(format!("{prefix}{number:02}"))
}

/// The last of this many days of feeding.
pub fn last_day(debut: Date, days: i32) -> Date {
    debut.saturating_add((i64::from(days) - 1).days())
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until((Unit::Day, to))
        .map_or(i32::MAX - 1, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn plan() -> LotPlan {
        LotPlan {
            code_lot: None,
            site: Site::Mt,
            gaveur_id: 3,
            genetique: "Mulard".to_owned(),
            souche: None,
            nombre_canards: 1000,
            debut: date(2026, 1, 7),
            fin: date(2026, 1, 16),
            poids_initial_g: None,
            objectif_mais_g: Some(7_800.0),
            simule: false,
            par: "Claire".to_owned(),
        }
    }

    fn champ(refused: Result<(), Refus>) -> String {
        match refused {
            Err(Refus::Champ { champ, .. }) => champ,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_is_proposed_from_the_planned_end_as_the_cooperative_numbers_its_lots() {
        assert_eq!(plan().code_prefix(), "MT69016");
        assert_eq!(code(&plan().code_prefix(), 5).unwrap(), "MT6901605");
        let of_bretagne = LotPlan {
            site: Site::Ll,
            fin: date(2024, 12, 31),
            ..plan()
        };
        assert_eq!(of_bretagne.code_prefix(), "LL48366");
        assert!(code("MT69016", 100).is_err());
    }

    #[test]
    fn a_feeding_takes_seven_to_sixteen_days_and_begins_within_a_year_of_today() {
        let today = date(2026, 1, 1);
        let lasting = |days| LotPlan {
            fin: last_day(plan().debut, days),
            ..plan()
        };
        for (days, is_possible) in [(6, false), (7, true), (16, true), (17, false), (-3, false)] {
            assert_eq!(lasting(days).check(today).is_ok(), is_possible, "{days}");
        }
        assert_eq!(champ(lasting(6).check(today)), "date_fin_gavage_prevue");
        assert_eq!(champ(plan().check(date(2024, 1, 1))), "date_debut_gavage");
        let elsewhere = LotPlan {
            code_lot: Some("LL6901605".to_owned()),
            ..plan()
        };
        assert_eq!(champ(elsewhere.check(today)), "code_lot");
    }

    #[test]
    fn the_wanted_maize_is_drafted_as_a_curve_of_two_meals_a_day() {
        let draft = plan().draft().unwrap().unwrap();
        let Planned::Propose { curve, formule, .. } = draft.what else {
            panic!("not a proposal");
        };
        assert_eq!(curve.points_g.len(), 20);
        assert!((curve.total_g() - 7_800.0).abs() < 1.0);
        assert!(formule.unwrap().contains("7800"));
        let too_much = LotPlan {
            objectif_mais_g: Some(50_000.0),
            ..plan()
        };
        assert_eq!(champ(too_much.draft().map(drop)), "objectif_quantite_mais");
    }
}
