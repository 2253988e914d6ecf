//! Gaveurs and the figures of their lots being fed.

use super::{
    StoreError, read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::rounding::{one_decimal, two_decimals};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST: Scoped = scoped!("gaveurs_euralis/list");

/// A gaveur with the figures of his lots that are being fed. Means are weighted by head count; `null` means that nothing was measured.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GaveurSummary {
    pub gaveur_id: i32,
    pub nom: String,
    /// `LL`, `LS` or `MT`.
    pub site_code: String,
    pub lots_en_cours: i64,
    pub canards_vivants: Option<i64>,
    /// g, one decimal.
    pub poids_moyen: Option<f64>,
    /// Cumulated, %, two decimals.
    pub taux_mortalite: Option<f64>,
    pub dernier_releve: Option<Timestamp>,
    /// Open alerts of his lots.
    pub alertes_ouvertes: i64,
    /// At least one of these lots is simulated.
    pub simule: bool,
}

/// All gaveurs by id, or only the given one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, gaveur_id: Option<i32>) -> Result<Vec<GaveurSummary>, StoreError> {
    let rows = view.query(&LIST, &[&gaveur_id]).await?;
    read_all(&rows, gaveur_summary)
}

fn gaveur_summary(row: &Row) -> Result<GaveurSummary, tokio_postgres::Error> {
    let poids_moyen: Option<f64> = row.try_get("poids_moyen")?;
    let taux_mortalite: Option<f64> = row.try_get("taux_mortalite")?;
    Ok(GaveurSummary {
        gaveur_id: row.try_get("gaveur_id")?,
        nom: row.try_get("nom")?,
        site_code: row.try_get("site_code")?,
        lots_en_cours: row.try_get("lots_en_cours")?,
        canards_vivants: row.try_get("canards_vivants")?,
        poids_moyen: poids_moyen.map(one_decimal),
        taux_mortalite: taux_mortalite.map(two_decimals),
        dernier_releve: row.try_get("dernier_releve")?,
        alertes_ouvertes: row.try_get("alertes_ouvertes")?,
        simule: row.try_get("simule")?,
    })
}
