//! The authorities that vouch for the certificates of clients ([RFC 8705 §2.1]), from files that are taken anew when they
//! change.
//!
//! Each certificate of the way to an authority must be good at the time of the request, and meant for what it is used for;
//! the client's own for TLS clients. With lists of what was revoked, each must be known by one of them that is in its time:
//! a list that nobody renews vouches for nothing any more (MT-06).
//!
//! [RFC 8705 §2.1]: https://www.rfc-editor.org/rfc/rfc8705#section-2.1

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{Context, SHA256};
use time::OffsetDateTime;
use tokio_rustls::rustls::{
    self, RootCertStore,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use x509_parser::parse_x509_crl;

/// Certificates between a client's and its authority that are looked at. Each may cost a signature.
const MOST_BETWEEN: usize = 8;

/// Why files of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum AuthoritiesError {
    #[error("the file {} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the file {} holds no certificates in PEM", .0.display())]
    NoCertificate(PathBuf),
    #[error("the file {} holds no revocation lists in PEM", .0.display())]
    NoList(PathBuf),
    #[error("the file {} holds a certificate that cannot be read", .0.display())]
    MalformedCertificate(PathBuf),
    #[error("the file {} holds a revocation list that cannot be read", .0.display())]
    MalformedList(PathBuf),
}

/// No authority vouches for a certificate, or not any more.
#[derive(Debug, thiserror::Error)]
#[error("no authority vouches for the certificate: {0}")]
pub struct NotVouchedFor(rustls::Error);

/// Who vouches for clients.
pub struct ClientAuthorities {
    certificates: PathBuf,
    revoked: Option<PathBuf>,
    current: ArcSwap<Current>,
}

/// What the files said when they were read.
struct Current {
    verifier: Arc<dyn ClientCertVerifier>,
    /// When the first of the lists ends.
    lists_end_at: Option<OffsetDateTime>,
    /// Of the files.
    digest: Vec<u8>,
}

impl ClientAuthorities {
    /// Reads authorities, and the lists of what they have revoked, each as PEM.
    ///
    /// # Errors
    /// [`AuthoritiesError`].
    pub fn load(certificates: &Path, revoked: Option<&Path>) -> Result<Self, AuthoritiesError> {
        let current = ArcSwap::from_pointee(Files::read(certificates, revoked)?.load(certificates, revoked)?);
        Ok(Self { certificates: certificates.to_owned(), revoked: revoked.map(Path::to_owned), current })
    }

    /// Takes the files anew if they have changed. `true`: they had.
    ///
    /// # Errors
    /// [`AuthoritiesError`]: what was there before holds on.
    pub fn refresh(&self) -> Result<bool, AuthoritiesError> {
        let revoked = self.revoked.as_deref();
        let files = Files::read(&self.certificates, revoked)?;
        if files.digest() == self.current.load().digest {
            return Ok(false);
        }
        self.current.store(Arc::new(files.load(&self.certificates, revoked)?));
        Ok(true)
    }

    /// When the first of the lists of revoked certificates ends: from then on those whose list it is prove nothing.
    #[must_use]
    pub fn lists_end_at(&self) -> Option<OffsetDateTime> {
        self.current.load().lists_end_at
    }

    /// Whether one of the authorities vouches for a client's certificate now, over those that came with it.
    ///
    /// # Errors
    /// [`NotVouchedFor`].
    pub fn ensure_vouched_for(
        &self,
        der: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: OffsetDateTime,
    ) -> Result<(), NotVouchedFor> {
        let since_1970 = Duration::from_secs(u64::try_from(now.unix_timestamp()).unwrap_or_default());
        let chain = chain.get(..MOST_BETWEEN).unwrap_or(chain);
        let verifier = Arc::clone(&self.current.load().verifier);
        let found = verifier.verify_client_cert(der, chain, UnixTime::since_unix_epoch(since_1970));
        found.map(|_| ()).map_err(NotVouchedFor)
    }
}

struct Files {
    certificates: Vec<u8>,
    revoked: Option<Vec<u8>>,
}

impl Files {
    fn read(certificates: &Path, revoked: Option<&Path>) -> Result<Self, AuthoritiesError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|source| AuthoritiesError::Unreadable { path: path.to_owned(), source })
        };
        Ok(Self { certificates: read(certificates)?, revoked: revoked.map(read).transpose()? })
    }

    fn digest(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        context.update(&self.certificates.len().to_be_bytes());
        context.update(&self.certificates);
        context.update(self.revoked.as_deref().unwrap_or_default());
        context.finish().as_ref().to_vec()
    }

    fn load(&self, certificates: &Path, revoked: Option<&Path>) -> Result<Current, AuthoritiesError> {
        let unusable = || AuthoritiesError::MalformedCertificate(certificates.to_owned());
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(&self.certificates) {
            roots.add(authority.map_err(|_| unusable())?).map_err(|_| unusable())?;
        }
        if roots.is_empty() {
            return Err(AuthoritiesError::NoCertificate(certificates.to_owned()));
        }
        let lists = match (&self.revoked, revoked) {
            (Some(text), Some(path)) => lists(text, path)?,
            _ => Vec::new(),
        };
        let ends = lists.iter().filter_map(|list| parse_x509_crl(list).ok()?.1.next_update());
        let lists_end_at = ends.map(|end| end.to_datetime()).min();
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
        let builder = builder.with_crls(lists).enforce_revocation_expiration();
        // What is left to fail are the lists: there are authorities.
        let malformed = |_| AuthoritiesError::MalformedList(revoked.unwrap_or(certificates).to_owned());
        Ok(Current { verifier: builder.build().map_err(malformed)?, lists_end_at, digest: self.digest() })
    }
}

fn lists(text: &[u8], path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, AuthoritiesError> {
    let lists = CertificateRevocationListDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
    let lists = lists.map_err(|_| AuthoritiesError::MalformedList(path.to_owned()))?;
    if lists.is_empty() { Err(AuthoritiesError::NoList(path.to_owned())) } else { Ok(lists) }
}

#[cfg(test)]
mod tests;
