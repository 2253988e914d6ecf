//! The record of who did what.

use super::{
    Params, Pool, StoreError, query, query_on,
    rows::{all, from_row},
};
use crate::domain::{
    access::Role,
    audit::{Action, Author},
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use std::time::Duration;

const APPEND: &str = include_str!("../../sql/queries/audit/append.sql");
const LIST: &str = include_str!("../../sql/queries/audit/list.sql");

/// Records an action, in the transaction that `client` has open.
pub(super) async fn append(
    client: &Object,
    author: &Author,
    action: Action,
    object: &str,
) -> Result<(), StoreError> {
    let address = author.address.map(|address| address.to_string());
    let params: Params<'_> = &[
        &author.request,
        &author.principal,
        &author.name,
        &author.role,
        &address,
        &action,
        &object,
    ];
    query_on(client, APPEND, params).await.map(drop)
}

/// An entry of the record.
pub struct Entry {
    pub at: Timestamp,
    pub principal: String,
    pub name: String,
    pub role: Role,
    pub address: Option<String>,
    pub action: Action,
    pub object: String,
}

from_row! { Entry { at, principal, name, role, address, action, object } }

/// At most `limit` entries since this long ago, the oldest first.
///
/// # Errors
/// The database did not answer.
pub async fn list(pool: &Pool, since: Duration, limit: i64) -> Result<Vec<Entry>, StoreError> {
    all(&query(pool, LIST, &[&since.as_secs_f64(), &limit]).await?)
}
