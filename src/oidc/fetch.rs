//! Requests to the identity provider, bounded in time and size.

use rustls::crypto::ring;
use std::{sync::Arc, time::Duration};
use tokio::task::{JoinError, spawn_blocking};
use ureq::{
    Agent, Body,
    http::Response,
    tls::{Certificate, RootCerts, TlsConfig},
};

const TIME_LIMIT: Duration = Duration::from_secs(5);
const SIZE_LIMIT: u64 = 64 * 1_024;

/// This machine trusts no certificates that could be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "this machine trusts no certificates that could be read ({0}), so no identity provider can be verified: name a file of them in SSL_CERT_FILE"
)]
pub struct NoTrust(String);

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("{address}")]
    Http {
        address: String,
        source: ureq::Error,
    },
    /// Redirections are not followed: they could lead to another server.
    #[error("{address} answered {status}")]
    Status {
        address: String,
        status: u16,
        /// It may say why.
        body: Vec<u8>,
    },
    #[error("the server is stopping")]
    Stopping(#[from] JoinError),
}

#[derive(Clone)]
pub(super) struct Fetcher(Agent);

impl Fetcher {
    /// # Errors
    /// This machine trusts no certificates, and the issuer has one.
    pub(super) fn new(issuer: &str) -> Result<Self, NoTrust> {
        let trusted = rustls_native_certs::load_native_certs();
        if trusted.certs.is_empty() && issuer.starts_with("https:") {
            return Err(NoTrust(format!("{:?}", trusted.errors)));
        }
        let certificates = trusted.certs.iter();
        let certificates = certificates.map(|one| Certificate::from_der(one.as_ref()).to_owned());
        let roots = RootCerts::Specific(Arc::new(certificates.collect()));
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .timeout_global(Some(TIME_LIMIT))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None);
        Ok(Fetcher(config.build().into()))
    }

    /// # Errors
    /// The provider did not answer with 200, in time, and with at most 64 kB.
    pub(super) async fn get(&self, address: String) -> Result<Vec<u8>, FetchError> {
        let agent = self.0.clone();
        spawn_blocking(move || read(&address, agent.get(&address).call())).await?
    }

    /// Sends a form. `authorization` identifies this server, if it has a secret.
    ///
    /// # Errors
    /// As those of `get`.
    pub(super) async fn post(
        &self,
        address: String,
        authorization: Option<String>,
        form: String,
    ) -> Result<Vec<u8>, FetchError> {
        let mut request = self
            .0
            .post(&address)
            .content_type("application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        spawn_blocking(move || read(&address, request.send(form))).await?
    }
}

fn read(address: &str, answer: Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, FetchError> {
    let failed = |source| FetchError::Http {
        address: address.to_owned(),
        source,
    };
    let mut answer = answer.map_err(failed)?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(SIZE_LIMIT);
    let body = body.read_to_vec();
    if status != 200 {
        return Err(FetchError::Status {
            address: address.to_owned(),
            status,
            body: body.unwrap_or_default(),
        });
    }
    body.map_err(failed)
}
