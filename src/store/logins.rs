//! Logins of people at the identity provider.

use super::{
    Params, Pool, StoreError, audit,
    held::in_transaction,
    query, query_on,
    rows::{all, read},
};
use crate::domain::{
    audit::{Action, Author},
    key::Key,
    keyring::StoredKey,
    oidc::account::Account,
};
use deadpool_postgres::Object;
use std::{net::IpAddr, time::Duration};

const INSERT: &str = include_str!("../../sql/queries/auth_sessions/insert.sql");
const LIST: &str = include_str!("../../sql/queries/auth_sessions/list.sql");
const END: &str = include_str!("../../sql/queries/auth_sessions/end.sql");

/// A request that logs somebody in or out.
#[derive(Debug, Clone, Copy)]
pub struct Requested {
    /// Of this request alone; see [`Author`].
    pub request: i64,
    pub address: Option<IpAddr>,
}

/// Stores a login by this key, which expires after `lifetime`.
///
/// # Errors
/// It was not stored.
pub async fn begin(
    pool: &Pool,
    key: &Key,
    account: &Account,
    lifetime: Duration,
    requested: Requested,
) -> Result<(), StoreError> {
    let (digest, grant) = (key.digest(), &account.grant);
    let sites: Vec<_> = grant.sites.iter().collect();
    let author = Author {
        request: requested.request,
        principal: account.principal.clone(),
        name: account.name.clone(),
        role: grant.role,
        address: requested.address,
    };
    let begin = async |client: &Object| {
        let params: Params<'_> = &[
            &key.id(),
            &digest.as_bytes(),
            &account.principal,
            &account.name,
            &grant.role,
            &sites,
            &grant.gaveur_id,
            &lifetime.as_secs_f64(),
        ];
        query_on(client, INSERT, params).await?;
        audit::append(client, &author, Action::LogIn, key.id()).await
    };
    pool.lend(async |client| in_transaction(client, begin).await)
        .await
}

/// The logins as keys.
///
/// # Errors
/// The database did not answer.
pub async fn list(pool: &Pool) -> Result<Vec<StoredKey>, StoreError> {
    all(&query(pool, LIST, &[]).await?)
}

/// Ends the login of this id, if there is one.
///
/// # Errors
/// It was not ended.
pub async fn end(pool: &Pool, id: &str, requested: Requested) -> Result<(), StoreError> {
    let end = async |client: &Object| {
        let rows = query_on(client, END, &[&id]).await?;
        let Some(row) = rows.first() else {
            return Ok(());
        };
        let author = Author {
            request: requested.request,
            principal: read(row, "principal")?,
            name: read(row, "name")?,
            role: read(row, "role")?,
            address: requested.address,
        };
        audit::append(client, &author, Action::LogOut, id).await
    };
    pool.lend(async |client| in_transaction(client, end).await)
        .await
}
