//! A certificate for this machine, of an authority that is made for it alone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use time::Duration;

use super::demo::write_private;
use crate::{clock::Clock, config::TlsFiles};

/// How long a certificate is good: what browsers take, and nobody leaves a demo running for.
const GOOD_FOR: Duration = Duration::days(397);
/// One that ends sooner is made anew.
const ENDING: Duration = Duration::days(30);

/// A certificate, and the authority that vouches for it.
pub struct OwnCertificate {
    /// The files that the server needs.
    pub files: TlsFiles,
    /// The authority's certificate as PEM: clients that trust it trust the server.
    pub authority: PathBuf,
}

/// The certificate of a data folder. It is made if there is none, or none that is good for some time.
///
/// # Errors
/// The folder cannot be written to.
pub fn own_certificate(data_dir: &Path) -> Result<OwnCertificate> {
    let folder = data_dir.join("tls");
    let [authority, certificate, key] = ["authority.pem", "certificate.pem", "key.pem"].map(|name| folder.join(name));
    let own = OwnCertificate { files: TlsFiles { certificate, key }, authority };
    if !is_good(&own) {
        fs::create_dir_all(&folder)?;
        make(&own)?;
    }
    Ok(own)
}

fn is_good(own: &OwnCertificate) -> bool {
    let made_at = fs::metadata(&own.authority).and_then(|file| file.modified());
    let age = made_at.map(|at| Clock::default().now() - time::OffsetDateTime::from(at));
    own.files.certificate.exists() && own.files.key.exists() && age.is_ok_and(|age| age < GOOD_FOR - ENDING)
}

/// The authority's key is forgotten: it vouches for nothing else.
fn make(own: &OwnCertificate) -> Result<()> {
    let now = Clock::default().now();
    let good = |mut params: CertificateParams| {
        (params.not_before, params.not_after) = (now - Duration::DAY, now + GOOD_FOR);
        params
    };
    let mut authority = good(CertificateParams::default());
    authority.distinguished_name.push(DnType::CommonName, "Portcullis on this machine");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let key = KeyPair::generate()?;
    let mut certificate = good(CertificateParams::new(names)?);
    certificate.distinguished_name.push(DnType::CommonName, "localhost");
    let certificate = certificate.signed_by(&key, &authority)?;
    write_private(&own.files.key, &key.serialize_pem())?;
    fs::write(&own.files.certificate, certificate.pem())?;
    fs::write(&own.authority, authority.pem())?;
    Ok(())
}
