//! The figures of single lots, from their meals and their livers.

use super::{
    StoreError, read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::{lot::LotId, site::Site, yields::EndedLot};
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::Row;

const LIST_FIGURES: Scoped = scoped!("lots_gavage/list_figures");
const LIST_ENDED: Scoped = scoped!("lots_gavage/list_ended");

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
/// The database is away, or refuses the statement.
pub async fn of_lots(
    view: &View,
    lots: &[LotId],
) -> Result<HashMap<LotId, LotFigures>, StoreError> {
    let rows = view.query(&LIST_FIGURES, &[&lots]).await?;
    let figures = read_all(&rows, |row| Ok((row.try_get("lot_id")?, figures(row)?)))?;
    Ok(figures.into_iter().collect())
}

fn figures(row: &Row) -> Result<LotFigures, tokio_postgres::Error> {
    Ok(LotFigures {
        poids_initial: row.try_get("poids_initial")?,
        mais_g_par_canard: row.try_get("g_par_canard")?,
        masse_moyenne_g: row.try_get("masse_moyenne_g")?,
        sigma: row.try_get("sigma")?,
    })
}

/// Which lots to list; `None` means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct EndedFilter {
    pub site: Option<Site>,
    pub gaveur_id: Option<i32>,
}

/// Lots whose feeding ended at `since` or later, the latest first.
///
/// # Errors
/// The database is away, or refuses the statement.
pub async fn ended(
    view: &View,
    since: Timestamp,
    filter: EndedFilter,
) -> Result<Vec<EndedLot>, StoreError> {
    let rows = view
        .query(&LIST_ENDED, &[&since, &filter.site, &filter.gaveur_id])
        .await?;
    rows.iter().map(ended_lot).collect()
}

fn ended_lot(row: &Row) -> Result<EndedLot, StoreError> {
    Ok(EndedLot {
        site: row.try_get("site_code")?,
        gaveur_id: row.try_get("gaveur_id")?,
        dernier_releve: row.try_get("dernier_releve")?,
        nb_canards: row.try_get("nb_canards_actuel")?,
        jour: row.try_get("jour_actuel")?,
        taux_mortalite: row.try_get("taux_mortalite")?,
        masses: row.try_get("masses")?,
        masse_moyenne_g: row.try_get("masse_moyenne_g")?,
        sigma: row.try_get("sigma")?,
        mais_g_par_canard: row.try_get("g_par_canard")?,
        simule: row.try_get("simule")?,
    })
}
