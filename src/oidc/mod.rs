//! Asks the identity provider for its keys, and identifies the bearers of its tokens by them.

mod fetch;
mod login;
mod logout;
mod password;
mod renewal;

use crate::{
    causes,
    domain::oidc::{
        account::{Account, Bearer, ClaimNames, NoAccess},
        key_set::KeySet,
        metadata::{self, Metadata},
        token::{self, BadToken, TokenRules},
    },
};
use fetch::Fetcher;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout},
};

pub use fetch::NoTrust;
pub use login::{Client, Entered, Provider, Refused};
pub use password::{NotRelayed, Relayed};
pub use renewal::{NotRenewed, Renewed};

/// How often the keys are read.
const INTERVAL: Duration = Duration::from_secs(3_600);
/// How soon they are read again if the provider did not answer.
const RETRY: Duration = Duration::from_secs(30);
/// They are read no more often than this, however many tokens name keys that are not known.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);
/// How long the keys that were read last are used if the provider does not answer.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// How long a token with a key that is not known waits for the keys to be read.
const PATIENCE: Duration = Duration::from_secs(5);

/// The identity provider as requests use it.
#[derive(Clone)]
pub struct Issuer {
    terms: Arc<Terms>,
    fetcher: Fetcher,
    known: watch::Receiver<Known>,
    wanted: Arc<Notify>,
}

/// What is accepted, and how it is understood.
#[derive(Debug)]
pub struct Terms {
    pub rules: TokenRules,
    pub claims: ClaimNames,
}

/// Reads the keys, for as long as it runs.
pub struct Reading {
    terms: Arc<Terms>,
    fetcher: Fetcher,
    known: watch::Sender<Known>,
    wanted: Arc<Notify>,
}

/// What the provider says of itself, and its keys.
struct Described {
    metadata: Metadata,
    keys: KeySet,
}

/// What was read last.
#[derive(Clone, Default)]
struct Known {
    described: Option<Arc<Described>>,
    read: Option<Instant>,
    /// The last attempt, successful or not.
    tried: Option<Instant>,
}

impl Known {
    fn fresh(&self) -> Result<&Described, Unidentified> {
        let is_fresh = self.read.is_some_and(|read| read.elapsed() < KEPT);
        let described = self.described.as_deref().filter(|_| is_fresh);
        described.ok_or(Unidentified::Away)
    }
}

/// Why a bearer is not identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unidentified {
    #[error(transparent)]
    Token(#[from] BadToken),
    #[error(transparent)]
    Account(#[from] NoAccess),
    /// No keys are known, because the provider does not answer.
    #[error("the identity provider does not answer")]
    Away,
}

/// The two ends of what is known of an issuer.
///
/// # Errors
/// This machine trusts no certificates.
pub fn begin(terms: Terms) -> Result<(Issuer, Reading), NoTrust> {
    let (terms, wanted) = (Arc::new(terms), Arc::new(Notify::new()));
    let fetcher = Fetcher::new(&terms.rules.issuer)?;
    let (publish, known) = watch::channel(Known::default());
    let reading = Reading {
        terms: terms.clone(),
        fetcher: fetcher.clone(),
        known: publish,
        wanted: wanted.clone(),
    };
    let issuer = Issuer {
        terms,
        fetcher,
        known,
        wanted,
    };
    Ok((issuer, reading))
}

impl Issuer {
    /// Who presents this access token. If it names a key that is not known, the keys are read again first.
    ///
    /// # Errors
    /// The token is not accepted, or its account may do nothing here.
    pub async fn identify(&self, token: &str) -> Result<Bearer, Unidentified> {
        self.by_keys(|known| self.judge(token, known)).await
    }

    /// What `judge` finds. If it lacks a key, the keys are read again first.
    async fn by_keys<T>(
        &self,
        judge: impl Fn(&Known) -> Result<T, Unidentified>,
    ) -> Result<T, Unidentified> {
        let known = self.known.borrow().clone();
        let first = judge(&known);
        let may_help = matches!(
            first,
            Err(Unidentified::Away | Unidentified::Token(BadToken::UnknownKid))
        );
        if !may_help {
            return first;
        }
        self.wanted.notify_one();
        if known
            .tried
            .is_some_and(|tried| tried.elapsed() < AT_MOST_EVERY)
        {
            return first;
        }
        let mut changes = self.known.clone();
        let read_again = changes.wait_for(|now| now.tried != known.tried);
        match timeout(PATIENCE, read_again).await {
            Ok(Ok(now)) => judge(&now),
            _ => first,
        }
    }

    fn judge(&self, token: &str, known: &Known) -> Result<Bearer, Unidentified> {
        let Terms { rules, claims } = &*self.terms;
        let keys = &known.fresh()?.keys;
        let token = token::verify(token, keys, rules, Timestamp::now())?;
        Ok(Bearer {
            account: Account::of(&token, claims)?,
            until: token.expires_at(),
        })
    }
}

impl Reading {
    pub async fn run(self) {
        loop {
            let read = self.read().await;
            let pause = if read.is_ok() { INTERVAL } else { RETRY };
            self.note(read);
            sleep(AT_MOST_EVERY).await;
            // A request for them that was made meanwhile is kept.
            let _ = timeout(pause - AT_MOST_EVERY, self.wanted.notified()).await;
        }
    }

    async fn read(&self) -> anyhow::Result<Described> {
        let issuer = &self.terms.rules.issuer;
        let metadata = self.fetcher.get(metadata::address(issuer)).await?;
        let metadata = Metadata::parse(&metadata, issuer)?;
        let keys = self.fetcher.get(metadata.jwks_uri.clone()).await?;
        let keys = KeySet::parse(&keys)?;
        Ok(Described { metadata, keys })
    }

    fn note(&self, read: anyhow::Result<Described>) {
        let now = Instant::now();
        match read {
            Ok(described) => {
                log::debug!("the keys of the identity provider were read");
                self.known.send_replace(Known {
                    described: Some(Arc::new(described)),
                    read: Some(now),
                    tried: Some(now),
                });
            }
            Err(error) => {
                let issuer = &self.terms.rules.issuer;
                log::warn!(
                    "the identity provider {issuer} cannot be used: {}",
                    causes::once(&*error)
                );
                self.known.send_modify(|known| known.tried = Some(now));
            }
        }
    }
}
