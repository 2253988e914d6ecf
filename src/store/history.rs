//! The meals that a gaveur gave, by lot and day.

use super::{
    StoreError,
    rows::{from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::moment::Moment;
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
    view.query(&LIST_DAYS, &[&gaveur_id, &limit]).await
}

from_row! {
    FedDay {
        id, time, lot_id, code_lot, jour, matin: morning, soir: evening, temperature_stabule, humidite_stabule, poids_veille,
    }
}

fn morning(row: &Row) -> Result<FedMeal, StoreError> {
    meal(row, Moment::Matin)
}

fn evening(row: &Row) -> Result<FedMeal, StoreError> {
    meal(row, Moment::Soir)
}

fn meal(row: &Row, moment: Moment) -> Result<FedMeal, StoreError> {
    let column = |figure: &str| format!("{figure}_{moment}");
    Ok(FedMeal {
        time: read(row, &*column("time"))?,
        dose: read(row, &*column("dose"))?,
        dose_theorique: read(row, &*column("dose_theorique"))?,
        poids: read(row, &*column("poids"))?,
    })
}
