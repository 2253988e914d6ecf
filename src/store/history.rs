//! The meals that a gaveur gave, by lot and day.

use super::{
    StoreError, read_all,
    view::{Scoped, View, scoped},
};
use jiff::Timestamp;
use tokio_postgres::Row;

const LIST_DAYS: Scoped = scoped!("gavage_lot_jour/list_days");

/// The meals of one (lot, jour). `None` means not fed yet, or not measured.
#[derive(Debug, Clone, PartialEq)]
pub struct FedDay {
    /// Smallest id of the day's readings, so that it does not change when the second meal arrives.
    pub id: i64,
    /// Latest reading of the day.
    pub time: Timestamp,
    pub lot_id: i64,
    pub code_lot: String,
    pub jour: i32,
    pub matin: FedMeal,
    pub soir: FedMeal,
    /// °C, of the latest reading.
    pub temperature_stabule: Option<f64>,
    /// %, of the latest reading.
    pub humidite_stabule: Option<f64>,
    /// g, last weight of the lot's previous fed day.
    pub poids_veille: Option<f64>,
}

/// One meal of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct FedMeal {
    pub time: Option<Timestamp>,
    /// g per duck.
    pub dose: Option<f64>,
    /// g per duck.
    pub dose_theorique: Option<f64>,
    /// g.
    pub poids: Option<f64>,
}

/// The newest `limit` days, by their latest reading, then by lot.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list_days(view: &View, gaveur_id: i32, limit: i64) -> Result<Vec<FedDay>, StoreError> {
    let rows = view.query(&LIST_DAYS, &[&gaveur_id, &limit]).await?;
    read_all(&rows, fed_day)
}

fn fed_day(row: &Row) -> Result<FedDay, tokio_postgres::Error> {
    Ok(FedDay {
        id: row.try_get("id")?,
        time: row.try_get("time")?,
        lot_id: row.try_get("lot_id")?,
        code_lot: row.try_get("code_lot")?,
        jour: row.try_get("jour")?,
        matin: FedMeal {
            time: row.try_get("time_matin")?,
            dose: row.try_get("dose_matin")?,
            dose_theorique: row.try_get("dose_theorique_matin")?,
            poids: row.try_get("poids_matin")?,
        },
        soir: FedMeal {
            time: row.try_get("time_soir")?,
            dose: row.try_get("dose_soir")?,
            dose_theorique: row.try_get("dose_theorique_soir")?,
            poids: row.try_get("poids_soir")?,
        },
        temperature_stabule: row.try_get("temperature_stabule")?,
        humidite_stabule: row.try_get("humidite_stabule")?,
        poids_veille: row.try_get("poids_veille")?,
    })
}
