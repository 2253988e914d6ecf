//! Origins whose pages may read the API.

use actix_cors::Cors;
use actix_web::{
    dev::RequestHead,
    http::{Method, header},
};
use std::{
    collections::BTreeSet,
    net::Ipv6Addr,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

/// Ports on which the older screens are served, on the machine of whoever uses them.
const OLD_SCREENS: [u16; 4] = [3000, 3001, 5173, 8889];
/// Foreign origins that are remembered, so that each is logged once.
const MOST_LOGGED: usize = 100;

/// One allowed origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Any,
    /// In the form that browsers send.
    Named(String),
}

impl FromStr for Origin {
    type Err = String;

    /// Accepts what people write: capitals, a trailing slash, the scheme's default port.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "*" {
            return Ok(Origin::Any);
        }
        let named = named(&text.to_ascii_lowercase());
        named.map(Origin::Named).ok_or_else(|| {
            format!(
                "{text:?} is no origin: write scheme and host, and the port if it is not the scheme's own, such as \
                 https://ecran.example or http://192.0.2.7:8080, or * for all"
            )
        })
    }
}

fn named(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rfind(':').filter(|at| !rest[*at..].contains(']')) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let port = port.map(str::parse::<u16>).transpose().ok()?;
    let scheme_is_good = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let host = scheme_is_good.then(|| canonical(host)).flatten()?;
    Some(match (scheme, port) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
    })
}

fn canonical(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (!host.is_empty() && host.chars().all(good)).then(|| host.to_owned())
}

/// Which pages of other origins may read the API: those named, and the older screens on this machine.
pub fn cors(origins: &[Origin]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_any_header()
        .max_age(3600);
    if origins.contains(&Origin::Any) {
        return cors.allow_any_origin().send_wildcard();
    }
    let named = origins.iter().filter_map(|origin| match origin {
        Origin::Any => None,
        Origin::Named(origin) => Some(origin.clone()),
    });
    let allowed: BTreeSet<String> = named.chain(old_screens()).collect();
    cors.allowed_origin_fn(move |origin, request| {
        let origin = origin.to_str().unwrap_or_default();
        let is_allowed = allowed.contains(origin);
        if !is_allowed && !is_ours(origin, request) {
            log_once(origin);
        }
        is_allowed
    })
}

fn old_screens() -> impl Iterator<Item = String> {
    let hosts = ["localhost", "127.0.0.1", "[::1]"];
    let all = OLD_SCREENS
        .iter()
        .flat_map(move |port| hosts.map(|host| (host, *port)));
    all.map(|(host, port)| format!("http://{host}:{port}"))
}

/// A page that this server has served itself.
fn is_ours(origin: &str, request: &RequestHead) -> bool {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    origin
        .split_once("://")
        .is_some_and(|(_, authority)| Some(authority) == host)
}

fn log_once(origin: &str) {
    static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < MOST_LOGGED && logged.insert(origin.to_owned()) {
        log::warn!(
            "a page of {origin:?} asked for data and may not read the answer: name its origin in --cors-origins if it should"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_understood_as_a_browser_writes_it() {
        for (written, origin) in [
            ("http://a", "http://a"),
            (" http://b ", "http://b"),
            ("https://a.example/", "https://a.example"),
            ("HTTPS://Ecran.EXAMPLE", "https://ecran.example"),
            ("http://a:80", "http://a"),
            ("https://a:443/", "https://a"),
            ("https://a:80", "https://a:80"),
            ("http://[::0:1]:8080", "http://[::1]:8080"),
            ("capacitor://localhost", "capacitor://localhost"),
        ] {
            let named = Origin::Named(origin.to_owned());
            assert_eq!(written.parse(), Ok(named), "{written}");
        }
        assert_eq!(" * ".parse(), Ok(Origin::Any));
    }

    #[test]
    fn the_older_screens_on_this_machine_are_allowed_unasked() {
        let all: Vec<_> = old_screens().collect();
        assert_eq!(all.len(), 12);
        assert!(all.contains(&"http://localhost:5173".to_owned()));
    }

    #[test]
    fn what_no_browser_ever_sends_is_refused() {
        for written in [
            "",
            "a",
            "a.example:8080",
            "http://",
            "http:///",
            "http://a/b",
            "http://a?b",
            "http://a b",
            "http://a:",
            "http://a:port",
            "http://a:99999",
            "http://me@a",
            "http://*.example",
            "http://[::1",
            "1http://a",
            "http://é.example",
        ] {
            let refusal = written.parse::<Origin>().unwrap_err();
            assert!(refusal.contains("is no origin"), "{written}: {refusal}");
        }
    }
}
