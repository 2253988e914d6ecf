//! The credentials that a request presents.

use super::error::ApiError;
use actix_web::{HttpRequest, dev::ServiceRequest, http::header, web};
use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The session cookie of a browser; it holds the key. The prefix makes browsers refuse it from another host and without TLS.
pub const COOKIE: &str = "__Host-gaveurs";

/// The cookie in which an older screen keeps its token; it can set no header on a WebSocket. Its pages are told apart by their origin.
const OLD_COOKIE: &str = "access_token";
/// Where a WebSocket may have its key in the query: browsers cannot set headers there.
const SOCKETS: &str = "/ws/";
const QUERY: [&str; 2] = ["key", "token"];

/// The key or token that a request presents, in a header, in the cookie or, for a WebSocket, in the query or an older screen's cookie.
///
/// # Errors
/// It presents two that differ.
pub fn presented(request: &ServiceRequest) -> Result<Option<String>, ApiError> {
    let cookie = request.cookie(COOKIE);
    let cookie = cookie.map(|cookie| cookie.value().to_owned());
    let found = authorization(request).into_iter().chain(cookie);
    let mut found: Vec<String> = found.chain(of_query(request)).collect();
    found.dedup();
    match found.len() {
        // Another program of this host may have left its cookie, so it counts only without others.
        0 => Ok(of_old_cookie(request)),
        1 => Ok(found.pop()),
        _ => Err(ApiError::BadParameter(
            "the request presents two credentials that differ: leave one out".to_owned(),
        )),
    }
}

/// Whether the request has our cookie, which browsers send by themselves until it is removed.
pub fn are_of_browser(request: &HttpRequest) -> bool {
    request.cookie(COOKIE).is_some()
}

/// A bearer token, or the password of a `ws://name:KEY@host/` address.
fn authorization(request: &ServiceRequest) -> Option<String> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, value) = header.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(value).ok()?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(password.to_owned())
}

pub fn is_socket(request: &ServiceRequest) -> bool {
    request.path().starts_with(SOCKETS)
}

fn of_old_cookie(request: &ServiceRequest) -> Option<String> {
    let cookie = request.cookie(OLD_COOKIE).filter(|_| is_socket(request))?;
    Some(cookie.value().to_owned())
}

fn of_query(request: &ServiceRequest) -> Option<String> {
    if !is_socket(request) {
        return None;
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?;
    let mut pairs = pairs.into_inner().into_iter();
    let found = pairs.find(|(name, _)| QUERY.contains(&name.as_str()));
    found
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{cookie::Cookie, test::TestRequest};

    fn of(request: TestRequest) -> Result<Option<String>, ApiError> {
        presented(&request.to_srv_request())
    }

    #[test]
    fn a_key_comes_in_a_header_in_the_cookie_or_in_the_address_of_a_socket() {
        let get = |uri: &str| TestRequest::get().uri(uri);
        let old = |value: &'static str| Cookie::new(OLD_COOKIE, value);
        let with =
            |uri, value: &str| get(uri).insert_header((header::AUTHORIZATION, value.to_owned()));
        let basic = format!("Basic {}", BASE64_STANDARD.encode("station:K"));
        for (request, key) in [
            (get("/api/lots"), None),
            (with("/api/lots", "Bearer K"), Some("K")),
            (with("/api/lots", "bearer  K "), Some("K")),
            (with("/ws/gavage", &basic), Some("K")),
            (with("/api/lots", "Digest K"), None),
            (with("/api/lots", "Basic %%%"), None),
            (get("/ws/sensors/?key=K"), Some("K")),
            (get("/ws/realtime/?uid=1&token=K"), Some("K")),
            (get("/ws/realtime/?token="), None),
            (get("/api/lots?key=K"), None),
            (get("/").cookie(Cookie::new(COOKIE, "K")), Some("K")),
            (get("/ws/realtime/").cookie(old("K")), Some("K")),
            (get("/ws/realtime/?token=K").cookie(old("L")), Some("K")),
            (get("/api/lots").cookie(old("K")), None),
        ] {
            assert_eq!(of(request).unwrap().as_deref(), key);
        }
    }

    #[test]
    fn two_credentials_that_differ_are_refused() {
        let request = |cookie: &'static str| {
            let request = TestRequest::get().insert_header((header::AUTHORIZATION, "Bearer K"));
            request.cookie(Cookie::new(COOKIE, cookie))
        };
        assert_eq!(of(request("K")).unwrap().as_deref(), Some("K"));
        assert!(of(request("L")).is_err());
    }
}
