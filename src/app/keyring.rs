//! Reads the keys once a second, and informs the supervisor of those that are not valid any more.

use crate::{
    domain::{
        access::Role,
        audit::Author,
        grant::Grant,
        key::Key,
        keyring::{KeyState, Keyring},
    },
    messages::app_to_supervisor::KeysChanged,
    store::{Pool, StoreError, keys, logins},
    websocket::Ending,
};
use actix::Recipient;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};

const INTERVAL: Duration = Duration::from_secs(1);

/// The keys at the start. If there is none yet, creates one with which others can be made.
///
/// # Errors
/// The keys cannot be read.
pub async fn read_or_begin(pool: &Pool) -> anyhow::Result<Keyring> {
    if !keys::list(pool).await?.is_empty() {
        return Ok(read(pool).await?);
    }
    let key = Key::generate(&mut rand::rng());
    let grant = Grant::new(Role::Admin);
    let operator = Author::operator(rand::random());
    keys::create(pool, &key, "premier démarrage", &grant, None, &operator).await?;
    log::warn!(
        "there was no key yet; the first one is for an admin and is shown only now: {}",
        key.reveal()
    );
    Ok(read(pool).await?)
}

/// Keys of programs, and logins of people, which are keys too.
async fn read(pool: &Pool) -> Result<Keyring, StoreError> {
    let mut keys = keys::list(pool).await?;
    keys.extend(logins::list(pool).await?);
    Ok(Keyring::new(keys))
}

/// Runs until the supervisor has ended. While the database does not answer, the keys that were read last stay valid.
pub async fn watch_keys(
    pool: Pool,
    keyring: watch::Sender<Arc<Keyring>>,
    supervisor: Recipient<KeysChanged>,
) {
    loop {
        sleep(INTERVAL).await;
        let read = match read(&pool).await {
            Ok(keyring) => keyring,
            Err(error) => {
                log::debug!("the keys were not read: {error}");
                continue;
            }
        };
        if **keyring.borrow() == read {
            continue;
        }
        let read = Arc::new(read);
        let before = keyring.send_replace(read.clone());
        if supervisor.send(changed(&before, &read)).await.is_err() {
            return;
        }
    }
}

fn changed(before: &Keyring, now: &Arc<Keyring>) -> KeysChanged {
    let mut changed = KeysChanged {
        keyring: now.clone(),
        ..KeysChanged::default()
    };
    for id in before.ids().chain(now.ids()) {
        let key: Arc<str> = id.into();
        match now.state_of(id) {
            KeyState::Valid => {}
            KeyState::Expiring => {
                let at = now.get(id).and_then(|key| key.expires_at);
                changed.expiring.extend(at.map(|at| (key, at)));
            }
            KeyState::Expired => drop(changed.ended.insert(key, Ending::AccessExpired)),
            KeyState::Revoked => drop(changed.ended.insert(key, Ending::AccessRevoked)),
        }
    }
    changed
}
