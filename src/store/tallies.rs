//! Ratings counted by group, from their aggregate.

use super::{
    Params, StoreError,
    ratings::StoredRating,
    rows::{from_row, read},
    view::{Reader, Scoped, View, scoped},
};
use crate::domain::{consumer::figures::Tally, lot::LotId, site::Site};
use jiff::Timestamp;
use tokio_postgres::Row;

const SUM_UP: Scoped = scoped!("consumer_lot_jour/sum_up");
const SUM_UP_PUBLIC: &str = include_str!("../../sql/queries/consumer_lot_jour/sum_up_public.sql");
const SUM_UP_PRODUCT: &str =
    include_str!("../../sql/queries/consumer_feedbacks/sum_up_product.sql");
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

/// Whose ratings are asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Product(String),
    Lot(LotId),
    Site(Site),
}

impl Subject {
    fn product(&self) -> Option<&str> {
        match self {
            Subject::Product(id) => Some(id),
            _ => None,
        }
    }

    fn lot(&self) -> Option<LotId> {
        match self {
            Subject::Lot(id) => Some(*id),
            _ => None,
        }
    }

    fn site(&self) -> Option<Site> {
        match self {
            Subject::Site(site) => Some(*site),
            _ => None,
        }
    }
}

/// Its ratings of a time, whoever asks.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn of_all(
    reader: &Reader,
    subject: &Subject,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Vec<TalliedGroup>, StoreError> {
    match subject.product() {
        Some(id) => {
            reader
                .query_public(SUM_UP_PRODUCT, &[&id, &since, &until])
                .await
        }
        None => {
            let (lot_id, site) = (subject.lot(), subject.site());
            reader
                .query_public(SUM_UP_PUBLIC, &[&lot_id, &site, &since, &until])
                .await
        }
    }
}

/// At most `limit` ratings with a comment, of a subject or all, newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn comments(
    view: &View,
    subject: Option<&Subject>,
    limit: i64,
) -> Result<Vec<StoredRating>, StoreError> {
    let lot_id = subject.and_then(Subject::lot);
    let site = subject.and_then(Subject::site);
    let product_id = subject.and_then(Subject::product);
    let params: Params<'_> = &[&lot_id, &site, &product_id, &limit];
    view.query(&LIST_COMMENTS, params).await
}
