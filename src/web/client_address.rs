//! Whose request this is, by IP address: what throttles count by, and what the log and the audit trail name.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::server::PeerAddress;

/// Where an in-process request comes from, which no connection brought.
const IN_PROCESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The address of the client, behind the proxies that we trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The networks of the proxies whose headers are believed. Empty by default: then nobody's are.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Trusts these networks and nobody else.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// Whether the request with these extensions came over one of the proxies.
    #[must_use]
    pub fn sent(&self, request: &Extensions) -> bool {
        self.contain(peer(request))
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Middleware: finds the [`ClientAddress`] and makes it an extension of the request.
pub async fn find_client_address(State(trusted): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let address = client_address(peer(request.extensions()), request.headers(), &trusted);
    request.extensions_mut().insert(ClientAddress(address));
    next.run(request).await
}

/// The address that the middleware found; without it the other end of the connection.
impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

impl ClientAddress {
    /// The address that the middleware found; without it the other end of the connection.
    #[must_use]
    pub fn of(request: &Extensions) -> Self {
        request.get().copied().unwrap_or_else(|| Self(peer(request)))
    }
}

fn peer(request: &Extensions) -> IpAddr {
    request.get::<PeerAddress>().map_or(IN_PROCESS, |peer| peer.0.ip().to_canonical())
}

/// The right-most address of `X-Forwarded-For` that is not a proxy of ours: each proxy appends whom it saw, so what is
/// further left was written by somebody we do not know (LG-07). `Forwarded` (RFC 7239) is not read: proxies that know
/// only the other header pass it on as the client sent it.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|&b| b == b','));

    let mut address = peer;
    while trusted.contain(address) {
        let Some(earlier) = hops.next().and_then(parse_hop) else { break };
        address = earlier;
    }
    address
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?.trim();
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded_for: &[&'static str]) -> String {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in forwarded_for {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    /// LG-07
    #[test]
    fn a_header_from_anybody_else_says_nothing() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &[]), "192.0.2.1");
    }

    /// LG-07
    #[test]
    fn a_proxy_vouches_for_what_it_appended_only() {
        for (lines, client) in [
            (&["198.51.100.7"][..], "198.51.100.7"),
            (&["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
            (&["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            (&["1.1.1.1", "198.51.100.7", "fd00::1"], "198.51.100.7"),
            (&["198.51.100.7:4711"], "198.51.100.7"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["1.1.1.1, unknown"], "10.0.0.1"),
            (&["1.1.1.1, \u{0}", "10.0.0.2"][1..], "10.0.0.2"),
            (&[""], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", lines), client, "{lines:?}");
        }
    }

    #[test]
    fn a_request_without_connection_is_local() {
        assert_eq!(peer(&Extensions::new()).to_string(), "127.0.0.1");
    }
}
