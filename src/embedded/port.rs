//! A port for a server which stays up: free now, and not one the kernel hands out to outgoing connections a moment later.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Below lie most ports with a registered use.
const LOWEST: u16 = 20_000;
/// Linux' own start of the ephemeral range, see ip(7).
const EPHEMERAL: u16 = 32_768;
const TRIES: usize = 200;

/// A free port of 127.0.0.1, chosen at random so that clusters started together do not race for the same one.
pub(super) fn pick() -> Option<u16> {
    let setting = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let range = below_ephemeral(&setting);
    (0..TRIES)
        .map(|_| rand::random_range(range.clone()))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

/// A machine whose ephemeral range begins at or below our lowest port leaves no room; the usual range serves it as well as any other.
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
