//! Networks whose programs are known by their address: for stations whose firmware has a fixed address of the server, so that no key can be
//! given to them.

use super::{access::Role, grant::Grant, site::Site};
use core::net::IpAddr;
use ipnet::IpNet;
use std::str::FromStr;

/// What the programs of one network may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedNetwork {
    network: IpNet,
    pub grant: Grant,
}

impl TrustedNetwork {
    /// `10.3.0.0/24`, which is its name in the log and in the record of who did what.
    pub fn name(&self) -> String {
        self.network.to_string()
    }
}

impl FromStr for TrustedNetwork {
    type Err = String;

    /// `10.3.0.0/24=station:LL`, `10.3.0.7=station:LL:device=ESP32_LL_01`, `10.4.0.0/16=simulateur:gaveur=7`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (network, grant) = text.trim().split_once('=').ok_or_else(|| {
            format!("{text:?} does not say who is there: write network=role, {EXAMPLES}")
        })?;
        let (network, grant) = (of_network(network.trim())?, of_grant(grant)?);
        if network.prefix_len() == 0 {
            return Err(format!(
                "{network} is everybody: name the network of the stations"
            ));
        }
        grant.check()?;
        Ok(TrustedNetwork { network, grant })
    }
}

const EXAMPLES: &str = "such as 10.3.0.0/24=station:LL or 10.3.0.7=station:LL:device=ESP32_LL_01";

fn of_network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let network = text.parse().ok().or_else(single);
    let network: IpNet = network.ok_or_else(|| {
        format!("{text:?} is neither a network nor an address: write network=role, {EXAMPLES}")
    })?;
    Ok(network.trunc())
}

fn of_grant(text: &str) -> Result<Grant, String> {
    let mut parts = text.split(':').map(str::trim);
    let role = parts.next().unwrap_or_default();
    let role = [Role::Station, Role::Simulateur]
        .into_iter()
        .find(|known| known.as_str() == role);
    let role = role.ok_or_else(|| {
        format!("{text:?} does not begin with a role that a network can have: station or simulateur, {EXAMPLES}")
    })?;
    parts.try_fold(Grant::new(role), limited)
}

/// A grant with one limit more.
fn limited(mut grant: Grant, part: &str) -> Result<Grant, String> {
    match part.split_once('=') {
        Some(("gaveur", number)) => {
            let number = number.parse();
            grant.gaveur_id = Some(number.map_err(|_| {
                format!("{part:?} names no gaveur: write his number, such as gaveur=7")
            })?);
        }
        Some(("device", name)) if !name.is_empty() => grant.device_id = Some(name.to_owned()),
        _ => {
            let site = part.parse::<Site>().map_err(|_| {
                format!(
                    "{part:?} is no limit: write a site (LL, LS, MT), gaveur=7 or device=ESP32_LL_01"
                )
            })?;
            grant.sites.insert(site);
        }
    }
    Ok(grant)
}

/// All networks that are trusted.
#[derive(Debug, Clone, Default)]
pub struct TrustedNetworks(Vec<TrustedNetwork>);

impl TrustedNetworks {
    pub fn new(networks: Vec<TrustedNetwork>) -> Self {
        TrustedNetworks(networks)
    }

    /// # Errors
    /// A sentence: a network is named twice.
    pub fn check(networks: &[TrustedNetwork]) -> Result<(), String> {
        for (at, rule) in networks.iter().enumerate() {
            if networks[..at]
                .iter()
                .any(|other| other.network == rule.network)
            {
                return Err(format!(
                    "{} is named twice in --trust-network",
                    rule.network
                ));
            }
        }
        Ok(())
    }

    /// The smallest network that has this address.
    pub fn of(&self, address: IpAddr) -> Option<&TrustedNetwork> {
        let address = address.to_canonical();
        let having = self.0.iter().filter(|rule| rule.network.contains(&address));
        having.max_by_key(|rule| rule.network.prefix_len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TrustedNetwork, String> {
        text.parse()
    }

    #[test]
    fn a_network_has_a_role_and_the_limits_of_a_producers_key() {
        let rule = parse("10.3.0.9/24=station:LL:LS:device=ESP32_LL_01").unwrap();
        assert_eq!(rule.name(), "10.3.0.0/24");
        let expected = Grant {
            sites: [Site::Ll, Site::Ls].into(),
            device_id: Some("ESP32_LL_01".to_owned()),
            ..Grant::new(Role::Station)
        };
        assert_eq!(rule.grant, expected);
        let rule = parse(" 2001:db8::7 = simulateur : gaveur=7").unwrap();
        assert_eq!(rule.name(), "2001:db8::7/128");
        assert_eq!(
            (rule.grant.role, rule.grant.gaveur_id),
            (Role::Simulateur, Some(7))
        );
        assert_eq!(
            parse("10.3.0.0/24=station").unwrap().grant,
            Grant::new(Role::Station)
        );
    }

    #[test]
    fn what_is_wrong_is_named_together_with_what_to_write() {
        for (text, problem) in [
            ("10.3.0.0/24", "10.3.0.0/24=station:LL"),
            ("10.3.0.0/33=station", "neither a network nor an address"),
            ("barn=station", "neither a network nor an address"),
            ("10.3.0.0/24=admin", "station or simulateur"),
            ("10.3.0.0/24=superviseur:LL", "station or simulateur"),
            ("10.3.0.0/24=", "station or simulateur"),
            ("10.3.0.0/24=station:XX", "LL, LS, MT"),
            ("10.3.0.0/24=station:", "LL, LS, MT"),
            ("10.3.0.0/24=station:device=", "device=ESP32_LL_01"),
            ("10.3.0.0/24=station:gaveur=Jean", "gaveur=7"),
            ("0.0.0.0/0=station", "everybody"),
            ("::/0=station", "everybody"),
        ] {
            let sentence = parse(text).unwrap_err();
            assert!(sentence.contains(problem), "{text}: {sentence}");
        }
    }

    #[test]
    fn an_address_is_known_by_the_smallest_network_that_has_it() {
        let rules = [
            "10.3.0.0/16=simulateur",
            "10.3.0.0/24=station:LL",
            "10.3.0.7=station:MT",
        ];
        let networks = TrustedNetworks::new(rules.map(|rule| parse(rule).unwrap()).to_vec());
        let of = |address: &str| {
            networks
                .of(address.parse().unwrap())
                .map(TrustedNetwork::name)
        };
        for (address, name) in [
            ("10.3.0.7", Some("10.3.0.7/32")),
            ("::ffff:10.3.0.7", Some("10.3.0.7/32")),
            ("10.3.0.8", Some("10.3.0.0/24")),
            ("10.3.9.8", Some("10.3.0.0/16")),
            ("10.4.0.7", None),
            ("::1", None),
        ] {
            assert_eq!(of(address).as_deref(), name, "{address}");
        }
    }

    #[test]
    fn a_network_may_be_named_once() {
        let rule = |text| parse(text).unwrap();
        let (all, one) = (rule("10.3.0.0/24=station"), rule("10.3.0.7=station"));
        assert_eq!(TrustedNetworks::check(&[all.clone(), one]), Ok(()));
        let twice = TrustedNetworks::check(&[all, rule("10.3.0.9/24=simulateur")]);
        assert!(twice.unwrap_err().contains("10.3.0.0/24 is named twice"));
    }
}
