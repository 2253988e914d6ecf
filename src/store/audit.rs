//! The record of who did what.

use super::{
    Pool, StoreError, query, query_on,
    rows::{all, from_row},
};
use crate::domain::{
    access::Role,
    audit::{Action, Author},
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use std::time::Duration;
use tokio_postgres::types::ToSql;

/// Parameters: those of a [`Deed`].
pub(super) const APPEND: &str = include_str!("../../sql/queries/audit/append.sql");
const LIST: &str = include_str!("../../sql/queries/audit/list.sql");

/// Who does what to which object.
pub(super) struct Deed<'a> {
    author: &'a Author,
    address: Option<String>,
    action: Action,
    object: &'a str,
    note: Option<&'a str>,
}

impl<'a> Deed<'a> {
    pub fn new(author: &'a Author, action: Action, object: &'a str) -> Self {
        Deed {
            author,
            address: author.address.map(|address| address.to_string()),
            action,
            object,
            note: None,
        }
    }

    /// With what was written.
    pub fn noting(self, note: Option<&'a str>) -> Self {
        Deed { note, ..self }
    }

    /// The parameters of its record, in the order of the columns.
    pub fn params(&self) -> [&(dyn ToSql + Sync); 8] {
        let author = self.author;
        [
            &author.request,
            &author.principal,
            &author.name,
            &author.role,
            &self.address,
            &self.action,
            &self.object,
            &self.note,
        ]
    }
}

/// Records an action, in the transaction that `client` has open.
pub(super) async fn append(
    client: &Object,
    author: &Author,
    action: Action,
    object: &str,
) -> Result<(), StoreError> {
    let deed = Deed::new(author, action, object);
    query_on(client, APPEND, &deed.params()).await.map(drop)
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
    /// What was written with the action.
    pub note: Option<String>,
}

from_row! { Entry { at, principal, name, role, address, action, object, note } }

/// At most `limit` entries since this long ago, the oldest first.
///
/// # Errors
/// The database did not answer.
pub async fn list(pool: &Pool, since: Duration, limit: i64) -> Result<Vec<Entry>, StoreError> {
    all(&query(pool, LIST, &[&since.as_secs_f64(), &limit]).await?)
}
