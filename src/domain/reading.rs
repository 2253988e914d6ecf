//! A reading (relevé): the measurements at one meal of one lot.

use super::{horodatage::Horodatage, lot::LotId, moment::Moment, site::Site};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One meal as fed and measured. `None` means not measured; missing values are never filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The lot's code, an opaque key, e.g. `LL4801665`.
    pub code_lot: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    pub site: Site,
    pub genetique: String,
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    pub jour: i32,
    pub moment: Moment,
    /// Planned maize at this meal, g per duck.
    pub dose_theorique: Option<f64>,
    /// Given maize at this meal, g per duck.
    pub dose_reelle: f64,
    /// Mean live weight, g.
    pub poids_moyen: Option<f64>,
    pub nb_canards_vivants: Option<i32>,
    /// Cumulated mortality, % 0–100.
    pub taux_mortalite: Option<f64>,
    /// °C.
    pub temperature_stabule: Option<f64>,
    /// Relative humidity, % 0–100.
    pub humidite_stabule: Option<f64>,
    pub horodatage: Horodatage,
    /// The lot's feeding ends with this meal; quality control follows.
    pub pret_abattage: bool,
    /// Sent by a simulator and marked as such; screens label it.
    pub simule: bool,
    /// The sender marked it as a correction, so it never begins a life of its code.
    pub correction: bool,
    /// Whose lots the sender may continue.
    pub take_over: TakeOver,
}

/// Which lots a reading of another gaveur than the lot's may continue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TakeOver {
    #[default]
    OfAnySite,
    OfItsSite,
    No,
}

/// A reading with the life of its code that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assigned<'a> {
    pub lot_id: LotId,
    pub reading: &'a Reading,
}

/// Identity of a reading for its sender.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MealKey {
    pub code_lot: String,
    pub jour: i32,
    pub moment: Moment,
}

/// Identity of a stored reading: a second message about the same meal of the same life is a correction.
pub type LifeMeal = (LotId, MealPosition);

/// Position of a meal in the life of a lot; ordered.
pub type MealPosition = (i32, Moment);

/// The meals of a lot in their latest versions, each with the time of its first version.
pub type Meals = BTreeMap<MealPosition, Reading>;

impl Assigned<'_> {
    pub fn key(&self) -> LifeMeal {
        (self.lot_id, self.reading.position())
    }
}

impl Reading {
    pub fn key(&self) -> MealKey {
        MealKey {
            code_lot: self.code_lot.clone(),
            jour: self.jour,
            moment: self.moment,
        }
    }

    pub fn position(&self) -> MealPosition {
        (self.jour, self.moment)
    }

    /// True if it differs from `other` in anything but the time and how it is written.
    pub fn corrects(&self, other: &Reading) -> bool {
        let identity = |reading: &Reading| (reading.gaveur_id, reading.site);
        let measures = |reading: &Reading| {
            (
                reading.dose_theorique,
                reading.dose_reelle,
                reading.poids_moyen,
                reading.nb_canards_vivants,
                reading.taux_mortalite,
                reading.temperature_stabule,
                reading.humidite_stabule,
            )
        };
        let flags = |reading: &Reading| (reading.pret_abattage, reading.simule);
        identity(self) != identity(other)
            || measures(self) != measures(other)
            || flags(self) != flags(other)
    }

    /// See [`ecart_dose`].
    pub fn ecart_dose(&self) -> Option<f64> {
        ecart_dose(self.dose_theorique, self.dose_reelle)
    }
}

/// (given − planned) / planned, in %; `None` without a planned dose.
pub fn ecart_dose(planned: Option<f64>, given: f64) -> Option<f64> {
    let planned = planned.filter(|dose| *dose > 0.0)?;
    Some((given - planned) / planned * 100.0)
}

#[cfg(test)]
pub(crate) fn sample(code_lot: &str, jour: i32, moment: Moment) -> Reading {
    Reading {
        code_lot: code_lot.to_owned(),
        gaveur_id: 1,
        gaveur_nom: "Jean Martin".to_owned(),
        site: Site::Ll,
        genetique: "Mulard".to_owned(),
        jour,
        moment,
        dose_theorique: Some(400.0),
        dose_reelle: 400.0,
        poids_moyen: Some(5000.0),
        nb_canards_vivants: Some(1000),
        taux_mortalite: Some(0.5),
        temperature_stabule: Some(21.0),
        humidite_stabule: Some(60.0),
        horodatage: Horodatage::at(jiff::Timestamp::UNIX_EPOCH),
        pret_abattage: false,
        simule: false,
        correction: false,
        take_over: TakeOver::default(),
    }
}
