//! Who may use the server: the keys, the issuer of tokens and the logins that the settings ask for.

use super::{core::Services, keyring, renewal::Renewing};
use crate::{
    domain::{keyring::Keyring, oidc::sealed::Seal, trusted_networks::TrustedNetworks},
    http::{
        caller::{Authentication, Caller},
        caller_limits::CallerLimits,
        login::Logins,
    },
    oidc::{Issuer, Provider},
    settings::{Auth, ServerArgs},
    telemetry::metrics::Metrics,
};
use std::{net::SocketAddr, sync::Arc};
use tokio::sync::watch;

pub(super) struct Access {
    pub authentication: Authentication,
    /// Where new keys go; `None` if nobody needs one.
    pub keyring: Option<watch::Sender<Arc<Keyring>>>,
    /// `None` unless people log in at an identity provider.
    pub logins: Option<Logins>,
}

/// # Errors
/// The keys cannot be read.
pub(super) async fn open(
    settings: &ServerArgs,
    services: &Services,
    address: SocketAddr,
    issuer: Option<&Issuer>,
) -> anyhow::Result<Access> {
    if settings.auth != Auth::On {
        return Ok(Access {
            authentication: Authentication::Off(Caller::anyone()),
            keyring: None,
            logins: None,
        });
    }
    let (pool, limits) = (&services.pools.shared, &settings.limits);
    let keys = keyring::read_or_begin(pool).await?;
    let (keyring, keys) = watch::channel(Arc::new(keys));
    let logins = issuer.cloned().zip(settings.oidc.client(address));
    let logins = logins.map(|(issuer, client)| Logins {
        seal: client
            .secret
            .as_deref()
            .and_then(Seal::of_secret)
            .map(Arc::new),
        provider: Provider::new(issuer, client),
        relays_passwords: settings.oidc.auth_legacy_login,
        lifetime: settings.oidc.login_lifetime,
        keys: keys.clone(),
        pool: pool.clone(),
        proxies: limits.proxies(),
    });
    let authentication = Authentication::On {
        keys,
        issuer: issuer.cloned(),
        networks: Arc::new(TrustedNetworks::new(settings.trust_network.clone())),
        proxies: limits.proxies(),
        limits: CallerLimits::new(limits.callers(), limits.proxies(), services.metrics.clone()),
    };
    Ok(Access {
        authentication,
        keyring: Some(keyring),
        logins,
    })
}

impl Access {
    /// `None` if logins are not renewed.
    pub fn renewing(&self, metrics: &Metrics) -> Option<Renewing> {
        let logins = self.logins.as_ref()?;
        Some(Renewing {
            provider: logins.provider.clone(),
            seal: logins.seal.clone()?,
            lifetime: logins.lifetime,
            pool: logins.pool.clone(),
            metrics: metrics.clone(),
        })
    }
}
