//! Closed lots with what consumers say of them, what they were fed, and what quality control measured.

use super::{
    StoreError,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::site::Site;

const LIST: Scoped = scoped!("consumer_lot_jour/list_for_correlation");

/// Lots that are looked at, the latest first.
const MOST_LOTS: i64 = 120;

/// A closed lot of five ratings or more. `None` was not measured.
#[derive(Debug, Clone, PartialEq)]
pub struct RatedLot {
    pub simule: bool,
    pub avis: i64,
    pub site: Site,
    pub genetique: String,
    pub note: f64,
    pub texture: Option<f64>,
    pub flavor: Option<f64>,
    pub color: Option<f64>,
    pub aroma: Option<f64>,
    pub freshness: Option<f64>,
    /// %.
    pub perte: Option<f64>,
    pub masse_g: Option<f64>,
    /// Coefficient of variation of the livers.
    pub cv: Option<f64>,
    pub mais_g: Option<f64>,
    pub repas: Option<f64>,
    /// g per duck and meal, of the first twelve meals.
    pub pente: Option<f64>,
    /// g per duck, mean of the last four meals.
    pub plateau: Option<f64>,
    /// Mean distance from the plan, %.
    pub ecart: Option<f64>,
    /// Share of the meals more than 5 % off the plan.
    pub hors_plan: Option<f64>,
    /// Share of the readings out of 18–25 °C or 50–75 %.
    pub hors_ambiance: Option<f64>,
    /// Means of the sensors' indices over the livers, 0–1.
    pub fraicheur: Option<f64>,
    pub oxydation: Option<f64>,
}

from_row! {
    RatedLot {
        simule, avis, site = "site_code", genetique, note, texture, flavor, color, aroma, freshness, perte = "taux_mortalite",
        masse_g = "masse_moyenne_g", cv = "sigma", mais_g = "g_par_canard", repas, pente, plateau, ecart, hors_plan, hors_ambiance,
        fraicheur, oxydation,
    }
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View) -> Result<Vec<RatedLot>, StoreError> {
    view.query(&LIST, &[&MOST_LOTS]).await
}
