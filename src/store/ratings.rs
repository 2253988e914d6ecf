//! Ratings: stored and erased by the writer, read for callers.

use super::{
    Params, StoreError, query_on,
    rows::{FromRow, from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::consumer::rating::{Aspect, Context, NewRating, NotRated, Rated};
use deadpool_postgres::Object;
use jiff::Timestamp;
use tokio_postgres::Row;

const LOCK_PRODUCT: &str = include_str!("../../sql/queries/consumer_products/lock.sql");
const VOTE: &str = include_str!("../../sql/queries/consumer_votes/insert.sql");
const UNTIL: &str = include_str!("../../sql/queries/consumer_votes/until.sql");
const INSERT: &str = include_str!("../../sql/queries/consumer_feedbacks/insert.sql");
const FIND: &str = include_str!("../../sql/queries/consumer_feedbacks/find.sql");
const ERASE: &str = include_str!("../../sql/queries/consumer_feedbacks/erase.sql");
const LIST: Scoped = scoped!("consumer_feedbacks/list");

from_row! {
    Rated {
        feedback_id, product_id, lot_id, code_lot, site = "site_code", gaveur_id, overall = "overall_rating", grade, n_lot, somme_lot, simule,
    }
}

/// Stores a rating unless its address has rated the product lately, in the transaction that `client` has open.
pub(super) async fn rate(
    client: &Object,
    new: &NewRating,
) -> Result<Result<Rated, NotRated>, StoreError> {
    // Of a transaction whose outcome was unknown.
    if let Some(stored) = find(client, &new.receipt).await? {
        return Ok(Ok(stored));
    }
    let product = query_on(client, LOCK_PRODUCT, &[&new.product_id]).await?;
    let Some(product) = product.first() else {
        return Ok(Err(NotRated::Unknown));
    };
    let retired: Option<Timestamp> = read(product, "retire_le")?;
    if retired.is_some() {
        return Ok(Err(NotRated::Retired));
    }
    let voter: Params<'_> = &[&new.product_id, &new.address.current, &new.address.before];
    if query_on(client, VOTE, voter).await?.is_empty() {
        let until = super::rows::one(query_on(client, UNTIL, voter).await?)?;
        let until: Option<Timestamp> = read(&until, "expire_le")?;
        return Ok(Err(NotRated::Again(until.unwrap_or_else(Timestamp::now))));
    }
    let rating = &new.rating;
    let [texture, flavor, color, aroma, freshness] = &rating.aspects;
    let params: Params<'_> = &[
        &new.product_id,
        &rating.overall,
        texture,
        flavor,
        color,
        aroma,
        freshness,
        &rating.comment,
        &rating.context,
        &rating.consumed_on,
        &rating.would_recommend,
        &rating.repurchase_intent,
        &new.receipt,
    ];
    query_on(client, INSERT, params).await?;
    let stored = find(client, &new.receipt).await?;
    Ok(stored.ok_or(NotRated::Unknown))
}

async fn find(client: &Object, receipt: &[u8]) -> Result<Option<Rated>, StoreError> {
    let found = query_on(client, FIND, &[&receipt]).await?;
    found.first().map(Rated::from_row).transpose()
}

/// Erases the rating of a receipt; false if there is none.
pub(super) async fn erase(client: &Object, receipt: &[u8]) -> Result<bool, StoreError> {
    Ok(!query_on(client, ERASE, &[&receipt]).await?.is_empty())
}

/// A rating as those read it who may.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRating {
    pub feedback_id: i64,
    pub product_id: String,
    pub code_lot: String,
    pub overall: i32,
    pub aspects: [Option<i32>; Aspect::ALL.len()],
    pub comment: Option<String>,
    pub context: Option<Context>,
    pub would_recommend: Option<bool>,
    pub time: Timestamp,
    pub simule: bool,
}

from_row! {
    StoredRating {
        feedback_id, product_id, code_lot, overall = "overall_rating", aspects: aspects, comment, context = "consumption_context",
        would_recommend, time, simule,
    }
}

fn aspects(row: &Row) -> Result<[Option<i32>; Aspect::ALL.len()], StoreError> {
    Ok([
        read(row, "texture_rating")?,
        read(row, "flavor_rating")?,
        read(row, "color_rating")?,
        read(row, "aroma_rating")?,
        read(row, "freshness_rating")?,
    ])
}

/// At most `limit` ratings, newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(view: &View, limit: i64) -> Result<Vec<StoredRating>, StoreError> {
    view.query(&LIST, &[&limit]).await
}
