//! `/api/euralis/gavages`: meals of all lots.

use super::{
    error::{ApiError, ReadFailure},
    params,
};
use crate::{
    domain::{access::Policy, rounding::one_decimal},
    store::{
        meals::{self, StoredMeal},
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/euralis/gavages/recent",
        Policy::Supervision,
        recent_meals,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecentQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500, default = 10)]
    limit: Option<String>,
}

/// One meal of one lot. `null` means not measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meal {
    id: i64,
    time: Timestamp,
    code_lot: String,
    gaveur_id: i32,
    gaveur_nom: String,
    /// `LL`, `LS` or `MT`.
    site: &'static str,
    genetique: String,
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    jour: i32,
    /// `matin` or `soir`.
    moment: &'static str,
    /// Planned maize, g per duck.
    dose_theorique: Option<f64>,
    /// Given maize, g per duck.
    dose_reelle: f64,
    /// (given − planned) / planned, in % with one decimal; `null` without a planned dose.
    ecart_dose: Option<f64>,
    /// g.
    poids_moyen: Option<f64>,
    nb_canards_vivants: Option<i32>,
    /// Cumulated, %.
    taux_mortalite: Option<f64>,
    /// °C.
    temperature_stabule: Option<f64>,
    /// Relative humidity, %.
    humidite_stabule: Option<f64>,
    /// The time as the client wrote it.
    timestamp: String,
    /// The time was so old on arrival that the sender's clock may be wrong, or that the reading is history.
    horloge_douteuse: bool,
    /// How many seconds the time of a stream was ahead of its arrival, negative if behind; `null` up to two hours, and for entered meals.
    horloge_ecart_s: Option<i64>,
    pret_abattage: bool,
    simule: bool,
    /// When the server stored it.
    recu_le: Timestamp,
    /// When it was last corrected; `null` if never.
    corrected_at: Option<Timestamp>,
    /// `flux`, `saisie` or `import`.
    origine: &'static str,
}

impl From<StoredMeal> for Meal {
    fn from(meal: StoredMeal) -> Self {
        let horloge_ecart_s = meal.clock_error_s();
        let reading = meal.reading;
        Meal {
            id: meal.id,
            time: reading.horodatage.instant,
            ecart_dose: reading.ecart_dose().map(one_decimal),
            code_lot: reading.code_lot,
            gaveur_id: reading.gaveur_id,
            gaveur_nom: reading.gaveur_nom,
            site: reading.site.as_str(),
            genetique: reading.genetique,
            jour: reading.jour,
            moment: reading.moment.as_str(),
            dose_theorique: reading.dose_theorique,
            dose_reelle: reading.dose_reelle,
            poids_moyen: reading.poids_moyen,
            nb_canards_vivants: reading.nb_canards_vivants,
            taux_mortalite: reading.taux_mortalite,
            temperature_stabule: reading.temperature_stabule,
            humidite_stabule: reading.humidite_stabule,
            timestamp: reading.horodatage.texte,
            horloge_douteuse: reading.horodatage.douteux,
            horloge_ecart_s,
            pret_abattage: reading.pret_abattage,
            simule: reading.simule,
            recu_le: meal.recu_le,
            corrected_at: meal.corrected_at,
            origine: meal.origine.as_str(),
        }
    }
}

/// Latest meals of all lots
#[utoipa::path(
    get,
    path = "/api/euralis/gavages/recent",
    tag = "euralis",
    params(RecentQuery),
    responses((status = 200, description = "Newest `time` first", body = Vec<Meal>), ReadFailure)
)]
async fn recent_meals(
    view: View,
    query: web::Query<RecentQuery>,
) -> Result<web::Json<Vec<Meal>>, ApiError> {
    let limit = params::limit(query.limit.as_deref(), 10, 1..=500)?;
    let meals = meals::list_recent(&view, limit).await?;
    Ok(web::Json(meals.into_iter().map(Meal::from).collect()))
}
