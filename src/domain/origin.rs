//! Origins of pages, and which of them may use the server.

use super::host::split_port;
use std::{collections::BTreeSet, net::Ipv6Addr, str::FromStr};

/// Ports on which the older screens are served, on the machine of whoever uses them.
const OLD_SCREENS: [u16; 4] = [3000, 3001, 5173, 8889];
/// Origin of a page without one: sandboxed, or made of a file.
const NULL: &str = "null";
/// The `Origin` that a WebSocket library of stations sends.
const STATION: &str = "file://";

/// One allowed origin, as in `--cors-origins`.
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
        match text {
            "*" => return Ok(Origin::Any),
            NULL => return Ok(Origin::Named(NULL.to_owned())),
            _ => {}
        }
        let named = named(&text.to_ascii_lowercase());
        named.map(Origin::Named).ok_or_else(|| {
            format!(
                "{text:?} is no origin: write scheme and host, and the port if it is not the scheme's own, such as \
                 https://ecran.example or http://192.0.2.7:8080, or null, or * for all"
            )
        })
    }
}

fn named(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, port) = split_port(rest.strip_suffix('/').unwrap_or(rest));
    let port = port.map(str::parse::<u16>).transpose().ok()?;
    let scheme_is_good = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let host = scheme_is_good.then(|| canonical(host)).flatten()?;
    Some(match port {
        Some(port) if Some(port) != own_port(scheme) => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}

fn own_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn canonical(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (!host.is_empty() && host.chars().all(good)).then(|| host.to_owned())
}

/// What a browser says of the page that sends a request; other clients say nothing of it.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub site: Option<&'a str>,
    /// `Host` of the request.
    pub host: &'a str,
}

/// Why a page may not use the server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignPage {
    #[error(
        "pages of {0:?} may not use this server: name this origin in --cors-origins if they should"
    )]
    Origin(String),
    /// A page of another site that hides its origin.
    #[error(
        "a page of another site may not use this server without saying its origin: name those that may in --cors-origins"
    )]
    Site,
}

/// The origins whose pages may use the server, besides its own: those named, and the older screens on this machine.
#[derive(Debug)]
pub struct Origins {
    any: bool,
    named: BTreeSet<String>,
}

impl Origins {
    pub fn new(origins: &[Origin]) -> Self {
        let named = origins.iter().filter_map(|origin| match origin {
            Origin::Any => None,
            Origin::Named(origin) => Some(origin.clone()),
        });
        Origins {
            any: origins.contains(&Origin::Any),
            named: named.chain(old_screens()).collect(),
        }
    }

    pub fn permit_any(&self) -> bool {
        self.any
    }

    pub fn permit(&self, origin: &str) -> bool {
        self.any || self.named.contains(origin)
    }

    /// Checks who sends a request that writes, or opens a socket.
    ///
    /// # Errors
    /// It is sent by a page that may not use the server.
    pub fn check(&self, page: Page<'_>) -> Result<(), ForeignPage> {
        match (page.origin, page.site) {
            (Some(STATION), None) => Ok(()),
            (Some(origin), _) if self.permit(origin) || page.is_ours(origin) => Ok(()),
            (Some(origin), _) => Err(ForeignPage::Origin(origin.to_owned())),
            (None, None | Some("same-origin" | "none")) => Ok(()),
            (None, Some(_)) => Err(ForeignPage::Site),
        }
    }
}

impl Page<'_> {
    /// True if the request is not sent by a program, but by a browser for a page.
    pub fn is_there(&self) -> bool {
        self.site.is_some() || self.origin.is_some_and(|origin| origin != STATION)
    }

    /// True for a page that was served under the name to which the request is sent.
    pub fn is_ours(&self, origin: &str) -> bool {
        let Some((scheme, authority)) = origin.split_once("://") else {
            return false;
        };
        let Some(own_port) = own_port(scheme).map(|port| format!(":{port}")) else {
            return false;
        };
        let bare = |authority: &str| {
            let bare = authority.strip_suffix(own_port.as_str());
            bare.unwrap_or(authority).to_ascii_lowercase()
        };
        bare(authority) == bare(self.host)
    }
}

