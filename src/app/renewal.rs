//! Renews the logins of people while the provider's word on them is still fresh.

use crate::{
    domain::oidc::{
        renewal::{Renewal, due_after, pause_after},
        sealed::{Seal, Tokens},
    },
    oidc::{NotRenewed, Provider, Renewed},
    store::{
        Pool, StoreError,
        logins::{self, DueLogin, Requested, Term},
        logouts,
    },
    telemetry::metrics::Metrics,
};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How often due logins are looked for.
const INTERVAL: Duration = Duration::from_secs(1);
/// Logins that are renewed at the same time.
const AT_ONCE: usize = 16;
/// How long a login that is being renewed is left alone by other servers.
const LEASE: Duration = Duration::from_secs(60);
/// A login that the provider has ended lasts this long, so that its screens can tell their user.
const NOTICE: Duration = Duration::from_secs(60);

pub struct Renewing {
    pub provider: Provider,
    pub seal: Arc<Seal>,
    /// How long a login is valid that the provider does not confirm again.
    pub lifetime: Duration,
    pub pool: Pool,
    pub metrics: Metrics,
}

impl Renewing {
    pub async fn run(self) {
        loop {
            let due = logins::claim_due(&self.pool, AT_ONCE as i64, LEASE).await;
            let due = due.unwrap_or_else(|error| {
                log::debug!("no logins were renewed: {error}");
                Vec::new()
            });
            let has_more = due.len() == AT_ONCE;
            join_all(due.iter().map(|login| self.renew(login))).await;
            if !has_more {
                sleep(INTERVAL).await;
            }
        }
    }

    async fn renew(&self, login: &DueLogin) {
        let sealed = login.tokens.as_deref();
        let tokens = sealed.and_then(|sealed| self.seal.open(&login.id, sealed));
        let refresh = tokens.as_ref().and_then(|tokens| tokens.refresh.as_deref());
        let Some((tokens, refresh)) = tokens.as_ref().zip(refresh) else {
            log::warn!(
                "login {} is not renewed any more: its tokens were sealed with another --oidc-client-secret",
                login.id
            );
            return insist(async || logins::expire(&self.pool, &login.id, self.lifetime).await)
                .await;
        };
        let subject = login.account.principal.trim_start_matches("oidc:");
        let outcome = match self.provider.renew(refresh, tokens, subject).await {
            Ok(renewed) => self.store(login, renewed).await,
            Err(NotRenewed::Over) => {
                insist(async || logins::expire(&self.pool, &login.id, NOTICE).await).await;
                Renewal::Refused
            }
            Err(NotRenewed::Away) => {
                self.postpone(login).await;
                Renewal::Away
            }
        };
        self.metrics.login_renewed(outcome);
    }

    async fn store(&self, login: &DueLogin, renewed: Renewed) -> Renewal {
        let account = match renewed.account {
            None => login.account.clone(),
            Some(Ok(account)) => account,
            Some(Err(none)) => {
                log::warn!("login {} is ended: this is {none}", login.id);
                insist(async || self.end(login).await).await;
                return Renewal::Refused;
            }
        };
        let term = Term {
            lifetime: self.lifetime,
            renew_after: Some(due_after(renewed.life, self.lifetime)),
            tokens: self.sealed(login, &renewed.tokens),
        };
        insist(async || logins::renew(&self.pool, &login.id, &account, &term).await).await;
        Renewal::Renewed
    }

    async fn postpone(&self, login: &DueLogin) {
        let failures = u32::try_from(login.failures).unwrap_or_default();
        let pause = pause_after(failures.saturating_add(1), rand::random());
        insist(async || logins::postpone(&self.pool, &login.id, pause).await).await;
    }

    fn sealed(&self, login: &DueLogin, tokens: &Tokens) -> Option<Vec<u8>> {
        self.seal.close(&mut rand::rng(), &login.id, tokens)
    }

    async fn end(&self, login: &DueLogin) -> Result<(), StoreError> {
        let requested = Requested {
            request: rand::random(),
            address: None,
        };
        logouts::end(&self.pool, &login.id, requested)
            .await
            .map(drop)
    }
}

/// Repeats a change until the database has answered: what the provider has said is said only once, and a refresh token often works only once.
async fn insist(change: impl AsyncFn() -> Result<(), StoreError>) {
    while let Err(error) = change().await {
        if !error.is_unavailable() {
            log::error!("a login was not changed: {error}");
            return;
        }
        sleep(INTERVAL).await;
    }
}
