//! The sites and the figures of their lots being fed.

use super::{
    StoreError,
    feeding::FedLots,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::site::Site;

const LIST: Scoped = scoped!("sites_euralis/list");

/// A site, with its lots that are being fed.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteNow {
    pub site: Site,
    pub nom: String,
    pub region: String,
    pub fed: FedLots,
    /// Gaveurs with at least one such lot.
    pub gaveurs: i64,
    pub alertes_critiques: i64,
}

from_row! { SiteNow { site = "code", nom, region, fed: FedLots::from_row, gaveurs, alertes_critiques } }

/// The three sites by code, or only the given one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, site: Option<Site>) -> Result<Vec<SiteNow>, StoreError> {
    view.query(&LIST, &[&site]).await
}