fn old_screens() -> impl Iterator<Item = String> {
    let hosts = ["localhost", "127.0.0.1", "[::1]"];
    let all = OLD_SCREENS
        .iter()
        .flat_map(move |port| hosts.map(|host| (host, *port)));
    all.map(|(host, port)| format!("http://{host}:{port}"))
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
            ("null", "null"),
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

    /// Whether a page may use a server that is reached as `server:8000`.
    fn may(origins: &[&str], origin: Option<&str>, site: Option<&str>) -> bool {
        let origins: Vec<_> = origins
            .iter()
            .map(|origin| origin.parse().unwrap())
            .collect();
        let host = "server:8000";
        let page = Page { origin, site, host };
        Origins::new(&origins).check(page).is_ok()
    }

    #[test]
    fn our_own_pages_older_screens_stations_and_what_is_no_browser_may_always_use_the_server() {
        for (origin, site) in [
            (None, None),
            (None, Some("none")),
            (None, Some("same-origin")),
            (Some("http://server:8000"), None),
            (Some("http://server:8000"), Some("same-origin")),
            (Some("http://Server:8000"), None),
            (Some("https://server:8000"), None),
            (Some("http://localhost:3000"), Some("cross-site")),
            (Some("http://127.0.0.1:8889"), Some("same-site")),
            (Some("file://"), None),
        ] {
            assert!(may(&[], origin, site), "{origin:?} {site:?}");
        }
    }

    #[test]
    fn a_foreign_page_may_not_use_the_server() {
        for (origin, site) in [
            (Some("https://evil.example"), Some("cross-site")),
            (Some("https://evil.example"), None),
            // A browser is believed in nothing that contradicts its origin.
            (Some("https://evil.example"), Some("same-origin")),
            (Some("http://server:8001"), Some("same-site")),
            (Some("http://server"), None),
            (Some("http://localhost:4000"), None),
            (Some("https://localhost:3000"), None),
            (Some("null"), Some("cross-site")),
            (Some("null"), None),
            (Some(""), None),
            // A page that was opened from a file.
            (Some("file://"), Some("cross-site")),
            (Some("capacitor://server:8000"), None),
            (None, Some("cross-site")),
            (None, Some("same-site")),
        ] {
            assert!(!may(&[], origin, site), "{origin:?} {site:?}");
        }
    }

    #[test]
    fn an_origin_that_is_named_outranks_what_is_said_of_its_site() {
        let named = ["https://ecran.example", "null"];
        for origin in named {
            assert!(may(&named, Some(origin), Some("cross-site")), "{origin}");
        }
        assert!(!may(&named, Some("https://evil.example"), None));
        assert!(may(&["*"], Some("null"), Some("cross-site")));
        assert!(!may(&["*"], None, Some("cross-site")));
    }

    #[test]
    fn a_browser_that_asks_for_a_page_is_no_program() {
        let is_there = |origin, site| {
            let host = "server:8000";
            Page { origin, site, host }.is_there()
        };
        assert!(!is_there(None, None));
        assert!(!is_there(Some("file://"), None));
        for (origin, site) in [
            (Some("http://server:8000"), None),
            (Some("http://localhost:3000"), None),
            (Some("null"), None),
            (Some("file://"), Some("cross-site")),
            (None, Some("none")),
        ] {
            assert!(is_there(origin, site), "{origin:?} {site:?}");
        }
    }

    #[test]
    fn the_port_that_a_scheme_has_of_itself_makes_no_difference() {
        for (origin, host) in [
            ("https://gavage.example", "gavage.example:443"),
            ("http://gavage.example:80", "gavage.example"),
            ("http://[::1]", "[::1]:80"),
        ] {
            let page = Page {
                origin: None,
                site: None,
                host,
            };
            assert!(page.is_ours(origin), "{origin} {host}");
        }
    }
}
