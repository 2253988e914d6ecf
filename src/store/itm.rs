//! ITM of lots: maize per duck over mean liver mass, for lots with both.

use super::{
    StoreError,
    view::{Scoped, View, scoped},
};
use crate::domain::{mean, quality, site::Site};
use jiff::Timestamp;
use tokio_postgres::Row;

const LIST_WEIGHED: Scoped = scoped!("lot_foies/list_weighed");

/// A lot with measured livers of which all meals are known.
#[derive(Debug, Clone, PartialEq)]
pub struct LotItm {
    pub code_lot: String,
    pub site: Site,
    pub gaveur_id: i32,
    pub dernier_releve: Timestamp,
    /// Live ducks, as last counted.
    pub nb_canards: Option<i32>,
    /// g.
    pub mais_g_par_canard: f64,
    /// g.
    pub masse_moyenne_g: f64,
    /// g/g. **Lower is better.**
    pub itm: f64,
    pub simule: bool,
}

/// Filters of lots; `None` means all.
#[derive(Debug, Clone, Copy, Default)]
pub struct ItmFilter {
    pub site: Option<Site>,
    pub gaveur_id: Option<i32>,
}

/// Lots whose latest meal is at or after `since`, the latest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(
    view: &View,
    since: Timestamp,
    filter: ItmFilter,
) -> Result<Vec<LotItm>, StoreError> {
    let listed = view
        .query(&LIST_WEIGHED, &[&since, &filter.site, &filter.gaveur_id])
        .await?;
    let lots = listed.iter().map(lot_itm);
    lots.filter_map(Result::transpose).collect()
}

/// Mean ITM, weighted by head count.
pub fn mean<'a>(lots: impl IntoIterator<Item = &'a LotItm>) -> Option<f64> {
    mean::by_head_count(lots.into_iter().map(|lot| (lot.itm, lot.nb_canards)))
}

/// Number of lots in the mean.
pub fn weighed<'a>(lots: impl IntoIterator<Item = &'a LotItm>) -> i64 {
    let counted = lots.into_iter().filter(|lot| lot.nb_canards.is_some());
    counted.map(|_| 1).sum()
}

fn lot_itm(row: &Row) -> Result<Option<LotItm>, StoreError> {
    let mais_g_par_canard: f64 = row.try_get("g_par_canard")?;
    let masse_moyenne_g: f64 = row.try_get("masse_moyenne_g")?;
    let Some(itm) = quality::itm(Some(mais_g_par_canard), Some(masse_moyenne_g)) else {
        return Ok(None);
    };
    Ok(Some(LotItm {
        code_lot: row.try_get("code_lot")?,
        site: row.try_get("site_code")?,
        gaveur_id: row.try_get("gaveur_id")?,
        dernier_releve: row.try_get("dernier_releve")?,
        nb_canards: row.try_get("nb_canards_actuel")?,
        mais_g_par_canard,
        masse_moyenne_g,
        itm,
        simule: row.try_get("simule")?,
    }))
}
