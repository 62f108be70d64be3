//! Which counters count an attempt, and the limit of each.

use std::{fmt::Write, net::IpAddr};

use aws_lc_rs::digest;
use time::Duration;

use super::{Account, Attempt, Kind};
use crate::{
    config::Defence,
    network,
    policy::throttle::{Limit, WhenFull},
    store::throttles::Counted,
};

/// The kind of those counters that a success clears.
pub(super) const ACCOUNT: &str = "account";

/// The kind of those counters that nodes poll.
pub(super) const CLIENT: &str = "client";

/// For how long the failures of a client are added up, and for how long one that is repeated counts once.
pub(super) const WINDOW_OF_CLIENTS: Duration = Duration::minutes(1);

/// The most failures in a row, ever (NIST SP 800-63B-4 §3.2.2).
const BACKS_OFF: WhenFull = WhenFull::BacksOff { most: 100 };

/// The counters of an attempt, each with its limit.
pub(super) fn counted(defence: &Defence, attempt: &Attempt<'_>) -> Vec<(Counted, Limit)> {
    let mut counted = Vec::with_capacity(4);
    let is_at_home = attempt.device_known && matches!(attempt.kind, Kind::Password | Kind::SecondFactor);
    if let (Some(account), Some(limit)) = (attempt.account, account_limit(attempt.kind)) {
        let [anywhere, known_device] = account_keys(attempt.kind, account);
        let user_id = if let Account::User(user_id) = account { Some(user_id) } else { None };
        let key = if is_at_home { known_device } else { anywhere };
        counted.push((Counted { key, kind: ACCOUNT, user_id }, limit));
    }
    if let Some(address) = attempt.address()
        && !is_at_home
        && !network::holds(&defence.allowed_networks, address)
    {
        counted.extend(of_address(defence, attempt.kind, address));
    }
    counted.extend(of_client(attempt));
    counted
}

/// The keys of an account: for attempts from anywhere, and from devices that its user is known by.
pub(super) fn account_keys(kind: Kind, account: Account<'_>) -> [String; 2] {
    let whose = match account {
        Account::User(user_id) => format!("user:{user_id}"),
        Account::Unknown(name) => format!("name:{}", hashed(name)),
    };
    let kind = kind.as_str();
    [format!("{kind}:{whose}"), format!("{kind}:{whose}:known-device")]
}

/// The keys of a client at an address and in the networks around it, or of all the ids there that no client has; and how
/// many times the failures of one address each may have.
pub(super) fn client_keys(client: Option<&str>, address: IpAddr) -> impl Iterator<Item = (String, u32)> {
    let client = client.map_or(String::new(), hashed);
    network::senders_of(address).map(move |(network, times)| (format!("client:{client}:{network}"), times))
}

fn account_limit(kind: Kind) -> Option<Limit> {
    let quarter = Duration::minutes(15);
    match kind {
        Kind::Password => Some(Limit { failures: 10, window: quarter, then: BACKS_OFF }),
        Kind::SecondFactor => Some(Limit { failures: 5, window: quarter, then: BACKS_OFF }),
        Kind::Recovery | Kind::Registration | Kind::Client => None,
    }
}

fn of_address(defence: &Defence, kind: Kind, address: IpAddr) -> impl Iterator<Item = (Counted, Limit)> {
    let (what, window, one, block) = match kind {
        Kind::Password | Kind::SecondFactor => {
            ("sign_in", Duration::minutes(1), defence.address_failures, defence.block_failures)
        }
        Kind::Recovery | Kind::Registration => (kind.as_str(), Duration::hours(1), 10, 30),
        Kind::Client => return None.into_iter().flatten(),
    };
    let counter = move |kind, network, failures| {
        let counted = Counted { key: format!("{what}:{kind}:{network}"), kind, user_id: None };
        (counted, Limit { failures, window, then: WhenFull::Waits })
    };
    let (address, network) = (network::address_of(address), network::block_of(address));
    Some([counter("address", address, one), counter("block", network, block)]).into_iter().flatten()
}

fn of_client(attempt: &Attempt<'_>) -> impl Iterator<Item = (Counted, Limit)> {
    let (window, authenticates) = (WINDOW_OF_CLIENTS, attempt.kind == Kind::Client);
    let address = attempt.address().filter(|_| authenticates);
    let keys = address.into_iter().flat_map(|address| client_keys(attempt.client, address));
    let at_address = keys.map(move |(key, times)| {
        (Counted { key, kind: CLIENT, user_id: None }, Limit { failures: 20 * times, window, then: WhenFull::Waits })
    });
    let everywhere = attempt.client.map(|client| {
        let key = format!("{}:application:{}", attempt.kind.as_str(), hashed(client));
        let failures = if authenticates { 200 } else { 100 };
        (Counted { key, kind: "application", user_id: None }, Limit { failures, window, then: WhenFull::Tightens })
    });
    at_address.chain(everywhere)
}

/// Half of a SHA-256, in hexadecimal digits: enough to tell names apart, and no name in the clear.
fn hashed(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // a String takes everything
        hex
    })
}
