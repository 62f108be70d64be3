//! Networks around an address: those of a household, an organisation, a provider.

use std::net::IpAddr;

use ipnet::IpNet;

/// The network that one sender controls: the address itself (IPv4), or its /64 (IPv6).
#[must_use]
pub fn address_of(address: IpAddr) -> IpNet {
    network(address, 32, 64)
}

/// How many times the limit of one sender the networks of [`senders_of`] have.
pub const SENDERS: [u32; 3] = [1, 4, 16];

/// The networks whose requests are counted for this address, the narrowest first, each with a factor for the limit of one
/// sender. For IPv4 that is the address alone. The owner of an IPv6 /48 can send from 65,536 different /64, so its /56 and its
/// /48 are counted too. Several senders may share those, so their limits are higher.
pub fn senders_of(address: IpAddr) -> impl Iterator<Item = (IpNet, u32)> {
    let networks = if address.is_ipv6() { &[64, 56, 48][..] } else { &[32] };
    networks.iter().zip(SENDERS).map(move |(&length, times)| (network(address, length, length), times))
}

/// The block that an address is in: /24, or /48, which is what one site is given.
#[must_use]
pub fn block_of(address: IpAddr) -> IpNet {
    network(address, 24, 48)
}

/// The network of the provider or organisation, roughly: /16, or /32.
#[must_use]
pub fn provider_of(address: IpAddr) -> IpNet {
    network(address, 16, 32)
}

/// Whether one of these networks holds the address.
#[must_use]
pub fn holds(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

fn network(address: IpAddr, v4: u8, v6: u8) -> IpNet {
    let length = if address.is_ipv4() { v4 } else { v6 };
    IpNet::new(address, length).map_or_else(|_| address.into(), |network| network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_apart_and_together() {
        let texts = |text: &str| {
            let address = text.parse().unwrap();
            [address_of(address), block_of(address), provider_of(address)].map(|network| network.to_string())
        };
        assert_eq!(texts("198.51.100.7"), ["198.51.100.7/32", "198.51.100.0/24", "198.51.0.0/16"]);
        assert_eq!(texts("2001:db8:1:2:3::7"), ["2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8::/32"]);
    }

    #[test]
    fn wider_networks_of_ipv6_may_send_more_and_not_without_limit() {
        let senders = |text: &str| {
            let senders = senders_of(text.parse().unwrap()).map(|(network, times)| format!("{network} x{times}"));
            senders.collect::<Vec<_>>()
        };
        assert_eq!(senders("198.51.100.7"), ["198.51.100.7/32 x1"]);
        let wider = ["2001:db8:1:230::/64 x1", "2001:db8:1:200::/56 x4", "2001:db8:1::/48 x16"];
        assert_eq!(senders("2001:db8:1:230::7"), wider);
    }
}
