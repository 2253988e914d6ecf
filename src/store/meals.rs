//! Single readings as stored.

use super::{
    StoreError, read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::{lot::LotId, reading::ecart_dose, rounding::one_decimal};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST_BY_LOT: Scoped = scoped!("gavage_data/list_by_lot");
const LIST_RECENT: Scoped = scoped!("gavage_data/list_recent");

/// One meal of one lot. `null` means not measured.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Meal {
    pub id: i64,
    pub time: Timestamp,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    /// `LL`, `LS` or `MT`.
    pub site: String,
    pub genetique: String,
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    pub jour: i32,
    /// `matin` or `soir`.
    pub moment: String,
    /// Planned maize, g per duck.
    pub dose_theorique: Option<f64>,
    /// Given maize, g per duck.
    pub dose_reelle: f64,
    /// (given − planned) / planned, in % with one decimal; `null` without a planned dose.
    pub ecart_dose: Option<f64>,
    /// g.
    pub poids_moyen: Option<f64>,
    pub nb_canards_vivants: Option<i32>,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
    /// °C.
    pub temperature_stabule: Option<f64>,
    /// Relative humidity, %.
    pub humidite_stabule: Option<f64>,
    /// The time as the client wrote it.
    pub timestamp: String,
    /// The time was so old on arrival that the sender's clock may be wrong, or that the reading is history.
    pub horloge_douteuse: bool,
    pub pret_abattage: bool,
    pub simule: bool,
    /// When the server stored it.
    pub recu_le: Timestamp,
    /// When it was last corrected; `null` if never.
    pub corrected_at: Option<Timestamp>,
}

/// All meals of a lot, oldest first.
pub async fn list_by_lot(view: &View, lot_id: LotId) -> Result<Vec<Meal>, StoreError> {
    let rows = view.query(&LIST_BY_LOT, &[&lot_id]).await?;
    read_all(&rows, meal)
}

/// The newest `limit` meals of all lots, newest first.
pub async fn list_recent(view: &View, limit: i64) -> Result<Vec<Meal>, StoreError> {
    let rows = view.query(&LIST_RECENT, &[&limit]).await?;
    read_all(&rows, meal)
}

fn meal(row: &Row) -> Result<Meal, tokio_postgres::Error> {
    let dose_theorique = row.try_get("dose_theorique")?;
    let dose_reelle = row.try_get("dose_reelle")?;
    Ok(Meal {
        id: row.try_get("id")?,
        time: row.try_get("time")?,
        code_lot: row.try_get("code_lot")?,
        gaveur_id: row.try_get("gaveur_id")?,
        gaveur_nom: row.try_get("gaveur_nom")?,
        site: row.try_get("site_code")?,
        genetique: row.try_get("genetique")?,
        jour: row.try_get("jour")?,
        moment: row.try_get("moment")?,
        dose_theorique,
        dose_reelle,
        ecart_dose: ecart_dose(dose_theorique, dose_reelle).map(one_decimal),
        poids_moyen: row.try_get("poids_moyen")?,
        nb_canards_vivants: row.try_get("nb_canards_vivants")?,
        taux_mortalite: row.try_get("taux_mortalite")?,
        temperature_stabule: row.try_get("temperature_stabule")?,
        humidite_stabule: row.try_get("humidite_stabule")?,
        timestamp: row.try_get("horodatage")?,
        horloge_douteuse: row.try_get("horloge_douteuse")?,
        pret_abattage: row.try_get("pret_abattage")?,
        simule: row.try_get("simule")?,
        recu_le: row.try_get("recu_le")?,
        corrected_at: row.try_get("corrected_at")?,
    })
}
