//! How `portcullis dev` is reached: in clear or by TLS, and where clients show certificates.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    config::Issuer,
    dev::tls::{OwnCertificate, client_certificate, own_certificate},
    keys::ClientAuthorities,
    server::{Listener, tls::Tls},
};

#[derive(Args)]
pub struct DoorArgs {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Speak TLS, with a certificate of an authority that is made for this folder: `tls/authority.pem`.
    #[arg(long)]
    tls: bool,
    /// With --tls: our certificate, and those that lead to its authority, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// With --tls: the private key of the certificate, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// With --tls: a second address, where clients are asked for a certificate of theirs; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", requires = "tls")]
    mtls_listen: Option<SocketAddr>,
    /// With --mtls-listen: who vouches for clients, as PEM. Without it an authority is made, with a client's certificate.
    #[arg(long, value_name = "FILE", requires = "mtls_listen")]
    client_ca: Option<PathBuf>,
}

impl DoorArgs {
    /// Makes sure that nobody comes from another machine.
    ///
    /// # Errors
    /// Somebody could.
    pub fn ensure_loopback(&self) -> Result<()> {
        for (name, address) in [("--listen", Some(self.listen)), ("--mtls-listen", self.mtls_listen)] {
            if address.is_some_and(|address| !address.ip().is_loopback()) {
                bail!("portcullis dev serves with known passwords: {name} must be a loopback address");
            }
        }
        Ok(())
    }
}

/// The doors, open.
pub struct Doors {
    pub issuer: Issuer,
    /// What `Host` may say beside the issuer.
    pub hosts: Vec<String>,
    pub tls: Option<Arc<Tls>>,
    /// The authority that was made for our certificate.
    pub authority: Option<PathBuf>,
    pub mutual: Option<MutualDoor>,
    pub listener: Listener,
}

/// Where clients show certificates.
pub struct MutualDoor {
    pub url: Issuer,
    pub authorities: Arc<ClientAuthorities>,
    client_ca: PathBuf,
    /// Made to try it out.
    client: Option<OwnCertificate>,
}

impl Doors {
    /// Opens them. Nobody is let in before the listener is served.
    ///
    /// # Errors
    /// An address is taken, or a file cannot be used.
    pub async fn open(args: &DoorArgs, issuer: Option<&Issuer>, data_dir: &Path) -> Result<Self> {
        let tcp = bind(args.listen).await?;
        let address = tcp.local_addr()?;
        let issuer = match issuer {
            Some(issuer) => issuer.clone(),
            None => format!("{}://localhost:{}", if args.tls { "https" } else { "http" }, address.port()).parse()?,
        };
        let mut hosts = vec![address.to_string()];
        let Some((tls, authority)) = certificate(args, data_dir)? else {
            let listener = Listener::Clear(tcp);
            return Ok(Self { issuer, hosts, tls: None, authority: None, mutual: None, listener });
        };
        let (mutual, mutual_tcp) = match args.mtls_listen {
            None => (None, None),
            Some(address) => {
                let tcp = bind(address).await?;
                let address = tcp.local_addr()?;
                hosts.extend(
                    ["localhost".to_owned(), address.ip().to_string()].map(|host| format!("{host}:{}", address.port())),
                );
                let url = issuer.at_port(address.port()).context("the issuer has no such port")?;
                (Some(mutual(args, url, data_dir)?), Some(tcp))
            }
        };
        let listener = Listener::Tls { tcp, tls: Arc::clone(&tls), mutual: mutual_tcp };
        Ok(Self { issuer, hosts, tls: Some(tls), authority, mutual, listener })
    }

