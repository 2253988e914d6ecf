//! Single readings as stored.

use super::{
    StoreError,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::{clock::ecart_s, lot::LotId, reading::Reading, saisie::Origine};
use jiff::Timestamp;

const LIST_BY_LOT: Scoped = scoped!("gavage_data/list_by_lot");
const LIST_RECENT: Scoped = scoped!("gavage_data/list_recent");

/// A meal in its latest version, under its first time.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMeal {
    pub id: i64,
    pub reading: Reading,
    pub recu_le: Timestamp,
    /// When it was last corrected; `None` if never.
    pub corrected_at: Option<Timestamp>,
    pub origine: Origine,
}

from_row! { StoredMeal { id, reading: Reading::from_row, recu_le, corrected_at, origine } }

impl StoredMeal {
    /// How far the clock of a stream was from its arrival, if very far. Who writes a meal down says when it was.
    pub fn clock_error_s(&self) -> Option<i64> {
        let is_sent = self.origine == Origine::Flux;
        let ecart = ecart_s(self.reading.horodatage.instant, self.recu_le);
        ecart.filter(|_| is_sent)
    }
}

/// All meals of a lot, oldest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list_by_lot(view: &View, lot_id: LotId) -> Result<Vec<StoredMeal>, StoreError> {
    view.query(&LIST_BY_LOT, &[&lot_id]).await
}

/// The newest `limit` meals of all lots, newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list_recent(view: &View, limit: i64) -> Result<Vec<StoredMeal>, StoreError> {
    view.query(&LIST_RECENT, &[&limit]).await
}
