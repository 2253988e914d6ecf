//! Headers of every answer: what a browser may do with it.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
};

/// A page loads its parts from this server only, cannot be framed, and makes nothing of texts but texts: no script sets markup.
macro_rules! strict {
    ($workers:literal, $types:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; ",
            "manifest-src 'self'; worker-src ",
            $workers,
            "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; ",
            "require-trusted-types-for 'script'; trusted-types ",
            $types
        )
    };
}

const POLICY: &str = strict!("'none'", "'none'");
/// The page of a farmer works without a network: it may name one script, once, to be its service worker (decision 0083).
const POLICY_OF_GAVEURS: &str = strict!("'self'", "service-worker");
/// The page of the API's description, which is not ours, builds markup from texts and styles its elements.
const POLICY_OF_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                              connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// The page behind a label has a form, and no script.
const POLICY_OF_PRODUCTS: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                                  frame-ancestors 'none'; base-uri 'none'";

/// What holds for every answer.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer` a browser would hide the origin of our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

/// Adds the headers to an answer.
///
/// # Errors
/// The error of the application.
pub async fn add<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_of_product = ["/c", "/C"].map(|folder| is_within(request.path(), folder));
    let policy = if is_within(request.path(), "/docs") {
        POLICY_OF_DOCS
    } else if is_within(request.path(), "/gaveur") {
        POLICY_OF_GAVEURS
    } else if is_of_product.contains(&true) {
        POLICY_OF_PRODUCTS
    } else {
        POLICY
    };
    let is_data = is_within(request.path(), "/api");
    let mut response = next.call(request).await?;
    // What follows on a WebSocket is no answer.
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(response);
    }
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    if is_data && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
