//! A client's server that receives what we tell it, over TLS with a certificate of a private authority.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use portcullis::outbound::OutboundSettings;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ProtocolVersion, ServerConfig, pki_types::PrivatePkcs8KeyDer},
};

/// A request as it arrived.
#[derive(Debug)]
pub struct Received {
    pub head: String,
    pub body: String,
    pub tls: ProtocolVersion,
}

/// What a receiver does with a request.
#[derive(Clone, Copy)]
pub enum Manner {
    /// Answers with this status; with 302 it leads to itself.
    Status(u16),
    /// Never answers.
    Hangs,
}

pub struct Receiver {
    port: u16,
    authority: String,
    received: UnboundedReceiver<Received>,
    manner: Arc<Mutex<Manner>>,
    count: Arc<AtomicUsize>,
}

impl Receiver {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (authority, tls) = authority();
        let (sender, received) = unbounded_channel();
        let (manner, count) = (Arc::new(Mutex::new(manner)), Arc::new(AtomicUsize::new(0)));
        let (now, counted) = (Arc::clone(&manner), Arc::clone(&count));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (tls, sender, manner) = (tls.clone(), sender.clone(), *now.lock().unwrap());
                tokio::spawn(async move {
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let version = stream.get_ref().1.protocol_version().unwrap();
                    let (head, body) = read(&mut stream).await;
                    sender.send(Received { head, body, tls: version }).unwrap();
                    let Manner::Status(status) = manner else {
                        return std::future::pending().await;
                    };
                    let location = format!("location: https://localhost:{port}/elsewhere\r\n");
                    let answer = format!("HTTP/1.1 {status} Any\r\n{location}content-length: 0\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, authority, received, manner, count }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The settings of an installation that may call this receiver.
    pub fn settings(&self) -> OutboundSettings {
        OutboundSettings {
            allowed_networks: vec!["127.0.0.1/32".parse().unwrap()],
            authorities: Some(self.authority.clone().into_bytes()),
            ..OutboundSettings::default()
        }
    }

    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    pub async fn next(&mut self) -> Received {
        timeout(Duration::from_mins(1), self.received.recv()).await.expect("something comes").unwrap()
    }

    /// Whether all that has come has been looked at.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

/// A new authority, as PEM, and a server for `localhost` with a certificate of it.
pub fn authority() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    (ca.pem(), TlsAcceptor::from(Arc::new(config)))
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> (String, String) {
    let mut text = Vec::new();
    loop {
        let read = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = read.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return (head.to_owned(), body.to_owned());
            }
        }
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap();
        assert!(count > 0, "the request is cut off: {read}");
        text.extend_from_slice(&part[..count]);
    }
}
