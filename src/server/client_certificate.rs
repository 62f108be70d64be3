//! The certificate that a client shows.

use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;

/// The certificate that the client of a request has shown, with those that lead to its authority: a request extension.
///
/// It was seen in a handshake, by us or by a proxy, that the client holds its key. That is all it proves: who relies on it
/// asks anew with each request whether it is good, since a connection may outlive it (MT-08).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate(Arc<Shown>);

#[derive(Debug, PartialEq, Eq)]
struct Shown {
    own: CertificateDer<'static>,
    chain: Vec<CertificateDer<'static>>,
}

impl ClientCertificate {
    /// The client's own certificate and those behind it, each as DER.
    #[must_use]
    pub fn new(own: CertificateDer<'static>, chain: Vec<CertificateDer<'static>>) -> Self {
        Self(Arc::new(Shown { own, chain }))
    }

    /// What a handshake brought, the client's own first.
    pub(super) fn of_handshake(shown: &[CertificateDer<'static>]) -> Option<Self> {
        let (own, chain) = shown.split_first()?;
        Some(Self::new(own.clone(), chain.to_vec()))
    }

    /// The client's own, as DER. Nobody has looked at it yet.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.0.own
    }

    /// What the client has sent with it.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }
}
