//! The way to the mail server: encrypted, or on this machine.

use std::time::Duration;

use anyhow::{Context, Result};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        response::{Category, Severity},
    },
};

use super::Letter;
use crate::config::{MailSettings, SmtpEncryption};

/// How long one step of the conversation with the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who takes our mail.
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not sent. What the server said is not in it: it may quote the address.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// The server will never take this mail.
    #[error("the mail server refused it for good: {0}")]
    Refused(String),
    /// It may take it later.
    #[error("{0}")]
    Later(String),
}

impl Post {
    /// Makes ready to send. Nothing is connected yet.
    ///
    /// # Errors
    /// The certificates of the settings cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self> {
        let server = &settings.server;
        let tls = match server.encryption {
            SmtpEncryption::Implicit => Tls::Wrapper(tls(settings)?),
            SmtpEncryption::Required => Tls::Required(tls(settings)?),
            SmtpEncryption::None => Tls::None,
        };
        // "Dangerous" is the name of a builder that encrypts only if told to, which we do.
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .timeout(Some(PATIENCE))
            .tls(tls);
        if let Some((name, password)) = &server.credentials {
            transport = transport.credentials(Credentials::new(name.clone(), password.expose().to_owned()));
        }
        Ok(Self { transport: transport.build(), from: settings.from.clone() })
    }

    /// Sends one letter to its one recipient (LG-24).
    ///
    /// # Errors
    /// [`Undelivered`]
    pub async fn send(&self, letter: Letter) -> Result<(), Undelivered> {
        let refused = |what: &str| Undelivered::Refused(what.to_owned());
        let address = letter.to.parse().map_err(|_| refused("the address is malformed"))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(letter.subject)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|_| refused("the message cannot be built"))?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| undelivered(&error))
    }
}

fn tls(settings: &MailSettings) -> Result<TlsParameters> {
    let mut tls = TlsParameters::builder(settings.server.host.clone());
    if let Some(pem) = &settings.authorities {
        let authorities = Certificate::from_pem(pem).context("mail.ca_file holds no certificates")?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authorities);
    }
    Ok(tls.build()?)
}

/// Only what the server says about this mail is final (RFC 5321 §4.2.1, x5x); that it does not let us in, for example,
/// can be mended.
fn undelivered(error: &Error) -> Undelivered {
    match error.status() {
        Some(code)
            if code.severity == Severity::PermanentNegativeCompletion && code.category == Category::MailSystem =>
        {
            Undelivered::Refused(code.to_string())
        }
        Some(code) => Undelivered::Later(format!("the mail server answered {code}")),
        None if error.is_tls() => Undelivered::Later("the mail server's certificate or encryption is not good".into()),
        None if error.is_timeout() => Undelivered::Later("the mail server took too long".into()),
        None => Undelivered::Later("the mail server cannot be reached".into()),
    }
}
