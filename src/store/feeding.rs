//! The current figures over all sites.

use super::{
    StoreError,
    view::{Scoped, View, scoped},
};
use crate::domain::rounding::{one_decimal, two_decimals};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

const SUM_UP: Scoped = scoped!("lots_gavage/sum_up_feeding");

/// The lots being fed, and what requires attention. Means are weighted by head count; `null` means that nothing was measured.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Feeding {
    pub lots_en_cours: i64,
    /// Gaveurs with at least one such lot.
    pub gaveurs: i64,
    pub canards_vivants: Option<i64>,
    /// g, one decimal.
    pub poids_moyen: Option<f64>,
    /// Cumulated, %, two decimals.
    pub taux_mortalite: Option<f64>,
    pub dernier_releve: Option<Timestamp>,
    /// Open alerts.
    pub alertes_ouvertes: i64,
    /// Open critical alerts.
    pub alertes_critiques: i64,
    /// Lots that wait for quality control.
    pub lots_en_attente: i64,
    /// Lots that are being inspected.
    pub lots_en_controle: i64,
    /// At least one of the lots being fed is simulated.
    #[serde(skip)]
    pub simule: bool,
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn sum_up(view: &View) -> Result<Feeding, StoreError> {
    let row = view.query_one(&SUM_UP, &[]).await?;
    let poids_moyen: Option<f64> = row.try_get("poids_moyen")?;
    let taux_mortalite: Option<f64> = row.try_get("taux_mortalite")?;
    Ok(Feeding {
        lots_en_cours: row.try_get("lots_en_cours")?,
        gaveurs: row.try_get("gaveurs")?,
        canards_vivants: row.try_get("canards_vivants")?,
        poids_moyen: poids_moyen.map(one_decimal),
        taux_mortalite: taux_mortalite.map(two_decimals),
        dernier_releve: row.try_get("dernier_releve")?,
        alertes_ouvertes: row.try_get("alertes_ouvertes")?,
        alertes_critiques: row.try_get("alertes_critiques")?,
        lots_en_attente: row.try_get("lots_en_attente")?,
        lots_en_controle: row.try_get("lots_en_controle")?,
        simule: row.try_get("simule")?,
    })
}
