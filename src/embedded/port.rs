//! Picks a port for a long-running server: free now, and outside the range that the kernel gives to outgoing connections.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Most registered ports lie below.
const LOWEST: u16 = 20_000;
/// Linux's default start of the ephemeral range, see ip(7).
const EPHEMERAL: u16 = 32_768;
const TRIES: usize = 200;

/// A free port of 127.0.0.1, chosen at random so that clusters started together do not race for one port.
pub(super) fn pick() -> Option<u16> {
    let setting = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let range = below_ephemeral(&setting);
    (0..TRIES)
        .map(|_| rand::random_range(range.clone()))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

/// If the machine's ephemeral range begins at or below `LOWEST`, no port is safe, so the default range is used.
fn below_ephemeral(setting: &str) -> Range<u16> {
    let start = setting
        .split_whitespace()
        .next()
        .and_then(|low| low.parse().ok())
        .filter(|low| *low > LOWEST);
    LOWEST..start.unwrap_or(EPHEMERAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_ends_where_the_ephemeral_one_begins() {
        assert_eq!(below_ephemeral("32768\t60999\n"), 20_000..32_768);
        assert_eq!(below_ephemeral("49152 65535"), 20_000..49_152);
    }

    #[test]
    fn an_ephemeral_range_without_room_below_or_an_unreadable_one_falls_back() {
        assert_eq!(below_ephemeral("1024 65535"), 20_000..32_768);
        assert_eq!(below_ephemeral(""), 20_000..32_768);
    }

    #[test]
    fn the_picked_port_can_be_bound() {
        let port = pick().unwrap();
        assert!(port >= LOWEST);
    }
}
