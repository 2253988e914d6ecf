//! Logins that end because somebody has logged out, here or at the identity provider.

use super::{
    Pool, StoreError, audit,
    held::in_transaction,
    logins::Requested,
    query, query_on,
    rows::{FromRow as _, from_row, read},
};
use crate::domain::{
    access::Role,
    audit::{Action, Author},
    oidc::logout::LoggedOut,
};
use deadpool_postgres::Object;
use std::net::IpAddr;

const END: &str = include_str!("../../sql/queries/auth_sessions/end.sql");
const END_ALL: &str = include_str!("../../sql/queries/auth_sessions/end_all.sql");
const TAKE_TOKENS: &str = include_str!("../../sql/queries/auth_sessions/take_tokens.sql");
const REMEMBER: &str = include_str!("../../sql/queries/auth_logouts/insert.sql");

/// Who is logged out.
struct Person {
    principal: String,
    name: String,
    role: Role,
}

from_row! { Person { principal, name, role } }

impl Person {
    fn author(self, request: i64, address: Option<IpAddr>) -> Author {
        Author {
            request,
            principal: self.principal,
            name: self.name,
            role: self.role,
            address,
        }
    }
}

/// Ends the login of this id. False if there is none.
///
/// # Errors
/// It was not ended.
pub async fn end(pool: &Pool, id: &str, requested: Requested) -> Result<bool, StoreError> {
    let end = async |client: &Object| {
        let rows = query_on(client, END, &[&id]).await?;
        let Some(row) = rows.first() else {
            return Ok(false);
        };
        let author = Person::from_row(row)?.author(requested.request, requested.address);
        audit::append(client, &author, Action::LogOut, id).await?;
        Ok(true)
    };
    pool.lend(async |client| in_transaction(client, end).await)
        .await
}

/// Ends the login of this id for an operator. False if there is none that goes on.
///
/// # Errors
/// It was not ended.
pub async fn revoke(pool: &Pool, id: &str, author: &Author) -> Result<bool, StoreError> {
    let end = async |client: &Object| {
        if query_on(client, END, &[&id]).await?.is_empty() {
            return Ok(false);
        }
        audit::append(client, author, Action::RevokeKey, id).await?;
        Ok(true)
    };
    pool.lend(async |client| in_transaction(client, end).await)
        .await
}

/// The sealed tokens of a login, the first time; `None` if it has not ended.
///
/// # Errors
/// The database did not answer.
pub async fn take_tokens(pool: &Pool, id: &str) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let rows = query(pool, TAKE_TOKENS, &[&id]).await?;
    rows.first().map(|row| read(row, "tokens")).transpose()
}

/// Ends the logins of which the provider says that they are over. `None` if this token was obeyed before.
///
/// # Errors
/// None was ended.
pub async fn end_all(
    pool: &Pool,
    over: &LoggedOut,
    address: Option<IpAddr>,
) -> Result<Option<usize>, StoreError> {
    let principal = over.principal();
    let end = async |client: &Object| {
        if query_on(client, REMEMBER, &[&over.jti]).await?.is_empty() {
            return Ok(None);
        }
        let rows = query_on(client, END_ALL, &[&over.sid, &principal]).await?;
        for row in &rows {
            let author = Person::from_row(row)?.author(rand::random(), address);
            let id: String = read(row, "id")?;
            audit::append(client, &author, Action::LogOut, &id).await?;
        }
        Ok(Some(rows.len()))
    };
    pool.lend(async |client| in_transaction(client, end).await)
        .await
}
