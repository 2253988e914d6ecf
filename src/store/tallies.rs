//! Ratings counted by group, from their aggregate.

use super::{
    StoreError,
    ratings::StoredRating,
    rows::{from_row, read},
    view::{Reader, Scoped, View, scoped},
};
use crate::domain::{consumer::figures::Tally, lot::LotId, site::Site};
use jiff::Timestamp;
use tokio_postgres::Row;

const SUM_UP: Scoped = scoped!("consumer_lot_jour/sum_up");
const SUM_UP_PUBLIC: &str = include_str!("../../sql/queries/consumer_lot_jour/sum_up_public.sql");
const LIST_COMMENTS: Scoped = scoped!("consumer_feedbacks/list_comments");

/// The ratings of a group, of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct TalliedGroup {
    pub cle: String,
    pub simule: bool,
    pub tally: Tally,
}

from_row! { TalliedGroup { cle, simule, tally: tally } }

fn tally(row: &Row) -> Result<Tally, StoreError> {
    let pair = |count: &str, sum: &str| Ok::<_, StoreError>((read(row, count)?, read(row, sum)?));
    Ok(Tally {
        stars: stars(row)?,
        answers: read(row, "recommande_n")?,
        recommend: read(row, "recommande_oui")?,
        repurchase: pair("rachat_n", "rachat_somme")?,
        aspects: [
            pair("texture_n", "texture_somme")?,
            pair("flavor_n", "flavor_somme")?,
            pair("color_n", "color_somme")?,
            pair("aroma_n", "aroma_somme")?,
            pair("freshness_n", "freshness_somme")?,
        ],
    })
}

/// Ratings by their stars.
pub(super) fn stars(row: &Row) -> Result<[i64; 5], StoreError> {
    Ok([
        read(row, "n1")?,
        read(row, "n2")?,
        read(row, "n3")?,
        read(row, "n4")?,
        read(row, "n5")?,
    ])
}

/// Ratings of a time by `lot`, `gaveur`, `site`, `grade` or `mois`.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn by(
    view: &View,
    par: &str,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Vec<TalliedGroup>, StoreError> {
    view.query(&SUM_UP, &[&since, &until, &par]).await
}

/// Ratings of a lot or of a site, whoever asks.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn of_all(
    reader: &Reader,
    lot_id: Option<LotId>,
    site: Option<Site>,
    since: Option<Timestamp>,
) -> Result<Vec<TalliedGroup>, StoreError> {
    reader
        .query_public(SUM_UP_PUBLIC, &[&lot_id, &site, &since])
        .await
}

/// At most `limit` ratings with a comment, newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn comments(
    view: &View,
    lot_id: Option<LotId>,
    site: Option<Site>,
    limit: i64,
) -> Result<Vec<StoredRating>, StoreError> {
    view.query(&LIST_COMMENTS, &[&lot_id, &site, &limit]).await
}
