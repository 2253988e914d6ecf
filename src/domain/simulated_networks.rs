//! Networks whose producers are simulators, also those that cannot say so of what they send.

use core::net::IpAddr;
use ipnet::IpNet;
use std::str::FromStr;

/// A network, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimulatedNetwork(IpNet);

impl FromStr for SimulatedNetwork {
    type Err = String;

    /// `10.9.0.0/16`, `127.0.0.1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let network: Option<IpNet> = text.parse().ok().or_else(single);
        let network = network.ok_or_else(|| {
            format!("{text:?} is neither a network nor an address: write it as 10.9.0.0/16")
        })?;
        Ok(SimulatedNetwork(network.trunc()))
    }
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct SimulatedNetworks(Vec<SimulatedNetwork>);

impl SimulatedNetworks {
    pub fn new(networks: Vec<SimulatedNetwork>) -> Self {
        SimulatedNetworks(networks)
    }

    /// The networks of this machine, for a server whose data is simulated as a whole.
    pub fn loopback() -> [SimulatedNetwork; 2] {
        ["127.0.0.0/8", "::1/128"].map(|text| text.parse().expect("a network"))
    }

    pub fn have(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .iter()
            .any(|SimulatedNetwork(one)| one.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_simulated_in_whatever_form_it_is_written() {
        let networks = SimulatedNetworks::new(SimulatedNetworks::loopback().to_vec());
        for (address, is_simulated) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("::2", false),
        ] {
            assert_eq!(
                networks.have(address.parse().unwrap()),
                is_simulated,
                "{address}"
            );
        }
        assert!(
            "grange"
                .parse::<SimulatedNetwork>()
                .unwrap_err()
                .contains("10.9.0.0/16")
        );
        assert!("10.9.0.7".parse::<SimulatedNetwork>().is_ok());
    }
}
