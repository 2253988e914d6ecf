//! What one turn of the registrar does in the database; what fails is said in the log.

use super::{Batch, sharing::Unplaced};
use crate::store::{StoreError, registry::RegistryStore};
use std::collections::BTreeMap;

pub(super) async fn write(store: &mut RegistryStore, batch: &Batch) -> Result<(), StoreError> {
    let of = |here: bool| -> Vec<_> {
        let requests = batch.iter().filter(|(_, request)| request.here == here);
        requests
            .map(|(user, request)| (user.clone(), request.generation))
            .collect()
    };
    store.write(&of(true), &of(false)).await
}

pub(super) async fn place(
    store: &mut RegistryStore,
    unplaced: Option<&Unplaced>,
) -> Result<(), StoreError> {
    match unplaced {
        Some(Unplaced { nr, entry }) => store.place(*nr, entry).await,
        None => Ok(()),
    }
}

pub(super) async fn sweep_dead(store: &mut RegistryStore) {
    match store.sweep().await {
        Ok(0) => {}
        Ok(rows) => log::info!("cleared {rows} users that dead processes had left in the registry"),
        Err(error) => {
            log::warn!("what dead processes left in the registry is not deleted: {error}")
        }
    }
}

/// The other servers of the database, if it is known whether there are some.
pub(super) async fn others_of(store: &mut RegistryStore) -> Option<BTreeMap<i32, String>> {
    let others = store.others().await;
    others
        .inspect_err(|error| log::warn!("whether other servers live is not known: {error}"))
        .ok()
}

pub(super) async fn clear_own(store: &mut RegistryStore) {
    if let Err(error) = store.clear().await {
        log::warn!("the registry still names users of this process: {error}");
    }
}
