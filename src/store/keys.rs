//! Keys of programs and wall screens.

use super::{
    Params, Pool, StoreError, audit,
    held::in_transaction,
    query, query_on,
    rows::{FromRow as _, all, from_row, read},
};
use crate::domain::{
    audit::{Action, Author},
    grant::Grant,
    key::{Digest, Key},
    keyring::{KeyState, StoredKey},
    site::Site,
};
use deadpool_postgres::Object;
use std::{collections::BTreeSet, time::Duration};
use tokio_postgres::Row;

const INSERT: &str = include_str!("../../sql/queries/api_keys/insert.sql");
const LIST: &str = include_str!("../../sql/queries/api_keys/list.sql");
const REVOKE: &str = include_str!("../../sql/queries/api_keys/revoke.sql");
const EXPIRE: &str = include_str!("../../sql/queries/api_keys/expire.sql");

/// Stores a new key, which expires after `lifetime`.
///
/// # Errors
/// It was not stored.
pub async fn create(
    pool: &Pool,
    key: &Key,
    name: &str,
    grant: &Grant,
    lifetime: Option<Duration>,
    author: &Author,
) -> Result<(), StoreError> {
    let create = async |client: &Object| {
        insert(client, key, name, grant, lifetime).await?;
        audit::append(client, author, Action::CreateKey, key.id()).await
    };
    pool.lend(async |client| in_transaction(client, create).await)
        .await
}

/// All keys, the newest first.
///
/// # Errors
/// The database did not answer.
pub async fn list(pool: &Pool) -> Result<Vec<StoredKey>, StoreError> {
    all(&query(pool, LIST, &[]).await?)
}

/// False if there is no such key.
///
/// # Errors
/// It was not revoked.
pub async fn revoke(pool: &Pool, id: &str, author: &Author) -> Result<bool, StoreError> {
    let revoke = async |client: &Object| {
        if query_on(client, REVOKE, &[&id]).await?.is_empty() {
            return Ok(false);
        }
        audit::append(client, author, Action::RevokeKey, id).await?;
        Ok(true)
    };
    pool.lend(async |client| in_transaction(client, revoke).await)
        .await
}

/// Stores `successor` with the name and the grant of a valid key, which then expires after `grace`. `None` if there is no such key.
///
/// # Errors
/// Nothing was changed.
pub async fn rotate(
    pool: &Pool,
    id: &str,
    successor: &Key,
    grace: Duration,
    author: &Author,
) -> Result<Option<String>, StoreError> {
    let seconds = grace.as_secs_f64();
    let replace = async |client: &Object| {
        let rows = query_on(client, EXPIRE, &[&id, &seconds]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let (name, grant): (String, _) = (read(row, "name")?, Grant::from_row(row)?);
        insert(client, successor, &name, &grant, None).await?;
        audit::append(client, author, Action::RotateKey, id).await?;
        Ok(Some(name))
    };
    pool.lend(async |client| in_transaction(client, replace).await)
        .await
}

async fn insert(
    client: &Object,
    key: &Key,
    name: &str,
    grant: &Grant,
    lifetime: Option<Duration>,
) -> Result<(), StoreError> {
    let (digest, sites) = (key.digest(), grant.sites.iter().collect::<Vec<_>>());
    let seconds = lifetime.map(|lifetime| lifetime.as_secs_f64());
    let params: Params<'_> = &[
        &key.id(),
        &digest.as_bytes(),
        &name,
        &grant.role,
        &sites,
        &grant.gaveur_id,
        &grant.device_id,
        &seconds,
        &grant.is_simulated,
    ];
    query_on(client, INSERT, params).await.map(drop)
}

from_row! { StoredKey { id, digest: digest, name, grant: Grant::from_row, created_at, expires_at, state: state } }

from_row! { Grant { role, sites: sites, gaveur_id, device_id, is_simulated = "simule" } }

fn sites(row: &Row) -> Result<BTreeSet<Site>, StoreError> {
    let sites: Vec<Site> = read(row, "site_codes")?;
    Ok(sites.into_iter().collect())
}

fn digest(row: &Row) -> Result<Digest, StoreError> {
    let digest = Digest::from_stored(read(row, "digest")?);
    digest.ok_or_else(|| StoreError::Row("column digest: not 32 bytes".to_owned()))
}

fn state(row: &Row) -> Result<KeyState, StoreError> {
    Ok(if read(row, "is_revoked")? {
        KeyState::Revoked
    } else if read(row, "is_expired")? {
        KeyState::Expired
    } else if read(row, "is_expiring")? {
        KeyState::Expiring
    } else {
        KeyState::Valid
    })
}
