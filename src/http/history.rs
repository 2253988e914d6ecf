//! `GET /api/gavage/gaveur/{gaveur_id}`: the meals that a gaveur gave, day by day.

use super::{
    error::{ApiError, ReadFailure},
    params,
    state::ApiState,
};
use crate::{
    domain::{access::Policy, reading::ecart_dose, rounding::one_decimal},
    store::{
        history::{self, FedDay, FedMeal},
        view::View,
    },
};
use actix_web::web;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/gavage/gaveur/{gaveur_id}",
        Policy::Gaveur,
        gaveur_history,
    );
}

/// One day of one lot. `null` means not fed yet, or not measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryDay {
    /// Does not change, and is unique for the (lot, jour).
    id: i64,
    /// The latest reading of the day.
    time: Timestamp,
    /// Same as `lot_id`: readings are about lots, not single ducks.
    canard_id: i64,
    lot_id: i64,
    code_lot: String,
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    jour: i32,
    /// Given maize, g per duck.
    dose_matin: Option<f64>,
    dose_soir: Option<f64>,
    /// Planned maize, g per duck.
    dose_theorique_matin: Option<f64>,
    dose_theorique_soir: Option<f64>,
    /// Local time `HH:MM:SS` in the configured zone.
    heure_gavage_matin: Option<String>,
    heure_gavage_soir: Option<String>,
    /// Mean weight, g.
    poids_matin: Option<f64>,
    poids_soir: Option<f64>,
    /// °C, of the latest reading.
    temperature_stabule: Option<f64>,
    /// %, of the latest reading.
    humidite_stabule: Option<f64>,
    /// g, one decimal: last weight of the day − last weight of the lot's previous fed day; `null` on the first.
    gain_poids: Option<f64>,
    /// (given − planned) / planned, %, one decimal.
    ecart_dose_matin: Option<f64>,
    ecart_dose_soir: Option<f64>,
    /// Always 0: maize lots are not recorded.
    lot_mais_id: i64,
    /// Always `null`: remarks are not recorded.
    remarques: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// Number of days of lots.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500, default = 10)]
    limit: Option<String>,
}

/// History of a gaveur
///
/// One element per (lot, jour): `time` descending, then lot. `time` is the latest reading of that day; `dose_*`,
/// `dose_theorique_*` and `poids_*` are the reading of that moment (`null` when not fed yet); `heure_gavage_*` is its wall
/// clock `HH:MM:SS` in the configured zone; `temperature_stabule` and `humidite_stabule` are the latest reading's;
/// `gain_poids` is the last weight of the day − the last weight of the lot's previous fed day (`null` on the first);
/// `ecart_dose_*` is in %; `canard_id` = `lot_id`; `lot_mais_id` = 0; `remarques` = `null`. `[]` when there is nothing.
#[utoipa::path(
    get,
    path = "/api/gavage/gaveur/{gaveur_id}",
    tag = "gavage",
    params(("gaveur_id" = i32, Path, minimum = 0), HistoryQuery),
    responses((status = 200, description = "Newest first", body = Vec<HistoryDay>), ReadFailure)
)]
async fn gaveur_history(
    view: View,
    state: web::Data<ApiState>,
    path: web::Path<String>,
    query: web::Query<HistoryQuery>,
) -> Result<web::Json<Vec<HistoryDay>>, ApiError> {
    let gaveur_id = params::gaveur_id(&path)?;
    let limit = params::limit(query.limit.as_deref(), 10, 1..=500)?;
    let days = history::list_days(&view, gaveur_id, limit).await?;
    let days = days.into_iter().map(|day| history_day(day, &state.zone));
    Ok(web::Json(days.collect()))
}

fn history_day(day: FedDay, zone: &TimeZone) -> HistoryDay {
    HistoryDay {
        id: day.id,
        time: day.time,
        canard_id: day.lot_id,
        lot_id: day.lot_id,
        gain_poids: gain(&day).map(one_decimal),
        code_lot: day.code_lot,
        jour: day.jour,
        dose_matin: day.matin.dose,
        dose_soir: day.soir.dose,
        dose_theorique_matin: day.matin.dose_theorique,
        dose_theorique_soir: day.soir.dose_theorique,
        heure_gavage_matin: wall_clock(&day.matin, zone),
        heure_gavage_soir: wall_clock(&day.soir, zone),
        poids_matin: day.matin.poids,
        poids_soir: day.soir.poids,
        temperature_stabule: day.temperature_stabule,
        humidite_stabule: day.humidite_stabule,
        ecart_dose_matin: ecart(&day.matin),
        ecart_dose_soir: ecart(&day.soir),
        lot_mais_id: 0,
        remarques: None,
    }
}

fn gain(day: &FedDay) -> Option<f64> {
    Some(day.soir.poids.or(day.matin.poids)? - day.poids_veille?)
}

fn ecart(meal: &FedMeal) -> Option<f64> {
    ecart_dose(meal.dose_theorique, meal.dose?).map(one_decimal)
}

fn wall_clock(meal: &FedMeal, zone: &TimeZone) -> Option<String> {
    let local = meal.time?.to_zoned(zone.clone());
    Some(local.strftime("%H:%M:%S").to_string())
}
