//! How often one address may read and rate products. The page behind a label is open to everybody.

use crate::{
    domain::{
        consumer::address::{AddressDigests, Secrets},
        proxies::{Proxies, counted},
        rate::{Meters, Rate},
    },
    http::{client, error::ApiError},
};
use actix_web::HttpRequest;
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::watch, time::Instant};

/// What the routes of consumers share; clones have the same counts.
#[derive(Clone)]
pub struct Consumers {
    meters: Arc<Mutex<ByAddress>>,
    proxies: Proxies,
    secrets: watch::Receiver<Arc<Secrets>>,
}

struct ByAddress {
    /// Everything, products that are simulated too: a simulator asks from one address.
    requests: Meters<IpAddr>,
    /// Products that are real.
    scans: Meters<IpAddr>,
    /// Codes that nobody has.
    unknown: Meters<IpAddr>,
    /// Ratings that were stored, of products that are real.
    ratings: Meters<IpAddr>,
}

impl Consumers {
    /// # Panics
    /// Never: the rates are above 0.
    pub fn new(proxies: Proxies, secrets: watch::Receiver<Arc<Secrets>>) -> Self {
        let meters = |rate: Option<Rate>| Meters::new(rate.expect("a rate above 0"));
        let meters = ByAddress {
            requests: meters(Rate::per_second(10)),
            scans: meters(Rate::per_minute(60)),
            unknown: meters(Rate::per_minute(20)),
            ratings: meters(Rate::per_hour(30)),
        };
        Consumers {
            meters: Arc::new(Mutex::new(meters)),
            proxies,
            secrets,
        }
    }

    /// The address of a request; all clients behind a proxy that is not trusted are one.
    pub fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        client::sender(request, &self.proxies).map(counted)
    }

    pub fn digest(&self, product_id: &str, address: IpAddr) -> AddressDigests {
        self.secrets.borrow().digest(product_id, address)
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The address asks too often.
    pub fn asks(&self, address: IpAddr) -> Result<(), ApiError> {
        counts(&mut self.meters().requests, address)
    }

    /// Counts a look at a product.
    ///
    /// # Errors
    /// The address looks at too many.
    pub fn scans(&self, address: IpAddr, simule: bool) -> Result<(), ApiError> {
        if simule {
            return Ok(());
        }
        counts(&mut self.meters().scans, address)
    }

    /// Counts a code that no product has.
    ///
    /// # Errors
    /// The address tries too many.
    pub fn misses(&self, address: IpAddr) -> Result<(), ApiError> {
        counts(&mut self.meters().unknown, address)
    }

    /// Whether the address may rate one more product.
    ///
    /// # Errors
    /// It has rated too many.
    pub fn may_rate(&self, address: IpAddr, simule: bool) -> Result<(), ApiError> {
        let ratings = &self.meters().ratings;
        if simule || ratings.has_room(&address, Instant::now()) {
            return Ok(());
        }
        Err(ApiError::TooOften(ratings.interval()))
    }

    /// Counts a rating that was stored.
    pub fn rated(&self, address: IpAddr, simule: bool) {
        if !simule {
            self.meters().ratings.admits(address, Instant::now());
        }
    }

    fn meters(&self) -> MutexGuard<'_, ByAddress> {
        // After a panic the counts are still usable.
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counts(meters: &mut Meters<IpAddr>, address: IpAddr) -> Result<(), ApiError> {
    if meters.admits(address, Instant::now()) {
        return Ok(());
    }
    Err(ApiError::TooOften(meters.interval()))
}
