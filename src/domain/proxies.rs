//! Which client a request comes from, if proxies may stand between it and the server.

use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use ipnet::IpNet;

/// The networks of the proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    pub fn new(networks: Vec<IpNet>) -> Self {
        Proxies(networks)
    }

    /// The address that limits count for; `None` for those who are not limited: this machine, and a proxy that names nobody.
    ///
    /// `forwarded` are the lines of `X-Forwarded-For`, to which each proxy adds its peer on the right. What stands left of the first address
    /// that is no proxy's may be made up.
    pub fn client(&self, peer: IpAddr, forwarded: &[&str]) -> Option<IpAddr> {
        let address = self.address(peer, forwarded)?;
        (!address.is_loopback()).then(|| counted(address))
    }

    /// The address by which a program may be known. `None` if it is in doubt: a trusted proxy names nobody, or somebody who is not trusted
    /// passes a request on.
    pub fn program(&self, peer: IpAddr, forwarded: &[&str]) -> Option<IpAddr> {
        let is_passed_on = !forwarded.is_empty();
        let address = self.address(peer, forwarded)?;
        (!is_passed_on || address != peer.to_canonical()).then_some(address)
    }

    /// The address of the sender; `None` if a trusted proxy does not name him.
    pub fn address(&self, peer: IpAddr, forwarded: &[&str]) -> Option<IpAddr> {
        let mut named = forwarded.iter().rev().flat_map(|line| line.rsplit(','));
        let mut address = peer.to_canonical();
        while self.0.iter().any(|network| network.contains(&address)) {
            address = named.next().and_then(parse)?;
        }
        Some(address)
    }
}

/// Some proxies add the port.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    let address: Option<IpAddr> = bare.parse().ok().or_else(with_port);
    address.map(|address| address.to_canonical())
}

/// A client has a whole /64 of IPv6 at least, and uses any address of it.
pub fn counted(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> Option<String> {
        let networks = ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"];
        let networks = networks.map(|network| network.parse().unwrap());
        let proxies = Proxies::new(networks.to_vec());
        let client = proxies.client(peer.parse().unwrap(), forwarded);
        client.map(|address| address.to_string())
    }

    #[test]
    fn a_client_is_whom_the_last_trusted_proxy_names() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.9"], "192.0.2.1"),
            ("10.1.2.3", &["198.51.100.9"], "198.51.100.9"),
            ("10.1.2.3", &["127.0.0.1, 198.51.100.9"], "198.51.100.9"),
            (
                "10.1.2.3",
                &["1.2.3.4, 198.51.100.9 , 10.9.9.9"],
                "198.51.100.9",
            ),
            (
                "10.1.2.3",
                &["1.2.3.4", "198.51.100.9", "10.9.9.9"],
                "198.51.100.9",
            ),
            ("127.0.0.1", &["198.51.100.9:4711"], "198.51.100.9"),
            ("fd00::1", &["::ffff:198.51.100.9"], "198.51.100.9"),
            ("::ffff:10.1.2.3", &["198.51.100.9"], "198.51.100.9"),
            ("fd00::1", &["[2001:db8::7]:4711"], "2001:db8::"),
        ] {
            let client = client(peer, forwarded);
            assert_eq!(client.as_deref(), Some(expected), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_program_is_known_by_its_own_address_unless_somebody_else_may_have_sent_its_request() {
        let proxies = Proxies::new(vec!["10.9.0.0/16".parse().unwrap()]);
        for (peer, forwarded, known) in [
            ("10.3.0.7", &[][..], Some("10.3.0.7")),
            ("127.0.0.1", &[], Some("127.0.0.1")),
            ("2001:db8::7", &[], Some("2001:db8::7")),
            ("10.9.0.1", &["10.3.0.7"], Some("10.3.0.7")),
            ("10.9.0.1", &["10.3.0.7, 192.0.2.1"], Some("192.0.2.1")),
            ("10.9.0.1", &["10.3.0.7", "10.9.0.2"], Some("10.3.0.7")),
            ("10.9.0.1", &[], None),
            ("10.9.0.1", &["unknown"], None),
            // A proxy that is not trusted passes on whatever it is sent.
            ("10.3.0.7", &["192.0.2.1"], None),
            ("10.3.0.7", &["10.3.0.7"], None),
            ("10.3.0.7", &[""], None),
        ] {
            let address = proxies.program(peer.parse().unwrap(), forwarded);
            let known = known.map(|known| known.parse().unwrap());
            assert_eq!(address, known, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn this_machine_and_a_proxy_that_names_nobody_are_not_limited() {
        for (peer, forwarded) in [
            ("127.0.0.1", &[][..]),
            ("127.8.8.8", &[]),
            ("::1", &["198.51.100.9"]),
            ("10.1.2.3", &[]),
            ("10.1.2.3", &["unknown"]),
            ("10.1.2.3", &["198.51.100.9, unknown"]),
            ("10.1.2.3", &[""]),
            ("10.1.2.3", &["10.1.2.4"]),
        ] {
            assert_eq!(client(peer, forwarded), None, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn the_addresses_of_one_network_of_ipv6_count_together() {
        let of = |address| client(address, &[]);
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
