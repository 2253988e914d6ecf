//! Logins of people at the identity provider.

use super::{
    Params, Pool, StoreError, audit,
    held::in_transaction,
    query, query_on,
    rows::{all, from_row},
};
use crate::domain::{
    audit::{Action, Author},
    grant::Grant,
    key::Key,
    keyring::StoredKey,
    oidc::account::Account,
};
use deadpool_postgres::Object;
use std::{net::IpAddr, time::Duration};

const INSERT: &str = include_str!("../../sql/queries/auth_sessions/insert.sql");
const LIST: &str = include_str!("../../sql/queries/auth_sessions/list.sql");
const CLAIM: &str = include_str!("../../sql/queries/auth_sessions/claim.sql");
const RENEW: &str = include_str!("../../sql/queries/auth_sessions/renew.sql");
const POSTPONE: &str = include_str!("../../sql/queries/auth_sessions/postpone.sql");
const EXPIRE: &str = include_str!("../../sql/queries/auth_sessions/expire.sql");

/// A request that logs somebody in or out.
#[derive(Debug, Clone, Copy)]
pub struct Requested {
    /// Of this request alone; see [`Author`].
    pub request: i64,
    pub address: Option<IpAddr>,
}

/// How long a login is valid, and what it is renewed with.
pub struct Term {
    /// From now on, unless it is renewed before.
    pub lifetime: Duration,
    /// `None` if it is not renewed.
    pub renew_after: Option<Duration>,
    /// Sealed; see [`Seal`](crate::domain::oidc::sealed::Seal).
    pub tokens: Option<Vec<u8>>,
}

/// Stores a login by this key. `sid` is the provider's name for its session.
///
/// # Errors
/// It was not stored.
pub async fn begin(
    pool: &Pool,
    key: &Key,
    account: &Account,
    sid: Option<&str>,
    term: &Term,
    requested: Requested,
) -> Result<(), StoreError> {
    let (digest, grant) = (key.digest(), &account.grant);
    let sites: Vec<_> = grant.sites.iter().collect();
    let renew_after = term.renew_after.map(|after| after.as_secs_f64());
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
            &term.lifetime.as_secs_f64(),
            &sid,
            &term.tokens,
            &renew_after,
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

/// A login whose renewal is due.
pub struct DueLogin {
    pub id: String,
    pub account: Account,
    pub tokens: Option<Vec<u8>>,
    /// Attempts in a row without an answer.
    pub failures: i32,
}

from_row! { DueLogin { id, account: Account::from_row, tokens, failures } }

from_row! { Account { principal, name, grant: Grant::from_row } }

/// At most `limit` logins whose renewal is due. No other call gets them until `lease` is over.
///
/// # Errors
/// None were claimed, or the database did not answer.
pub async fn claim_due(
    pool: &Pool,
    limit: i64,
    lease: Duration,
) -> Result<Vec<DueLogin>, StoreError> {
    all(&query(pool, CLAIM, &[&limit, &lease.as_secs_f64()]).await?)
}

/// The provider has confirmed a login, whose account may have changed.
///
/// # Errors
/// It may not have been stored.
pub async fn renew(
    pool: &Pool,
    id: &str,
    account: &Account,
    term: &Term,
) -> Result<(), StoreError> {
    let sites: Vec<_> = account.grant.sites.iter().collect();
    let renew_after = term.renew_after.map(|after| after.as_secs_f64());
    let params: Params<'_> = &[
        &id,
        &account.name,
        &account.grant.role,
        &sites,
        &account.grant.gaveur_id,
        &term.tokens,
        &term.lifetime.as_secs_f64(),
        &renew_after,
    ];
    query(pool, RENEW, params).await.map(drop)
}

/// The renewal of a login is tried again after this pause.
///
/// # Errors
/// It may not have been stored.
pub async fn postpone(pool: &Pool, id: &str, pause: Duration) -> Result<(), StoreError> {
    let params: Params<'_> = &[&id, &pause.as_secs_f64()];
    query(pool, POSTPONE, params).await.map(drop)
}

/// A login is not renewed any more, and ends within this time.
///
/// # Errors
/// It may not have been stored.
pub async fn expire(pool: &Pool, id: &str, within: Duration) -> Result<(), StoreError> {
    let params: Params<'_> = &[&id, &within.as_secs_f64()];
    query(pool, EXPIRE, params).await.map(drop)
}
