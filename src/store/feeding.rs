//! The current figures over all sites.

use super::{
    StoreError,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use jiff::Timestamp;

const SUM_UP: Scoped = scoped!("lots_gavage/sum_up_feeding");

/// Lots that are being fed. Means are weighted by head count; `None` means that nothing was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct FedLots {
    pub lots_en_cours: i64,
    pub canards_vivants: Option<i64>,
    /// g.
    pub poids_moyen: Option<f64>,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
    pub dernier_releve: Option<Timestamp>,
    /// Open alerts.
    pub alertes_ouvertes: i64,
    /// At least one of them is simulated.
    pub simule: bool,
}

from_row! {
    FedLots { lots_en_cours, canards_vivants, poids_moyen, taux_mortalite, dernier_releve, alertes_ouvertes, simule }
}

/// The lots being fed, and what requires attention.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedingNow {
    pub fed: FedLots,
    /// Gaveurs with at least one such lot.
    pub gaveurs: i64,
    pub alertes_critiques: i64,
    pub lots_en_attente: i64,
    pub lots_en_controle: i64,
}

from_row! {
    FeedingNow { fed: FedLots::from_row, gaveurs, alertes_critiques, lots_en_attente, lots_en_controle }
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn sum_up(view: &View) -> Result<FeedingNow, StoreError> {
    view.query_one(&SUM_UP, &[]).await
}
