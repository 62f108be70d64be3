//! The settings of throttles, request limits and denied networks.

use ipnet::IpNet;

use super::{source::Source, value};

/// How many failures and requests are too many, and whose. The comments name the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defence {
    /// `defence.address_failures`: sign-ins that may fail in a minute from one address (IPv6: one /64); 30 if not given.
    pub address_failures: u32,
    /// `defence.block_failures`: the same for its block (IPv4 /24, IPv6 /48); 30 if not given. More where a block is shared
    /// by many users.
    pub block_failures: u32,
    /// `defence.address_connections`: connections that one address (IPv6: one /64) may have open; 512 if not given. Trusted
    /// proxies and [`allowed_networks`](Self::allowed_networks) have no such limit.
    pub address_connections: u32,
    /// `defence.tighten_above`: sign-ins that may fail in a minute in the whole installation before limits are halved; at
    /// four times as many they are quartered. 60 if not given.
    pub tighten_above: u32,
    /// `defence.allowed_networks`: not limited by address: an office, a load test.
    pub allowed_networks: Vec<IpNet>,
    /// `defence.denied_networks`: refused altogether.
    pub denied_networks: Vec<IpNet>,
    /// `console.allowed_networks`: from where the console can be reached; from everywhere if not given.
    pub console_networks: Vec<IpNet>,
    /// `rate_limits.…`
    pub rates: Rates,
}

/// Requests in a second that one sender may keep up; for a moment ten times as many. None can be zero: "off" would be as
/// easily misread as it is hard to notice, and a very high number does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// `rate_limits.pages`: pages, and the beginning of sign-ins, for each address; 20 if not given.
    pub pages: u32,
    /// `rate_limits.tokens`: issuing and revoking tokens, for each address and each client; 200 if not given.
    pub tokens: u32,
    /// `rate_limits.questions`: introspection, userinfo, keys and metadata, for each address and each client; 2000 if not
    /// given.
    pub questions: u32,
    /// `rate_limits.api`: the admin API, for each client that calls it by itself and each user who signed in; 50 if not given.
    pub api: u32,
}

impl Default for Defence {
    fn default() -> Self {
        Self {
            address_failures: 30,
            block_failures: 30,
            address_connections: 512,
            tighten_above: 60,
            allowed_networks: Vec::new(),
            denied_networks: Vec::new(),
            console_networks: Vec::new(),
            rates: Rates { pages: 20, tokens: 200, questions: 2000, api: 50 },
        }
    }
}

impl Defence {
    pub(super) fn read<E: Fn(&str) -> Option<String>>(s: &mut Source<E>) -> Option<Self> {
        let default = Self::default();
        let mut number = |key, default| s.or_default(key, default, value::whole_number(1..=1_000_000));
        let address_failures = number("defence.address_failures", default.address_failures);
        let block_failures = number("defence.block_failures", default.block_failures);
        let address_connections = number("defence.address_connections", default.address_connections);
        let tighten_above = number("defence.tighten_above", default.tighten_above);
        let pages = number("rate_limits.pages", default.rates.pages);
        let tokens = number("rate_limits.tokens", default.rates.tokens);
        let questions = number("rate_limits.questions", default.rates.questions);
        let api = number("rate_limits.api", default.rates.api);
        let allowed_networks = s.list("defence.allowed_networks", value::network);
        let denied_networks = s.list("defence.denied_networks", value::network);
        let console_networks = s.list("console.allowed_networks", value::network);
        Some(Self {
            address_failures: address_failures?,
            block_failures: block_failures?,
            address_connections: address_connections?,
            tighten_above: tighten_above?,
            allowed_networks: allowed_networks?,
            denied_networks: denied_networks?,
            console_networks: console_networks?,
            rates: Rates { pages: pages?, tokens: tokens?, questions: questions?, api: api? },
        })
    }
}
