//! Gaveurs and the figures of their lots being fed.

use super::{
    StoreError,
    feeding::FedLots,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::site::Site;

const LIST: Scoped = scoped!("gaveurs_euralis/list");

/// A gaveur, with his lots that are being fed.
#[derive(Debug, Clone, PartialEq)]
pub struct GaveurNow {
    pub gaveur_id: i32,
    pub nom: String,
    pub site: Site,
    pub fed: FedLots,
}

from_row! { GaveurNow { gaveur_id, nom, site = "site_code", fed: FedLots::from_row } }

/// All gaveurs by id, or only the given one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, gaveur_id: Option<i32>) -> Result<Vec<GaveurNow>, StoreError> {
    view.query(&LIST, &[&gaveur_id]).await
}
