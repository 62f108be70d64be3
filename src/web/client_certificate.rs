//! The certificate that the client of a request has shown: to us, or to a proxy of ours, which says so by `Client-Cert` and
//! `Client-Cert-Chain` ([RFC 9440]).
//!
//! [RFC 9440]: https://www.rfc-editor.org/rfc/rfc9440

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::client_address::TrustedProxies;
use crate::{keys::certificate, protocol::confirmation::Thumbprint, server::ClientCertificate};

const CLIENT_CERT: &str = "client-cert";
const CLIENT_CERT_CHAIN: &str = "client-cert-chain";

/// Characters of a header that are read.
const MOST_TEXT: usize = 16 * 1024;
/// Certificates that a proxy may send behind the client's own.
const MOST_IN_CHAIN: usize = 8;

/// Whose word on certificates is believed.
#[derive(Clone)]
pub struct CertificateHeader {
    proxies: Option<TrustedProxies>,
}

impl CertificateHeader {
    /// These proxies', if the settings say that they speak of certificates. One that does not know the header would pass
    /// on what a client has written there.
    #[must_use]
    pub fn new(proxies: &TrustedProxies, is_set: bool) -> Self {
        Self { proxies: is_set.then(|| proxies.clone()) }
    }
}

/// Middleware: makes what a proxy says a [`ClientCertificate`], like one of a connection. The headers go no further, whoever
/// has sent them; and beside a certificate of the connection itself they count for nothing (MT-01).
pub async fn find_client_certificate(
    State(rule): State<CertificateHeader>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_said = rule.proxies.is_some_and(|proxies| proxies.sent(request.extensions()));
    if is_said && request.extensions().get::<ClientCertificate>().is_none() {
        match read(request.headers()) {
            Ok(Some(certificate)) => drop(request.extensions_mut().insert(certificate)),
            Ok(None) => {}
            Err(Malformed) => {
                tracing::info!(target: "refusal", reason = "the certificate that a proxy names is malformed, so it is none");
            }
        }
    }
    for name in [CLIENT_CERT, CLIENT_CERT_CHAIN] {
        request.headers_mut().remove(name);
    }
    next.run(request).await
}

/// The thumbprint of the certificate that the client of a request shows: what its tokens may be bound to (RFC 8705 §3).
#[must_use]
pub fn shown(request: &Extensions) -> Option<Thumbprint> {
    let certificate = request.get::<ClientCertificate>()?;
    certificate::thumbprint(certificate.der()).parse().ok()
}

/// Not what the RFC says, so it may not be the proxy alone that wrote it.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// One certificate in one line (§2.2); and the others, in any number of lines (§2.3), not without the first.
fn read(headers: &HeaderMap) -> Result<Option<ClientCertificate>, Malformed> {
    let mut own = headers.get_all(CLIENT_CERT).iter();
    let chain = headers.get_all(CLIENT_CERT_CHAIN);
    let own = match (own.next(), own.next()) {
        (Some(own), None) => byte_sequence(own.as_bytes()).ok_or(Malformed)?,
        (None, _) if chain.iter().next().is_none() => return Ok(None),
        _ => return Err(Malformed),
    };
    let members = chain.iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let members = members.take(MOST_IN_CHAIN + 1).map(|member| byte_sequence(member).map(Into::into));
    let chain = members.collect::<Option<Vec<_>>>().filter(|chain| chain.len() <= MOST_IN_CHAIN);
    Ok(Some(ClientCertificate::new(own.into(), chain.ok_or(Malformed)?)))
}

