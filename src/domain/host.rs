//! The names under which the server is reached. A page whose name an attacker lets point to this machine ("DNS rebinding") has a name that
//! is not among them.

use std::{collections::BTreeSet, net::IpAddr, str::FromStr};

/// A name of this server, as in `--hosts`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostName(String);

impl FromStr for HostName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = canonical(text.trim());
        let good = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if name.is_empty() || !name.chars().all(good) {
            return Err(format!(
                "{text:?} is no name of a host: write it without scheme and port, such as gavage.example"
            ));
        }
        Ok(HostName(name))
    }
}

/// All names of this server.
#[derive(Debug, Default)]
pub struct Hosts(BTreeSet<HostName>);

/// A request is for another server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of this server: name it in --hosts if it should be")]
pub struct ForeignHost(pub String);

impl Hosts {
    pub fn new(names: &[HostName]) -> Self {
        Hosts(names.iter().cloned().collect())
    }

    /// Checks the `Host` of a request. Addresses and names without a dot are always ours: no attacker can let them point elsewhere.
    ///
    /// # Errors
    /// The host is a name that is not ours.
    pub fn check(&self, host: &str) -> Result<(), ForeignHost> {
        let name = canonical(split_port(host).0);
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let is_local = !name.contains('.') || name.ends_with(".localhost");
        if is_address || is_local || self.0.contains(&HostName(name)) {
            return Ok(());
        }
        Err(ForeignHost(host.to_owned()))
    }
}

/// In small letters, and without the dot that may end a full name.
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Splits `host:port`; the colons of an IPv6 address are in brackets.
pub(super) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::new(&["Gavage.Example.".parse().unwrap()])
    }

    #[test]
    fn addresses_names_without_a_dot_and_names_that_were_named_are_ours() {
        for host in [
            "127.0.0.1:8000",
            "192.0.2.7",
            "[::1]:8000",
            "[::ffff:192.0.2.7]",
            "localhost:8000",
            "wall.localhost:8000",
            "LOCALHOST.",
            "server:8000",
            "backend",
            "gavage.example",
            "GAVAGE.example.:443",
            "",
        ] {
            assert_eq!(hosts().check(host), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_name_that_somebody_else_may_own_is_not_ours() {
        for host in [
            "evil.example:8000",
            "gavage.example.evil.example",
            "sub.gavage.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost.com",
            "[::1].evil.example",
            "évil.example",
        ] {
            let refusal = hosts().check(host).unwrap_err().to_string();
            assert!(refusal.contains("--hosts"), "{refusal}");
        }
    }

    #[test]
    fn a_name_is_written_alone() {
        for written in ["", ".", "http://a.example", "a.example:80", "a/b", "*"] {
            let refusal = written.parse::<HostName>().unwrap_err();
            assert!(refusal.contains("is no name of a host"), "{refusal}");
        }
    }
}
