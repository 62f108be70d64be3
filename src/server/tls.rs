//! TLS by a certificate and a key of ours, from files that are taken anew when they change.
//!
//! TLS 1.3, and 1.2 with what rustls knows of it: ECDHE and AEAD alone ([RFC 9325]). Connections that are open keep the
//! certificate that they began with. Files that do not go together, or cannot be read, change nothing but the log.
//!
//! By mutual TLS ([RFC 8705]) clients are asked for a certificate of theirs too. Those handshakes are never cut short: who comes
//! back proves again that the key is there, and no connection bears a certificate that another one has shown (MT-08).
//!
//! [RFC 8705]: https://www.rfc-editor.org/rfc/rfc8705
//! [RFC 9325]: https://www.rfc-editor.org/rfc/rfc9325

mod any_certificate;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{Context, SHA256};
use metrics::gauge;
use time::OffsetDateTime;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::aws_lc_rs::{Ticketer, default_provider},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{NoServerSessionStorage, ProducesTickets},
        version::{TLS12, TLS13},
    },
};
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use self::any_certificate::AnyCertificate;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why a certificate and a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum TlsError {
    #[error("the file {} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the file {} holds no certificates in PEM", .0.display())]
    NoCertificate(PathBuf),
    #[error("the file {} holds no private key in PEM", .0.display())]
    NoKey(PathBuf),
    #[error("the first certificate in {} cannot be read", .0.display())]
    Malformed(PathBuf),
    #[error("the key is not the one of the certificate")]
    Mismatch,
    #[error("they cannot be served: {0}")]
    Refused(rustls::Error),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InconsistentKeys(_) => Self::Mismatch,
            other => Self::Refused(other),
        }
    }
}

/// What connections begin with.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    /// The same for every certificate: whoever comes back needs no whole handshake (RFC 8446 §2.2).
    tickets: Arc<dyn ProducesTickets>,
    current: ArcSwap<Current>,
}

/// A certificate with its key, as they were read.
struct Current {
    config: Arc<ServerConfig>,
    mutual: Arc<ServerConfig>,
    ends_at: OffsetDateTime,
    /// Of the files that it was read from.
    digest: Vec<u8>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads a certificate, with those that lead to its authority behind it, and its key, each as PEM.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let tickets = Ticketer::new()?;
        let current = read(certificate, key)?.load(certificate, key, &tickets)?;
        let current = ArcSwap::from_pointee(current);
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), tickets, current })
    }

    /// For the next connection.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.load().config))
    }

    /// The same, where clients are asked for a certificate of theirs.
    #[must_use]
    pub fn mutual_acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.load().mutual))
    }

    /// When the certificate ends.
    #[must_use]
    pub fn ends_at(&self) -> OffsetDateTime {
        self.current.load().ends_at
    }

    /// Takes the files anew if they have changed. `true`: they had.
    ///
    /// # Errors
    /// [`TlsError`]: what was there before serves on.
    pub fn refresh(&self) -> Result<bool, TlsError> {
        let files = read(&self.certificate, &self.key)?;
        if files.digest() == self.current.load().digest {
            return Ok(false);
        }
        self.current.store(Arc::new(files.load(&self.certificate, &self.key, &self.tickets)?));
        Ok(true)
    }

    /// Looks at the files for ever. Who replaces two files does one after the other, so a failure is told only if it is still
    /// there at the next look.
    pub(super) async fn watch(self: &Arc<Self>) {
        let (mut seen, mut told) = (None, None);
        gauge!("portcullis_tls_files_refused").set(0.0);
        loop {
            gauge!("portcullis_tls_certificate_ends_timestamp_seconds").set(seconds(self.ends_at()));
            tokio::time::sleep(LOOK_EVERY).await;
            let tls = Arc::clone(self);
            let failure = match tokio::task::spawn_blocking(move || tls.refresh()).await {
                Ok(Ok(changed)) => {
                    if changed {
                        tracing::info!(ends_at = %self.ends_at(), "the TLS certificate was taken anew");
                    }
                    None
                }
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if failure != told && (failure.is_none() || failure == seen) {
                if let Some(error) = &failure {
                    tracing::error!(%error, "the TLS certificate could not be taken anew: the one before serves on");
                }
                gauge!("portcullis_tls_files_refused").set(if failure.is_some() { 1.0 } else { 0.0 });
                told.clone_from(&failure);
            }
            seen = failure;
        }
    }
}

/// What the files hold.
struct Files {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

fn read(certificate: &Path, key: &Path) -> Result<Files, TlsError> {
    let read = |path: &Path| fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
    Ok(Files { certificate: read(certificate)?, key: Zeroizing::new(read(key)?) })
}

impl Files {
    fn digest(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        context.update(&self.certificate.len().to_be_bytes());
        context.update(&self.certificate);
        context.update(&self.key);
        context.finish().as_ref().to_vec()
    }

    fn load(&self, certificate: &Path, key: &Path, tickets: &Arc<dyn ProducesTickets>) -> Result<Current, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| TlsError::NoCertificate(certificate.to_owned()))?;
        let (_, own) = chain
            .first()
            .and_then(|own| parse_x509_certificate(own).ok())
            .ok_or_else(|| TlsError::Malformed(certificate.to_owned()))?;
        let ends_at = own.validity().not_after.to_datetime();
        let private = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| TlsError::NoKey(key.to_owned()))?;
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?;
        let mutual = builder.clone().with_client_cert_verifier(AnyCertificate::verifier());
        let mut mutual = mutual.with_single_cert(chain.clone(), private.clone_key())?;
        mutual.session_storage = Arc::new(NoServerSessionStorage {});
        mutual.send_tls13_tickets = 0;
        let mut config = builder.with_no_client_auth().with_single_cert(chain, private)?;
        config.ticketer = Arc::clone(tickets);
        for config in [&mut config, &mut mutual] {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        Ok(Current { config: Arc::new(config), mutual: Arc::new(mutual), ends_at, digest: self.digest() })
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds are exact in it for a long time")]
fn seconds(at: OffsetDateTime) -> f64 {
    at.unix_timestamp() as f64
}
