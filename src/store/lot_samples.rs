//! What the samples of lots measured, from the samples themselves.

use super::{
    StoreError,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::lot::LotId;
use jiff::Timestamp;
use std::collections::HashMap;

const MEASURE: Scoped = scoped!("lot_foies/measure");

/// What the samples of a lot measured; `None` where none did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LotSamples {
    /// g.
    pub masse_min_g: Option<f64>,
    pub masse_max_g: Option<f64>,
    /// Standard deviation, g; of two livers or more.
    pub masse_ecart_type_g: Option<f64>,
    /// Mean, mm³.
    pub volume_mm3: Option<f64>,
    /// Of the final scores, 0–1.
    pub score_moyen: Option<f64>,
    pub score_min: Option<f64>,
    pub score_max: Option<f64>,
    /// Means of the sensors' scores, 0–1.
    pub tof_moyen: Option<f64>,
    pub spectral_moyen: Option<f64>,
    /// Means of the indices, 0–1.
    pub fraicheur: Option<f64>,
    pub qualite_gras: Option<f64>,
    pub oxydation: Option<f64>,
    pub premiere_mesure: Option<Timestamp>,
    pub derniere_mesure: Option<Timestamp>,
}

/// The samples of each of these lots that has any.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn of_lots(
    view: &View,
    lots: &[LotId],
) -> Result<HashMap<LotId, LotSamples>, StoreError> {
    view.query_by("lot_id", &MEASURE, &[&lots]).await
}

from_row! {
    LotSamples {
        masse_min_g, masse_max_g, masse_ecart_type_g, volume_mm3, score_moyen, score_min, score_max, tof_moyen, spectral_moyen,
        fraicheur, qualite_gras, oxydation, premiere_mesure, derniere_mesure,
    }
}
