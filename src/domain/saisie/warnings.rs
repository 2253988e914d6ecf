//! What of an entry should be looked at twice. It is stored all the same.

use super::{Saisie, entering::Told, limits};
use crate::domain::{
    moment::Moment,
    reading::{Meals, Reading},
    rounding::one_decimal,
    words::words,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// How much a warning matters, as colours of a screen.
    pub enum Niveau {
        Ambre = "ambre",
        Orange = "orange",
        Rouge = "rouge",
    }
}

/// One value of a meal that should be looked at twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    pub jour: i32,
    #[schema(value_type = String)]
    pub moment: Moment,
    /// The field of the request.
    pub champ: String,
    /// `ambre`, `orange` or `rouge`.
    #[schema(value_type = String)]
    pub niveau: Niveau,
    pub valeur: f64,
    /// What it was compared with.
    pub seuil: f64,
    /// One sentence.
    pub message: String,
}

/// Oldest meal first.
pub fn of(saisie: &Saisie, told: &[Told], meals: &Meals, initial: Option<i32>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for told in told {
        let mut one = Judging {
            reading: &told.reading,
            warnings: &mut warnings,
        };
        let before = meals.range(..told.reading.position());
        let before: Vec<&Reading> = before.map(|(_, meal)| meal).collect();
        one.dose(before.last().map(|meal| meal.dose_reelle));
        one.ecart();
        let weighed = before.iter().rev().find_map(|meal| meal.poids_moyen);
        one.weight(weighed);
        let counted = before.iter().rev().find_map(|meal| meal.nb_canards_vivants);
        one.deaths(told.morts.unwrap_or(0), counted.or(initial));
        one.climate();
        one.time(saisie);
    }
    warnings
}

struct Judging<'a> {
    reading: &'a Reading,
    warnings: &'a mut Vec<Warning>,
}

impl Judging<'_> {
    fn note(&mut self, champ: &str, niveau: Niveau, valeur: f64, seuil: f64, message: String) {
        self.warnings.push(Warning {
            jour: self.reading.jour,
            moment: self.reading.moment,
            champ: champ.to_owned(),
            niveau,
            valeur,
            seuil,
            message,
        });
    }

    fn dose(&mut self, before: Option<f64>) {
        let dose = self.reading.dose_reelle;
        if dose > limits::UNLIKELY_DOSE_G {
            let bound = limits::UNLIKELY_DOSE_G;
            let message = format!("Dose de {dose:.0} g : plus de {bound:.0} g, vérifiez");
            self.note("dose_g", Niveau::Orange, dose, bound, message);
        }
        let Some(before) = before.filter(|before| *before > 0.0 && dose > 0.0) else {
            return;
        };
        let step = dose - before;
        let percent = 100.0 * step.abs() / before;
        if step.abs() > limits::UNLIKELY_STEP_G || percent > limits::UNLIKELY_STEP_PCT {
            let message = format!("{step:+.0} g par rapport au repas d'avant ({before:.0} g)");
            self.note("dose_g", Niveau::Ambre, dose, before, message);
        }
    }

    fn ecart(&mut self) {
        let (Some(ecart), Some(planned)) = (self.reading.ecart_dose(), self.reading.dose_theorique)
        else {
            return;
        };
        // As for alerts: 5 % must not be 4.999… %.
        let size = ecart.abs() + 1e-9;
        let [amber, orange, red] = limits::ECARTS_PCT;
        let niveau = match size {
            _ if ecart - 1e-9 <= limits::REFUSAL_PCT => Niveau::Rouge,
            size if size >= red => Niveau::Rouge,
            size if size >= orange => Niveau::Orange,
            size if size >= amber => Niveau::Ambre,
            _ => return,
        };
        let side = if ecart < 0.0 {
            "au-dessous"
        } else {
            "au-dessus"
        };
        let message = format!("{:.0} % {side} de la dose prévue", ecart.abs());
        self.note("dose_g", niveau, one_decimal(ecart), planned, message);
    }

    fn weight(&mut self, before: Option<f64>) {
        let Some((weight, before)) = self.reading.poids_moyen.zip(before) else {
            return;
        };
        let percent = 100.0 * (weight - before) / before;
        if percent.abs() > limits::UNLIKELY_WEIGHT_PCT {
            let message = format!("{percent:+.0} % depuis la dernière pesée ({before:.0} g)");
            self.note("poids", Niveau::Ambre, weight, before, message);
        }
    }

    fn deaths(&mut self, dead: i32, alive: Option<i32>) {
        let Some(alive) = alive.filter(|alive| *alive > 0) else {
            return;
        };
        let percent = 100.0 * f64::from(dead) / f64::from(alive);
        if percent > limits::UNLIKELY_DEATHS_PCT {
            let message = format!("{dead} morts : {percent:.1} % du lot en un repas");
            let message = message.replace('.', ",");
            self.note(
                "morts",
                Niveau::Orange,
                f64::from(dead),
                f64::from(alive),
                message,
            );
        }
    }

    fn climate(&mut self) {
        if let Some(celsius) = self.reading.temperature_stabule {
            let ([freezing, hot], [cool, warm]) =
                (limits::SEVERE_TEMPERATURES_C, limits::USUAL_TEMPERATURES_C);
            let bounds = [
                (celsius <= freezing, Niveau::Rouge, freezing),
                (celsius >= hot, Niveau::Rouge, hot),
                (celsius <= cool, Niveau::Orange, cool),
                (celsius >= warm, Niveau::Orange, warm),
            ];
            if let Some((_, niveau, bound)) = bounds.into_iter().find(|(is_out, ..)| *is_out) {
                let message = "Température hors de 18–25 °C".to_owned();
                self.note("temperature_c", niveau, celsius, bound, message);
            }
        }
        if let Some(percent) = self.reading.humidite_stabule {
            let [dry, humid] = limits::USUAL_HUMIDITIES_PCT;
            let bounds = [(percent <= dry, dry), (percent >= humid, humid)];
            if let Some((_, bound)) = bounds.into_iter().find(|(is_out, _)| *is_out) {
                let message = "Humidité hors de 50–75 %".to_owned();
                self.note("humidite_pct", Niveau::Orange, percent, bound, message);
            }
        }
    }

    fn time(&mut self, saisie: &Saisie) {
        let late = saisie
            .recu_le
            .duration_since(self.reading.horodatage.instant);
        if late > limits::LATE {
            let hours = late.as_secs_f64() / 3600.0;
            let message = format!("Saisi {hours:.0} h après le repas");
            let bound = limits::LATE.as_secs_f64() / 3600.0;
            self.note("heure", Niveau::Ambre, one_decimal(hours), bound, message);
        }
        let wrong = saisie.ecart_horloge.abs();
        if wrong > limits::WRONG_CLOCK {
            let minutes = saisie.ecart_horloge.as_secs_f64() / 60.0;
            let message = format!(
                "L'horloge de l'appareil est fausse de {:.0} min : l'heure du repas est corrigée",
                minutes.abs()
            );
            let bound = limits::WRONG_CLOCK.as_secs_f64() / 60.0;
            self.note(
                "horloge",
                Niveau::Ambre,
                one_decimal(minutes),
                bound,
                message,
            );
        }
    }
}