/// A byte sequence of a structured field (RFC 9651 §3.3.5): base64 between colons, and no parameters. It is not empty.
fn byte_sequence(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let encoded = text.strip_prefix(b":")?.strip_suffix(b":")?;
    let decoded = (encoded.len() <= MOST_TEXT).then(|| STANDARD.decode(encoded).ok())?;
    decoded.filter(|decoded| !decoded.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use axum::{Router, body::Body, http::HeaderValue, middleware, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::server::PeerAddress;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line =
            |(name, value): &(&'static str, &str)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap());
        lines.iter().map(line).fold(HeaderMap::new(), |mut all, (name, value): (axum::http::HeaderName, _)| {
            all.append(name, value);
            all
        })
    }

    fn told(certificate: &ClientCertificate) -> String {
        let mut text = String::from_utf8_lossy(certificate.der()).into_owned();
        for one in certificate.chain() {
            write!(text, "<{}", String::from_utf8_lossy(one)).unwrap();
        }
        text
    }

    fn seen(lines: &[(&'static str, &str)]) -> Result<Option<String>, Malformed> {
        read(&headers(lines)).map(|found| found.as_ref().map(told))
    }

    #[test]
    fn a_certificate_is_one_byte_sequence_and_its_chain_a_list_of_them() {
        let own = ("client-cert", ":b3du:");
        for (lines, expected) in [
            (&[][..], None),
            (&[own], Some("own")),
            (&[("client-cert", "  :b3du: ")], Some("own")),
            (&[own, ("client-cert-chain", ":Y2E=:")], Some("own<ca")),
            (&[own, ("client-cert-chain", ":Y2E=:, :cm9vdA==:")], Some("own<ca<root")),
            (&[own, ("client-cert-chain", ":Y2E=:"), ("client-cert-chain", ":cm9vdA==:")], Some("own<ca<root")),
        ] {
            assert_eq!(seen(lines).unwrap().as_deref(), expected, "{lines:?}");
        }
    }

    /// MT-02
    #[test]
    fn mt_02_what_is_not_exactly_that_is_no_certificate() {
        let own = ("client-cert", ":b3du:");
        let long = format!(":{}:", "AAAA".repeat(MOST_TEXT / 4 + 1));
        let many = [":Y2E=:"; MOST_IN_CHAIN + 1].join(",");
        for lines in [
            &[("client-cert", "")][..],
            &[("client-cert", "b3du")],
            &[("client-cert", "::")],
            &[("client-cert", ":b3du")],
            &[("client-cert", ":b3du:;a=1")],
            &[("client-cert", ":b3du:, :b3du:")],
            &[("client-cert", ":b3du :")],
            &[("client-cert", ":Y2E:")],
            &[("client-cert", ":Y2F=:")],
            &[("client-cert", ":b3-_:")],
            &[("client-cert", "-----BEGIN CERTIFICATE-----")],
            &[("client-cert", "%2D%2D")],
            &[("client-cert", &long)],
            &[own, own],
            &[own, ("client-cert-chain", "")],
            &[own, ("client-cert-chain", ":Y2E=:,")],
            &[own, ("client-cert-chain", "Y2E=")],
            &[own, ("client-cert-chain", &many)],
            &[("client-cert-chain", ":Y2E=:")],
        ] {
            assert_eq!(seen(lines), Err(Malformed), "{lines:?}");
        }
    }

    /// What a handler sees: the certificate, and whether a header is left.
    async fn handled(peer: &str, is_set: bool, own: Option<&str>) -> String {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let handler = async |request: Request| {
            let names = request.headers().keys().map(ToString::to_string).collect::<String>();
            names + &request.extensions().get().map_or("none".to_owned(), told)
        };
        let rule = CertificateHeader::new(&trusted, is_set);
        let router =
            Router::new().route("/", get(handler)).layer(middleware::from_fn_with_state(rule, find_client_certificate));
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        *request.headers_mut() = headers(&[("client-cert", ":b3du:"), ("client-cert-chain", ":Y2E=:")]);
        request.extensions_mut().insert(PeerAddress(peer.parse().unwrap()));
        if let Some(own) = own {
            let certificate = ClientCertificate::new(own.as_bytes().to_vec().into(), Vec::new());
            request.extensions_mut().insert(certificate);
        }
        let body = router.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// MT-01
    #[tokio::test]
    async fn mt_01_only_a_proxy_that_is_trusted_with_it_says_which_certificate_there_is() {
        assert_eq!(handled("10.1.2.3:1", true, None).await, "own<ca");
        assert_eq!(handled("[::ffff:10.1.2.3]:1", true, None).await, "own<ca");
        assert_eq!(handled("192.0.2.1:1", true, None).await, "none");
        assert_eq!(handled("10.1.2.3:1", false, None).await, "none");
        assert_eq!(handled("10.1.2.3:1", true, Some("shown to us")).await, "shown to us");
        assert_eq!(handled("192.0.2.1:1", true, Some("shown to us")).await, "shown to us");
    }
}
