//! Sums over meals and quality control, which can be added up, and figures derived from them.

use super::mean::ratio;

/// Sums over meals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Meals {
    pub releves: i64,
    /// Meals with a head count; the sums of maize and weights include only these.
    pub releves_comptes: i64,
    pub canards_nourris: i64,
    /// Given maize, g × ducks.
    pub mais_g: f64,
    /// Planned maize, for meals with a planned dose, g × ducks.
    pub mais_prevu_g: f64,
    /// Given maize at those same meals, g × ducks.
    pub mais_compare_g: f64,
    /// Weights, g × ducks.
    pub poids_g: f64,
    /// Ducks at the weighed meals.
    pub canards_peses: i64,
    pub temperatures: i64,
    /// Sum, °C.
    pub temperature_somme: f64,
    pub humidites: i64,
    /// Sum, %.
    pub humidite_somme: f64,
    /// At least one of the meals is simulated.
    pub simule: bool,
}

impl Meals {
    /// Given maize, kg.
    pub fn mais_kg(&self) -> Option<f64> {
        (self.releves_comptes > 0).then_some(self.mais_g / 1000.0)
    }

    /// Mean dose, g per duck and meal.
    pub fn dose_moyenne(&self) -> Option<f64> {
        ratio(self.mais_g, self.canards_nourris)
    }

    /// (given − planned) / planned, %.
    pub fn ecart(&self) -> Option<f64> {
        let planned = self.mais_prevu_g;
        (planned > 0.0).then(|| (self.mais_compare_g - planned) / planned * 100.0)
    }

    /// Mean weight, g, weighted by head count.
    pub fn poids_moyen(&self) -> Option<f64> {
        ratio(self.poids_g, self.canards_peses)
    }

    /// Mean over the readings, °C.
    pub fn temperature(&self) -> Option<f64> {
        ratio(self.temperature_somme, self.temperatures)
    }

    /// Mean relative humidity over the readings, %.
    pub fn humidite(&self) -> Option<f64> {
        ratio(self.humidite_somme, self.humidites)
    }

    pub fn plus(self, other: Meals) -> Meals {
        Meals {
            releves: self.releves + other.releves,
            releves_comptes: self.releves_comptes + other.releves_comptes,
            canards_nourris: self.canards_nourris + other.canards_nourris,
            mais_g: self.mais_g + other.mais_g,
            mais_prevu_g: self.mais_prevu_g + other.mais_prevu_g,
            mais_compare_g: self.mais_compare_g + other.mais_compare_g,
            poids_g: self.poids_g + other.poids_g,
            canards_peses: self.canards_peses + other.canards_peses,
            temperatures: self.temperatures + other.temperatures,
            temperature_somme: self.temperature_somme + other.temperature_somme,
            humidites: self.humidites + other.humidites,
            humidite_somme: self.humidite_somme + other.humidite_somme,
            simule: self.simule || other.simule,
        }
    }
}

/// Sums over samples of quality control.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Foies {
    pub echantillons: i64,
    pub scores: i64,
    pub score_somme: f64,
    /// Samples with a mass.
    pub masses: i64,
    pub masse_g: f64,
    /// Samples with a grade.
    pub classes: i64,
    pub rejets: i64,
    /// At least one of the samples is simulated.
    pub simule: bool,
}

impl Foies {
    /// Mass of the measured livers, kg.
    pub fn masse_kg(&self) -> Option<f64> {
        (self.masses > 0).then_some(self.masse_g / 1000.0)
    }

    /// Mean mass, g.
    pub fn masse_moyenne(&self) -> Option<f64> {
        ratio(self.masse_g, self.masses)
    }

    pub fn score_moyen(&self) -> Option<f64> {
        ratio(self.score_somme, self.scores)
    }

    /// Share of rejected samples among the graded ones, 0–1.
    pub fn part_rejets(&self) -> Option<f64> {
        ratio(self.rejets as f64, self.classes)
    }

    pub fn plus(self, other: Foies) -> Foies {
        Foies {
            echantillons: self.echantillons + other.echantillons,
            scores: self.scores + other.scores,
            score_somme: self.score_somme + other.score_somme,
            masses: self.masses + other.masses,
            masse_g: self.masse_g + other.masse_g,
            classes: self.classes + other.classes,
            rejets: self.rejets + other.rejets,
            simule: self.simule || other.simule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_has_no_figure_rather_than_zero() {
        let (meals, foies) = (Meals::default(), Foies::default());
        let figures = [
            meals.mais_kg(),
            meals.dose_moyenne(),
            meals.ecart(),
            meals.poids_moyen(),
            meals.temperature(),
            meals.humidite(),
            foies.masse_kg(),
            foies.masse_moyenne(),
            foies.score_moyen(),
            foies.part_rejets(),
        ];
        assert_eq!(figures, [None; 10]);
    }

    #[test]
    fn the_deviation_is_that_of_the_meals_with_a_planned_dose() {
        let planned = Meals {
            releves_comptes: 1,
            canards_nourris: 100,
            mais_g: 44_000.0,
            mais_prevu_g: 40_000.0,
            mais_compare_g: 44_000.0,
            ..Meals::default()
        };
        let unplanned = Meals {
            releves_comptes: 1,
            canards_nourris: 100,
            mais_g: 90_000.0,
            ..Meals::default()
        };
        let both = planned.plus(unplanned);
        assert_eq!(both.ecart(), Some(10.0));
        assert_eq!(
            (both.mais_kg(), both.dose_moyenne()),
            (Some(134.0), Some(670.0))
        );
    }
}
