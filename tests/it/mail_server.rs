//! A mail server that takes what it is given, by TLS from the start or after STARTTLS, with a certificate of a private
//! authority.

use std::sync::{Arc, Mutex};

use portcullis::config::{MailSettings, SecretText, SmtpEncryption, SmtpServer};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::receiver::authority;

/// What a mail server says to a recipient.
pub const TAKES: &str = "250 fine";

/// A mail as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Delivered {
    /// The recipients of the envelope.
    pub recipients: Vec<String>,
    pub text: String,
}

#[derive(Clone)]
pub struct MailServer {
    port: u16,
    ca: String,
    implicit: bool,
    has_starttls: bool,
    answer: Arc<Mutex<&'static str>>,
    taken: Arc<Mutex<Vec<Delivered>>>,
}

impl MailServer {
    /// A server for `smtps://` (`implicit`), or one for `smtp://`, which may lack STARTTLS.
    pub async fn start(implicit: bool, has_starttls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ca, tls) = authority();
        let port = listener.local_addr().unwrap().port();
        let (answer, taken) = (Arc::new(Mutex::new(TAKES)), Arc::default());
        let server = Self { port, ca, implicit, has_starttls, answer, taken };
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (this, tls) = (this.clone(), tls.clone());
                tokio::spawn(async move { this.serve(stream, tls).await });
            }
        });
        server
    }

    /// What it says to recipients from now on.
    pub fn answer(&self, answer: &'static str) {
        *self.answer.lock().unwrap() = answer;
    }

    pub fn taken(&self) -> Vec<Delivered> {
        self.taken.lock().unwrap().clone()
    }

    /// The settings of an installation that sends by this server, and whether it trusts its authority.
    pub fn settings(&self, trusts: bool) -> MailSettings {
        let encryption = if self.implicit { SmtpEncryption::Implicit } else { SmtpEncryption::Required };
        let credentials = Some(("portcullis".to_owned(), SecretText::new("the mail server's password")));
        MailSettings {
            server: SmtpServer { host: "localhost".into(), port: self.port, encryption, credentials },
            from: "Test <no-reply@id.example>".parse().unwrap(),
            authorities: trusts.then(|| self.ca.clone().into_bytes()),
        }
    }

    async fn serve(&self, stream: TcpStream, tls: TlsAcceptor) {
        if self.implicit {
            let Ok(stream) = tls.accept(stream).await else { return };
            self.converse(stream, true).await;
        } else if let Some(stream) = self.converse(stream, false).await {
            let Ok(stream) = tls.accept(stream).await else { return };
            self.converse(stream, true).await;
        }
    }

    /// Speaks SMTP (RFC 5321). Gives the stream back when it is to be encrypted. Mail in clear is never taken.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, is_encrypted: bool) -> Option<S> {
        let mut stream = BufReader::new(stream);
        if !is_encrypted || self.implicit {
            say(&mut stream, "220 localhost").await?;
        }
        let mut mail = Delivered::default();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let answer = match line.split([' ', ':', '\r']).next().unwrap_or_default() {
                "EHLO" if is_encrypted => "250-localhost\r\n250 AUTH PLAIN LOGIN",
                "EHLO" if self.has_starttls => "250-localhost\r\n250 STARTTLS",
                "EHLO" => "250 localhost",
                "STARTTLS" if self.has_starttls => {
                    say(&mut stream, "220 go on").await?;
                    return Some(stream.into_inner());
                }
                "QUIT" => "221 bye",
                "NOOP" | "RSET" => "250 fine",
                _ if !is_encrypted => "530 encrypt first",
                "AUTH" => "235 welcome",
                "MAIL" => "250 fine",
                "RCPT" => {
                    mail.recipients.push(line.trim().to_owned());
                    *self.answer.lock().unwrap()
                }
                "DATA" => {
                    say(&mut stream, "354 go on").await?;
                    mail.text = text(&mut stream).await?;
                    self.taken.lock().unwrap().push(std::mem::take(&mut mail));
                    "250 taken"
                }
                _ => "500 what",
            };
            say(&mut stream, answer).await?;
        }
    }
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

/// Everything up to the line with a dot.
async fn text(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut text = String::new();
    while !text.ends_with("\r\n.\r\n") {
        if stream.read_line(&mut text).await.ok()? == 0 {
            return None;
        }
    }
    Some(text)
}
