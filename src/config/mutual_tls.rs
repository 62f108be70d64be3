//! Where clients show certificates of theirs, and who vouches for these (RFC 8705).

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;

use super::{Issuer, TlsFiles, source::Source, value};

/// How clients show certificates. Nothing of it is given: they cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MutualTls {
    /// `tls.mtls_listen`: where they are asked for one by us.
    pub listen: Option<SocketAddr>,
    /// `tls.mtls_url`: the origin that leads there. `None`: none but the issuer itself.
    pub url: Option<Issuer>,
    /// `tls.client_cert_header`: whether the proxies that we trust say which one a client has shown to them (RFC 9440).
    pub header: bool,
    /// `tls.client_ca` and `tls.client_crl`: who vouches for them. `None`: nobody, so they vouch for themselves.
    pub authorities: Option<AuthorityFiles>,
}

/// The authorities that vouch for clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityFiles {
    /// A file in PEM: their certificates.
    pub certificates: PathBuf,
    /// A file in PEM: their lists of certificates that are good no more.
    pub revoked: Option<PathBuf>,
}

impl MutualTls {
    /// `None`: something is wrong with it.
    pub(super) fn read<E: Fn(&str) -> Option<String>>(
        s: &mut Source<E>,
        issuer: Option<&Issuer>,
        tls: Option<&TlsFiles>,
        proxies: Option<&[IpNet]>,
    ) -> Option<Self> {
        let listen = s.or_default("tls.mtls_listen", None, |text| value::address(text).map(Some));
        let url = s.or_default("tls.mtls_url", None, |text| value::https_origin(text).map(Some));
        let header = s.or_default("tls.client_cert_header", false, value::switch);
        let certificates = s.or_default("tls.client_ca", None, |path| value::file(path).map(Some));
        let revoked = s.or_default("tls.client_crl", None, |path| value::file(path).map(Some));
        let (listen, given, header, certificates, revoked) = (listen?, url?, header?, certificates?, revoked?);

        let url = given.clone().or_else(|| issuer?.at_port(listen?.port()));
        let mut problem = |text: &str| s.problems.push(text.to_owned());
        if listen.is_some() && tls.is_none() {
            problem(
                "tls.mtls_listen: give tls.certificate and tls.key too, or let a proxy ask clients for certificates",
            );
        }
        if listen.is_some_and(|listen| listen.port() == 0) && given.is_none() {
            problem("tls.mtls_listen has no port of its own: give tls.mtls_url, the URL that leads there");
        } else if listen.is_some() && url.is_some() && url.as_ref() == issuer {
            problem(
                "tls.mtls_url would be the issuer itself, where nobody is asked for a certificate: give another URL",
            );
        }
        if given.is_some() && listen.is_none() && !header {
            problem(
                "tls.mtls_url: nobody is asked for a certificate there: give tls.mtls_listen, or tls.client_cert_header",
            );
        }
        if header && proxies.is_some_and(<[_]>::is_empty) {
            problem("tls.client_cert_header: name the proxies that set it in trusted_proxies, and nobody else");
        }
        if revoked.is_some() && certificates.is_none() {
            problem("tls.client_crl: give tls.client_ca too, the authorities whose lists these are");
        }
        let authorities = certificates.map(|certificates| AuthorityFiles { certificates, revoked });
        Some(Self { listen, url, header, authorities })
    }
}
