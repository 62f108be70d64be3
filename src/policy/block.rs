//! Networks that administrators block for a while: which may be, and whether an address is in one of them.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;
use time::{Duration, OffsetDateTime};

use super::refusal::{Fault, Refusal};

/// The most networks that are blocked at once.
pub const MOST_BLOCKS: usize = 1_000;
/// The widest networks that can be blocked, by their prefix: those of a provider, roughly.
const WIDEST: (u8, u8) = (16, 32);
/// The most characters of a reason.
pub const LONGEST_REASON: usize = 200;

/// For how long a network is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// One hour.
    Hour,
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// 90 days.
    Quarter,
}

impl Term {
    /// All, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Quarter];

    /// What forms, JSON and the command line call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Quarter => "90d",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hour => "1 hour",
            Self::Day => "1 day",
            Self::Week => "1 week",
            Self::Quarter => "90 days",
        }
    }

    const fn duration(self) -> Duration {
        match self {
            Self::Hour => Duration::hours(1),
            Self::Day => Duration::days(1),
            Self::Week => Duration::days(7),
            Self::Quarter => Duration::days(90),
        }
    }
}

impl FromStr for Term {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|term| term.as_str() == text).ok_or("Choose 1h, 1d, 7d or 90d.")
    }
}

/// A network that is blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which.
    pub network: IpNet,
    /// Why.
    pub reason: String,
    /// Who blocked it, as the audit trail names them.
    pub blocked_by: String,
    /// When.
    pub blocked_at: OffsetDateTime,
    /// Until when.
    pub ends_at: OffsetDateTime,
}

/// A network that somebody wants blocked, as they gave it.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// A network, or one address.
    pub network: &'a str,
    /// How long: a [`Term`].
    pub term: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Who blocks, and what must not be.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// Who, as the audit trail names them.
    pub by: &'a str,
    /// Where they are, if they come over a network.
    pub address: Option<IpAddr>,
    /// Our proxies.
    pub proxies: &'a [IpNet],
    /// When.
    pub now: OffsetDateTime,
}

/// The network that a text names: as `203.0.113.0/24`, or as one address. Bits behind its prefix are left out.
///
/// # Errors
/// It names none.
pub fn parse(text: &str) -> Result<IpNet, Refusal> {
    let text = text.trim();
    let address = || text.parse().ok().map(|address: IpAddr| IpNet::from(address));
    let network = text.parse::<IpNet>().ok().or_else(address).ok_or_else(|| {
        let what = "Write a network such as 203.0.113.0/24 or 2001:db8::/48, or one IP address.";
        Refusal::new("network", Fault::Malformed, what)
    })?;
    Ok(network.trunc())
}

/// The block that is wanted.
///
/// # Errors
/// Every reason why it cannot be.
pub fn decide(wish: &Wish<'_>, grounds: &Grounds<'_>) -> Result<Block, Vec<Refusal>> {
    let network = parse(wish.network).and_then(|network| admissible(network, grounds));
    let term = wish.term.parse::<Term>().map_err(|what| Refusal::new("for", Fault::Malformed, what));
    let reason = reason(wish.reason);
    match (network, term, reason) {
        (Ok(network), Ok(term), Ok(reason)) => Ok(Block {
            network,
            reason,
            blocked_by: grounds.by.to_owned(),
            blocked_at: grounds.now,
            ends_at: grounds.now + term.duration(),
        }),
        (network, term, reason) => Err([network.err(), term.err(), reason.err()].into_iter().flatten().collect()),
    }
}

fn admissible(network: IpNet, grounds: &Grounds<'_>) -> Result<IpNet, Refusal> {
    let refuse = |code, what: String| Err(Refusal::new("network", code, what));
    let widest = if network.addr().is_ipv4() { WIDEST.0 } else { WIDEST.1 };
    if network.prefix_len() < widest {
        let what = format!("{network} is too wide: block at most a /{widest} at once.");
        return refuse(Fault::OutOfBounds, what);
    }
    if network.addr().to_canonical().is_ipv4() != network.addr().is_ipv4() {
        return refuse(Fault::Malformed, "Write an IPv4 network as one: 203.0.113.0/24.".to_owned());
    }
    if is_loopback(&network) {
        return refuse(Fault::NotAllowed, "This is the server itself.".to_owned());
    }
    if let Some(proxy) = grounds.proxies.iter().find(|proxy| overlaps(proxy, &network)) {
        let what = format!("It has addresses of {proxy}, a trusted proxy: everybody comes from there.");
        return refuse(Fault::NotAllowed, what);
    }
    if let Some(address) = grounds.address.filter(|address| network.contains(&address.to_canonical())) {
        return refuse(Fault::NotAllowed, format!("You are in it yourself, at {address}."));
    }
    Ok(network)
}

fn is_loopback(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.addr().is_loopback(), // none that is admitted is wider than 127.0.0.0/8
        IpNet::V6(network) => network.contains(&Ipv6Addr::LOCALHOST),
    }
}

/// Networks have all of one another, or nothing.
fn overlaps(one: &IpNet, other: &IpNet) -> bool {
    one.contains(&other.addr()) || other.contains(&one.addr())
}

fn reason(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let refuse = |code, what: &str| Err(Refusal::new("reason", code, what));
    match text.chars().count() {
        0 => refuse(Fault::Required, "Say why, for whoever asks later."),
        1..=LONGEST_REASON if text.contains(char::is_control) => refuse(Fault::Malformed, "Write it on one line."),
        1..=LONGEST_REASON => Ok(text.to_owned()),
        _ => refuse(Fault::TooLong, "Write at most 200 characters."),
    }
}

/// The networks that are blocked, for one question: is this address in one of them? That takes one look for each length of
/// a prefix that there is.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    until: HashMap<IpNet, OffsetDateTime>,
    v4: Vec<u8>,
    v6: Vec<u8>,
}

impl Blocks {
    /// These networks, each until a time.
    pub fn new(blocks: impl IntoIterator<Item = (IpNet, OffsetDateTime)>) -> Self {
        let mut all = Self::default();
        for (network, until) in blocks {
            let network = network.trunc();
            let lengths = if network.addr().is_ipv4() { &mut all.v4 } else { &mut all.v6 };
            if !lengths.contains(&network.prefix_len()) {
                lengths.push(network.prefix_len());
            }
            let known = all.until.entry(network).or_insert(until);
            *known = until.max(*known);
        }
        all
    }

    /// Whether one of them holds the address now.
    #[must_use]
    pub fn hold(&self, address: IpAddr, now: OffsetDateTime) -> bool {
        let address = address.to_canonical();
        let lengths = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let networks = lengths.iter().filter_map(|length| IpNet::new(address, *length).ok());
        networks.filter_map(|network| self.until.get(&network.trunc())).any(|until| now < *until)
    }
}

#[cfg(test)]
mod tests;