    /// Says in `dev.json` what clients need to get in.
    pub fn describe(&self, description: &mut Value) {
        if let Some(authority) = &self.authority {
            description["tls_authority"] = json!(authority);
        }
        if let Some(mutual) = &self.mutual {
            description["mtls_url"] = mutual.url.as_str().into();
            description["client_ca"] = json!(mutual.client_ca);
            if let Some(client) = &mutual.client {
                description["client_certificate"] = json!(client.files.certificate);
                description["client_key"] = json!(client.files.key);
            }
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// The certificate that is to be served, and the file of the authority that was made for it.
fn certificate(args: &DoorArgs, data_dir: &Path) -> Result<Option<(Arc<Tls>, Option<PathBuf>)>> {
    Ok(match (args.tls, &args.tls_cert, &args.tls_key) {
        (false, ..) => None,
        (true, Some(certificate), Some(key)) => Some((Arc::new(Tls::load(certificate, key)?), None)),
        (true, ..) => {
            let own = own_certificate(data_dir)?;
            Some((Arc::new(Tls::load(&own.files.certificate, &own.files.key)?), Some(own.authority)))
        }
    })
}

fn mutual(args: &DoorArgs, url: Issuer, data_dir: &Path) -> Result<MutualDoor> {
    let client = if args.client_ca.is_none() { Some(client_certificate(data_dir)?) } else { None };
    let made = client.as_ref().map(|client| client.authority.clone());
    let client_ca = args.client_ca.clone().or(made).context("no authority for clients")?;
    let client_ca = std::path::absolute(client_ca)?;
    Ok(MutualDoor { url, authorities: Arc::new(ClientAuthorities::load(&client_ca, None)?), client_ca, client })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

    use super::*;
    use crate::{
        clock::Clock,
        keys::certificate,
        protocol::client_certificate::{ExpectedSubject, SubjectField},
    };

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        doors: DoorArgs,
    }

    fn args(text: &str) -> Result<DoorArgs, clap::Error> {
        Command::try_parse_from(text.split(' ')).map(|command| command.doors)
    }

    #[tokio::test]
    async fn a_client_is_made_whom_the_second_door_knows() {
        let folder = std::env::temp_dir().join(format!("portcullis-doors-{}", std::process::id()));
        let both = args("dev --listen 127.0.0.1:0 --tls --mtls-listen 127.0.0.1:0").unwrap();
        let doors = Doors::open(&both, None, &folder).await.unwrap();
        let mut description = json!({});
        doors.describe(&mut description);
        let mutual = doors.mutual.unwrap();

        assert!(doors.issuer.as_str().starts_with("https://localhost:"));
        assert_eq!(description["mtls_url"], mutual.url.as_str());
        let client_ca = description["client_ca"].as_str().unwrap().to_owned();
        let file = |name: &str| PathBuf::from(description[name].as_str().unwrap());
        let shown = CertificateDer::from_pem_file(file("client_certificate")).unwrap();
        let (now, read) = (Clock::default().now(), certificate::read(&shown).unwrap());
        mutual.authorities.ensure_vouched_for(&shown, &[], now).unwrap();
        read.ensure_fit(now).unwrap();
        let subject = ExpectedSubject::parse(SubjectField::Dn, "CN=demo-client,O=Portcullis").unwrap();
        assert!(subject.is_borne_by(&read) && file("client_key").exists());

        let given = args(&format!("dev --listen 127.0.0.1:0 --tls --mtls-listen 127.0.0.1:0 --client-ca {client_ca}"));
        let doors = Doors::open(&given.unwrap(), None, &folder).await.unwrap();
        let mut description = json!({});
        doors.describe(&mut description);
        assert_eq!((description["client_ca"].as_str(), description.get("client_key")), (Some(&*client_ca), None));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn nobody_comes_from_elsewhere_and_no_option_is_given_in_vain() {
        for text in ["dev --listen 0.0.0.0:0", "dev --tls --mtls-listen [::]:0"] {
            assert!(args(text).unwrap().ensure_loopback().is_err(), "{text}");
        }
        args("dev --tls --mtls-listen [::1]:0").unwrap().ensure_loopback().unwrap();
        for text in ["dev --mtls-listen 127.0.0.1:0", "dev --tls --client-ca a"] {
            assert!(args(text).is_err(), "{text}");
        }
    }
}
