//! How mail is sent: by which server, and from which address.

use std::net::IpAddr;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::SecretText;

/// How mail is sent.
pub struct MailSettings {
    /// `mail.smtp_url`: the server that takes our mail.
    pub server: SmtpServer,
    /// `mail.from`: whom the mail is from, as `Name <address>` or an address alone.
    pub from: Mailbox,
    /// `mail.ca_file`: PEM certificates of the authorities that vouch for the server; if not given, those of the system.
    pub authorities: Option<Vec<u8>>,
}

/// A mail server.
pub struct SmtpServer {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port: 465 for implicit TLS, else 587.
    pub port: u16,
    /// When it begins to encrypt.
    pub encryption: SmtpEncryption,
    /// By which name and password we are let in.
    pub credentials: Option<(String, SecretText)>,
}

/// When a connection to a mail server begins to be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// At once: `smtps://`.
    Implicit,
    /// By STARTTLS, and without it nothing is sent: `smtp://`.
    Required,
    /// Never: `smtp://…?tls=none`, for a server on this machine.
    None,
}

impl SmtpServer {
    /// Reads a URL.
    ///
    /// # Errors
    /// What to give instead. Nothing of the URL is in it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "give a URL such as smtps://name:password@mail.example or smtp://mail.example:587";
        let url = Url::parse(text).map_err(|_| FORM)?;
        // The host of a URL that is not http is opaque; an address in it is found here.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
        let encryption = match (url.scheme(), url.query()) {
            ("smtps", None) => SmtpEncryption::Implicit,
            ("smtp", None | Some("tls=required")) => SmtpEncryption::Required,
            ("smtp", Some("tls=none")) if is_loopback(host) => SmtpEncryption::None,
            ("smtp", Some("tls=none")) => return Err("tls=none is for a server on this machine only"),
            _ => return Err(FORM),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(FORM);
        }
        let decoded = |text| percent_decode_str(text).decode_utf8().map_err(|_| FORM);
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (name, Some(password)) => Some((decoded(name)?.into_owned(), SecretText::new(&decoded(password)?))),
            (_, None) => return Err("a name needs a password: smtps://name:password@mail.example"),
        };
        let default = if encryption == SmtpEncryption::Implicit { 465 } else { 587 };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: url.port().unwrap_or(default), encryption, credentials })
    }
}

fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Ok(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_reached_encrypted_or_on_this_machine() {
        for (url, host, port, encryption) in [
            ("smtps://mail.example", "mail.example", 465, SmtpEncryption::Implicit),
            ("smtp://mail.example", "mail.example", 587, SmtpEncryption::Required),
            ("smtp://mail.example:25?tls=required", "mail.example", 25, SmtpEncryption::Required),
            ("smtp://127.0.0.1:25?tls=none", "127.0.0.1", 25, SmtpEncryption::None),
            ("smtp://[::1]?tls=none", "::1", 587, SmtpEncryption::None),
            ("smtp://localhost:1025?tls=none", "localhost", 1025, SmtpEncryption::None),
        ] {
            let server = SmtpServer::parse(url).unwrap_or_else(|problem| panic!("{url}: {problem}"));
            assert_eq!((server.host.as_str(), server.port, server.encryption), (host, port, encryption));
        }
        for url in [
            "mail.example",
            "http://mail.example",
            "smtps://",
            "smtp://mail.example?tls=none",
            "smtp://localhost.example?tls=none",
            "smtp://mail.example?tls=opportunistic",
            "smtps://mail.example/path",
            "smtps://name@mail.example",
        ] {
            assert!(SmtpServer::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_may_have_any_character() {
        let server = SmtpServer::parse("smtps://a%40b:p%3A%2F@mail.example").unwrap();
        let (name, password) = server.credentials.unwrap();
        assert_eq!((name.as_str(), password.expose()), ("a@b", "p:/"));
    }
}
