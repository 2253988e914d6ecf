//! How often credentials may fail, and how often a caller may ask. Only with authentication.

use super::{auth::asks_for_page, client, credentials, error::ApiError};
use crate::{
    domain::{
        proxies::Proxies,
        rate::{Meters, Rate},
        reasons::RefusalReason,
    },
    telemetry::metrics::Metrics,
};
use actix_web::HttpRequest;
use std::{
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::time::Instant;

/// How often callers may do what; `None` for no limit.
#[derive(Debug, Clone, Copy)]
pub struct CallerRates {
    /// An address, credentials that are not valid.
    pub failures: Option<Rate>,
    /// The holder of a key or a login, requests.
    pub requests: Option<Rate>,
}

/// Enforces the rates; clones share the counts.
#[derive(Debug, Clone)]
pub struct CallerLimits {
    failures: Counts<IpAddr>,
    requests: Counts<Arc<str>>,
    proxies: Proxies,
    metrics: Arc<Metrics>,
}

type Counts<K> = Option<Arc<Mutex<Meters<K>>>>;

impl CallerLimits {
    pub fn new(rates: CallerRates, proxies: Proxies, metrics: Metrics) -> Self {
        CallerLimits {
            failures: counts(rates.failures),
            requests: counts(rates.requests),
            proxies,
            metrics: Arc::new(metrics),
        }
    }

    /// What to answer to a program whose credentials are not valid: `refusal`, or after many that it should come back later. Valid ones
    /// are accepted all the same, so a broken script keeps out nobody who shares its address.
    ///
    /// People are not counted: a browser that presents what has expired is led to the login page.
    pub fn failed(&self, request: &HttpRequest, refusal: ApiError) -> ApiError {
        if asks_for_page(request) || credentials::are_of_browser(request) {
            return refusal;
        }
        let address = client::address(request, &self.proxies);
        if address.is_none_or(|address| admits(&self.failures, address)) {
            self.metrics.refused(RefusalReason::BadCredentials);
            return refusal;
        }
        self.metrics.refused(RefusalReason::TooManyFailures);
        ApiError::TooManyFailures
    }

    /// Counts an attempt to log in with a password, as bad credentials are counted: more attempts are not made, so that nobody guesses passwords.
    ///
    /// # Errors
    /// The sender has tried too often.
    pub fn tries(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let address = client::address(request, &self.proxies);
        if address.is_none_or(|address| admits(&self.failures, address)) {
            return Ok(());
        }
        self.metrics.refused(RefusalReason::TooManyFailures);
        Err(ApiError::TooManyFailures)
    }

    /// Counts a request of the holder of this key or login.
    ///
    /// # Errors
    /// He asks too often.
    pub fn asks(&self, principal: &Arc<str>) -> Result<(), ApiError> {
        if admits(&self.requests, principal.clone()) {
            return Ok(());
        }
        self.metrics.refused(RefusalReason::TooManyRequests);
        Err(ApiError::TooManyRequests)
    }
}

fn counts<K: Eq + Hash>(rate: Option<Rate>) -> Counts<K> {
    rate.map(|rate| Arc::new(Mutex::new(Meters::new(rate))))
}

fn admits<K: Eq + Hash>(counts: &Counts<K>, source: K) -> bool {
    counts.as_ref().is_none_or(|meters| {
        // After a panic the counts are still usable.
        let mut meters = meters.lock().unwrap_or_else(PoisonError::into_inner);
        meters.admits(source, Instant::now())
    })
}
