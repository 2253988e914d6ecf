//! The sites and the figures of their lots being fed.

use super::{
    StoreError, read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::{
    rounding::{one_decimal, two_decimals},
    site::Site,
};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST: Scoped = scoped!("sites_euralis/list");

/// A site with the figures of its lots that are being fed (`en_gavage`). Means are weighted by head count; `null` means that nothing was
/// measured.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SiteSummary {
    /// `LL`, `LS` or `MT`.
    pub code: String,
    pub nom: String,
    pub region: String,
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
    /// At least one of these lots is simulated.
    pub simule: bool,
}

/// The three sites by code, or only the given one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, site: Option<Site>) -> Result<Vec<SiteSummary>, StoreError> {
    let rows = view.query(&LIST, &[&site]).await?;
    read_all(&rows, site_summary)
}

fn site_summary(row: &Row) -> Result<SiteSummary, tokio_postgres::Error> {
    let poids_moyen: Option<f64> = row.try_get("poids_moyen")?;
    let taux_mortalite: Option<f64> = row.try_get("taux_mortalite")?;
    Ok(SiteSummary {
        code: row.try_get("code")?,
        nom: row.try_get("nom")?,
        region: row.try_get("region")?,
        lots_en_cours: row.try_get("lots_en_cours")?,
        gaveurs: row.try_get("gaveurs")?,
        canards_vivants: row.try_get("canards_vivants")?,
        poids_moyen: poids_moyen.map(one_decimal),
        taux_mortalite: taux_mortalite.map(two_decimals),
        dernier_releve: row.try_get("dernier_releve")?,
        alertes_ouvertes: row.try_get("alertes_ouvertes")?,
        alertes_critiques: row.try_get("alertes_critiques")?,
        simule: row.try_get("simule")?,
    })
}
