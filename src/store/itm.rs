//! ITM of lots: maize per duck over mean liver mass, for lots with both.

use super::{
    Params, StoreError,
    rows::{FromRow, read},
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
    let params: Params<'_> = &[&since, &filter.site, &filter.gaveur_id];
    let lots: Vec<Option<LotItm>> = view.query(&LIST_WEIGHED, params).await?;
    Ok(lots.into_iter().flatten().collect())
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

/// `None` without maize or livers.
impl FromRow for Option<LotItm> {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let mais_g_par_canard = read(row, "g_par_canard")?;
        let masse_moyenne_g = read(row, "masse_moyenne_g")?;
        let Some(itm) = quality::itm(Some(mais_g_par_canard), Some(masse_moyenne_g)) else {
            return Ok(None);
        };
        Ok(Some(LotItm {
            code_lot: read(row, "code_lot")?,
            site: read(row, "site_code")?,
            gaveur_id: read(row, "gaveur_id")?,
            dernier_releve: read(row, "dernier_releve")?,
            nb_canards: read(row, "nb_canards_actuel")?,
            mais_g_par_canard,
            masse_moyenne_g,
            itm,
            simule: read(row, "simule")?,
        }))
    }
}
