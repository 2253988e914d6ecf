//! The figures of single lots, from their meals and their livers.

use super::{
    StoreError,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::{lot::LotId, site::Site, yields::EndedLot};
use jiff::Timestamp;
use std::collections::HashMap;

const LIST_FIGURES: Scoped = scoped!("lots_gavage/list_figures");
pub(super) const LIST_ENDED: Scoped = scoped!("lots_gavage/list_ended");

/// Figures of a lot; `None` is not measured, or not yet known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LotFigures {
    /// First mean weight, g.
    pub poids_initial: Option<f64>,
    /// Maize that a duck was given in all, g; known when every meal is.
    pub mais_g_par_canard: Option<f64>,
    /// Mean liver, g.
    pub masse_moyenne_g: Option<f64>,
    /// Coefficient of variation of the livers.
    pub sigma: Option<f64>,
}

/// The figures of each of these lots.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn of_lots(
    view: &View,
    lots: &[LotId],
) -> Result<HashMap<LotId, LotFigures>, StoreError> {
    view.query_by("lot_id", &LIST_FIGURES, &[&lots]).await
}

from_row! { LotFigures { poids_initial, mais_g_par_canard = "g_par_canard", masse_moyenne_g, sigma } }

/// Which lots to list; `None` means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct EndedFilter {
    pub site: Option<Site>,
    pub gaveur_id: Option<i32>,
}

/// Lots whose feeding ended at `since` or later, the latest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn ended(
    view: &View,
    since: Timestamp,
    filter: EndedFilter,
) -> Result<Vec<EndedLot>, StoreError> {
    let until: Option<Timestamp> = None;
    view.query(
        &LIST_ENDED,
        &[&since, &filter.site, &filter.gaveur_id, &until],
    )
    .await
}

from_row! {
    EndedLot {
        site = "site_code", gaveur_id, dernier_releve, nb_canards = "nb_canards_actuel", jour = "jour_actuel", taux_mortalite,
        masses, masse_moyenne_g, sigma, mais_g_par_canard = "g_par_canard", simule,
    }
}
