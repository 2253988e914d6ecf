//! Decides by the names in a request whether it is looked at: the name of this server, and the origin of the page that sends it.

use super::error::ApiError;
use crate::{
    domain::{
        host::{HostName, Hosts},
        origin::{ForeignPage, Origin, Origins, Page},
        reasons::RefusalReason,
    },
    telemetry::metrics::Metrics,
};
use actix_cors::Cors;
use actix_web::{
    Error, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{RequestHead, ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
};
use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Refusals that are remembered, so that each is logged once.
const MOST_LOGGED: usize = 100;

/// The names of this server and the origins that may use it; clones share them.
#[derive(Clone)]
pub struct Names {
    origins: Arc<Origins>,
    hosts: Arc<Hosts>,
    metrics: Metrics,
}

impl Names {
    pub fn new(origins: &[Origin], hosts: &[HostName], metrics: Metrics) -> Self {
        Names {
            origins: Arc::new(Origins::new(origins)),
            hosts: Arc::new(Hosts::new(hosts)),
            metrics,
        }
    }

    /// Which pages of other origins may read the answers.
    pub fn cors(&self) -> Cors {
        let cors = Cors::default()
            .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::DELETE])
            .allow_any_header()
            .max_age(3600);
        if self.origins.permit_any() {
            return cors.allow_any_origin().send_wildcard();
        }
        let origins = self.origins.clone();
        cors.allowed_origin_fn(move |origin, request| {
            let origin = String::from_utf8_lossy(origin.as_bytes());
            let is_permitted = origins.permit(&origin);
            if !is_permitted && !page(request, &host(request)).is_ours(&origin) {
                log_once(&ForeignPage::Origin(origin.into_owned()).to_string());
            }
            is_permitted
        })
    }

    fn check(&self, request: &RequestHead) -> Result<(), ApiError> {
        let host = host(request);
        if !is_health(request.uri.path()) {
            self.hosts.check(&host)?;
        }
        let only_reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
        if !only_reads || request.upgrade() {
            self.origins.check(page(request, &host))?;
        }
        Ok(())
    }
}

/// Refuses requests for other names than ours, and writing requests and sockets of foreign pages.
///
/// # Errors
/// The error of the application.
pub async fn guard(
    names: Names,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Err(refusal) = names.check(request.head()) else {
        let response = next.call(request).await?;
        return Ok(response.map_into_boxed_body());
    };
    let reason = match &refusal {
        ApiError::ForeignHost(_) => RefusalReason::ForeignHost,
        _ => RefusalReason::ForeignPage,
    };
    names.metrics.refused(reason);
    log_once(&refusal.to_string());
    Ok(request.into_response(refusal.error_response()))
}

/// Load balancers ask for health under names and addresses of their own.
fn is_health(path: &str) -> bool {
    path == "/healthz" || path == "/health" || path.starts_with("/health/")
}

/// Empty for a client of HTTP/1.0, which is no browser.
fn host(request: &RequestHead) -> Cow<'_, str> {
    let host = request.headers().get(header::HOST);
    host.map_or(Cow::Borrowed(""), |host| {
        String::from_utf8_lossy(host.as_bytes())
    })
}

/// Whether a browser sends the request for a page; a page must not act as the machine that it is shown on.
pub(super) fn is_of_page(request: &RequestHead) -> bool {
    page(request, "").is_there()
}

fn page<'a>(request: &'a RequestHead, host: &'a str) -> Page<'a> {
    let value = |name: &str| {
        let value = request.headers().get(name)?;
        // No browser sends anything that is not ASCII.
        Some(value.to_str().unwrap_or_default())
    };
    Page {
        origin: value("origin"),
        site: value("sec-fetch-site"),
        host,
    }
}

fn log_once(sentence: &str) {
    static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < MOST_LOGGED && logged.insert(sentence.to_owned()) {
        log::warn!("a request was refused, or its answer may not be read: {sentence}");
    }
}
