//! Certificates for this machine, each of an authority that is made for it alone: the server's, and one for a client.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use time::Duration;

use super::demo::write_private;
use crate::{clock::Clock, config::TlsFiles};

/// How long a certificate is good: what browsers take, and nobody leaves a demo running for.
const GOOD_FOR: Duration = Duration::days(397);
/// One that ends sooner is made anew.
const ENDING: Duration = Duration::days(30);

/// A certificate, and the authority that vouches for it.
pub struct OwnCertificate {
    /// The files that its holder needs.
    pub files: TlsFiles,
    /// The authority's certificate as PEM: who trusts it trusts the holder.
    pub authority: PathBuf,
}

/// The server's certificate of a data folder. It is made if there is none, or none that is good for some time.
///
/// # Errors
/// The folder cannot be written to.
pub fn own_certificate(data_dir: &Path) -> Result<OwnCertificate> {
    found_or_made(data_dir, "", "Portcullis on this machine", || {
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut server = CertificateParams::new(names)?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        Ok(server)
    })
}

/// The same for a client, to try mutual TLS with.
///
/// # Errors
/// The folder cannot be written to.
pub fn client_certificate(data_dir: &Path) -> Result<OwnCertificate> {
    found_or_made(data_dir, "client-", "Clients on this machine", || {
        let mut client = CertificateParams::new(["demo-client.localhost".to_owned()])?;
        client.distinguished_name = DistinguishedName::new(); // or the common name comes first
        client.distinguished_name.push(DnType::OrganizationName, "Portcullis");
        client.distinguished_name.push(DnType::CommonName, "demo-client");
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok(client)
    })
}

fn found_or_made(
    data_dir: &Path,
    prefix: &str,
    authority_name: &str,
    params: impl FnOnce() -> Result<CertificateParams>,
) -> Result<OwnCertificate> {
    let folder = data_dir.join("tls");
    let file = |name: &str| folder.join(format!("{prefix}{name}.pem"));
    let files = TlsFiles { certificate: file("certificate"), key: file("key") };
    let own = OwnCertificate { files, authority: file("authority") };
    if !is_good(&own) {
        fs::create_dir_all(&folder)?;
        make(&own, authority_name, params()?)?;
    }
    Ok(own)
}

fn is_good(own: &OwnCertificate) -> bool {
    let made_at = fs::metadata(&own.authority).and_then(|file| file.modified());
    let age = made_at.map(|at| Clock::default().now() - time::OffsetDateTime::from(at));
    own.files.certificate.exists() && own.files.key.exists() && age.is_ok_and(|age| age < GOOD_FOR - ENDING)
}

/// The authority's key is forgotten: it vouches for nothing else.
fn make(own: &OwnCertificate, authority_name: &str, params: CertificateParams) -> Result<()> {
    let now = Clock::default().now();
    let good = |mut params: CertificateParams| {
        (params.not_before, params.not_after) = (now - Duration::DAY, now + GOOD_FOR);
        params
    };
    let mut authority = good(CertificateParams::default());
    authority.distinguished_name.push(DnType::CommonName, authority_name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let key = KeyPair::generate()?;
    let certificate = good(params).signed_by(&key, &authority)?;
    write_private(&own.files.key, &key.serialize_pem())?;
    fs::write(&own.files.certificate, certificate.pem())?;
    fs::write(&own.authority, authority.pem())?;
    Ok(())
}
