use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

fn grounds<'a>(address: Option<&str>, proxies: &'a [IpNet]) -> Grounds<'a> {
    Grounds { by: "user:1", address: address.map(|text| text.parse().unwrap()), proxies, now: NOW }
}

fn decided(network: &str) -> Result<String, String> {
    let proxies = ["10.0.0.0/8", "2001:db8:ffff::7/128"].map(|proxy| proxy.parse().unwrap());
    let wish = Wish { network, term: "1d", reason: " somebody guesses passwords " };
    let block = decide(&wish, &grounds(Some("198.51.100.7"), &proxies));
    block.map(|block| block.network.to_string()).map_err(|refusals| refusals[0].message.clone())
}

#[test]
fn a_network_is_blocked_unless_it_shuts_out_whoever_must_come_in() {
    for (given, network) in [
        ("203.0.113.7", "203.0.113.7/32"),
        (" 203.0.113.7/24 ", "203.0.113.0/24"),
        ("203.0.0.0/16", "203.0.0.0/16"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("2001:db9::/32", "2001:db9::/32"),
        ("2001:db8:ffff::8/127", "2001:db8:ffff::8/127"),
    ] {
        assert_eq!(decided(given).as_deref(), Ok(network), "{given}");
    }
    for (given, why) in [
        ("", "Write a network"),
        ("203.0.113", "Write a network"),
        ("203.0.113.0/33", "Write a network"),
        ("all", "Write a network"),
        ("203.0.0.0/15", "at most a /16"),
        ("0.0.0.0/0", "at most a /16"),
        ("2001::/31", "at most a /32"),
        ("::/0", "at most a /32"),
        ("::ffff:203.0.113.7", "as one"),
        ("::ffff:203.0.113.0/120", "as one"),
        ("127.0.0.1", "the server itself"),
        ("127.9.0.0/16", "the server itself"),
        ("::1", "the server itself"),
        ("::/64", "the server itself"),
        ("10.1.2.0/24", "trusted proxy"),
        ("2001:db8:ffff::/48", "trusted proxy"),
        ("198.51.0.0/16", "You are in it yourself"),
        ("198.51.100.7", "You are in it yourself"),
    ] {
        let refused = decided(given).expect_err(given);
        assert!(refused.contains(why), "{given}: {refused}");
    }
}

#[test]
fn what_is_wrong_is_said_of_each_field() {
    let long = "x".repeat(201);
    for (network, term, reason, fields) in [
        ("x", "x", "", &["network", "for", "reason"][..]),
        ("203.0.113.7", "2h", "why", &["for"]),
        ("203.0.113.7", "1h", " ", &["reason"]),
        ("203.0.113.7", "1h", "two\nlines", &["reason"]),
        ("203.0.113.7", "1h", &long, &["reason"]),
    ] {
        let refusals = decide(&Wish { network, term, reason }, &grounds(None, &[])).unwrap_err();
        assert_eq!(refusals.iter().map(|refusal| refusal.field).collect::<Vec<_>>(), fields);
    }
}

#[test]
fn a_block_ends_by_itself() {
    for (term, hours) in [("1h", 1), ("1d", 24), ("7d", 168), ("90d", 2160)] {
        let block = decide(&Wish { network: "203.0.113.0/24", term, reason: "why" }, &grounds(None, &[])).unwrap();
        let blocks = Blocks::new([(block.network, block.ends_at)]);
        let holds = |at| blocks.hold("203.0.113.9".parse().unwrap(), at);
        let last = NOW + Duration::hours(hours) - Duration::SECOND;
        assert_eq!([holds(NOW), holds(last), holds(last + Duration::SECOND)], [true, true, false], "{term}");
    }
}

fn networks() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<[u8; 2]>(), 16..=32_u8).prop_map(|([a, b], length)| (IpAddr::from([203, 0, a, b]), length));
    let v6 = (any::<[u16; 2]>(), 32..=128_u8)
        .prop_map(|([a, b], length)| (IpAddr::from([0x2001, 0xdb8, a, b, 0, 0, a, b]), length));
    prop_oneof![v4, v6].prop_map(|(address, length)| IpNet::new(address, length).unwrap())
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 2]>().prop_map(|[a, b]| IpAddr::from([203, 0, a, b])),
        any::<[u16; 2]>().prop_map(|[a, b]| IpAddr::from([0x2001, 0xdb8, a, b, 0, 0, a, b])),
        any::<[u8; 2]>().prop_map(|[a, b]| IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xcb00, u16::from_be_bytes([a, b])])),
    ]
}

proptest! {
    /// The same as looking at each network, one after the other.
    #[test]
    fn an_address_is_held_by_the_networks_that_contain_it(
        blocks in prop::collection::vec((networks(), -2_i64..3), 0..40),
        address in addresses(),
        near in any::<prop::sample::Index>(),
        is_near in any::<bool>(),
    ) {
        let blocks = blocks.into_iter().map(|(network, hours)| (network, NOW + Duration::hours(hours))).collect::<Vec<_>>();
        let address = if is_near && !blocks.is_empty() { near.get(&blocks).0.broadcast() } else { address };

        let held = Blocks::new(blocks.iter().copied()).hold(address, NOW);

        let plainly = blocks.iter().any(|(network, until)| network.contains(&address.to_canonical()) && NOW < *until);
        prop_assert_eq!(held, plainly);
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused(text in ".{0,60}") {
        let _ = decide(&Wish { network: &text, term: &text, reason: &text }, &grounds(Some("198.51.100.7"), &[]));
    }
}
