//! TLS as a client meets it: versions, protocols, resumption, and certificates that change while we serve.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use portcullis::server::{Limits, Listener, serve, tls::Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
        pki_types::ServerName,
        version::{TLS12, TLS13},
    },
};

/// Longer than anything here takes; only a fault makes a test wait for so long.
pub const LONG: Duration = Duration::from_secs(20);

/// An authority with a folder in which the certificates lie that it gives.
pub struct Authority {
    pub issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = std::env::temp_dir().join(format!("portcullis-tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { issuer, folder }
    }

    fn files(&self) -> [PathBuf; 2] {
        ["certificate.pem", "key.pem"].map(|name| self.folder.join(name))
    }

    /// A new certificate with its key, as PEM.
    pub fn certificate(&self) -> [String; 2] {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        [certificate.pem() + &self.issuer.pem(), key.serialize_pem()]
    }

    pub fn put(&self, [certificate, key]: &[String; 2]) {
        let [certificate_file, key_file] = self.files();
        std::fs::write(certificate_file, certificate).unwrap();
        std::fs::write(key_file, key).unwrap();
    }

    pub fn load(&self) -> Arc<Tls> {
        let [certificate, key] = self.files();
        Arc::new(Tls::load(&certificate, &key).unwrap())
    }

    fn client(&self, versions: &[&'static SupportedProtocolVersion], alpn: &str) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let config = ClientConfig::builder_with_protocol_versions(versions).with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        TlsConnector::from(Arc::new(config))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

impl Server {
    async fn start(tls: &Arc<Tls>, limits: Limits) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { stopped.await.unwrap_or_default() };
        let listener = Listener::Tls { tcp, tls: Arc::clone(tls), mutual: None };
        let router = Router::new().route("/", get(async || "here"));
        tokio::spawn(serve(listener, router, limits, Vec::new(), shutdown));
        Self { address, stop: Some(stop) }
    }

    async fn connect(&self, client: &TlsConnector) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        timeout(LONG, client.connect(name, stream)).await.unwrap().unwrap()
    }
}

/// One request over HTTP/1.1, and its answer.
async fn ask(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"here") {
        let mut buffer = [0; 1024];
        let read = timeout(LONG, stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(answer).unwrap()
}

fn certificate_of(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn both_versions_are_spoken_and_the_protocol_is_agreed_on() {
    let authority = Authority::new("versions");
    authority.put(&authority.certificate());
    let server = Server::start(&authority.load(), Limits::default()).await;

    for (version, spoken) in [(&TLS13, ProtocolVersion::TLSv1_3), (&TLS12, ProtocolVersion::TLSv1_2)] {
        let mut stream = server.connect(&authority.client(&[version], "http/1.1")).await;
        assert!(ask(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
        let (_, session) = stream.get_ref();
        assert_eq!((session.protocol_version(), session.alpn_protocol()), (Some(spoken), Some(&b"http/1.1"[..])));
        let suite = format!("{:?}", session.negotiated_cipher_suite().unwrap().suite());
        let is_good = suite.starts_with("TLS13_") || (suite.contains("ECDHE") && !suite.contains("CBC"));
        assert!(is_good, "{suite}");
    }
    let mut stream = server.connect(&authority.client(&[&TLS13], "h2")).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    timeout(LONG, stream.read_exact(&mut frame)).await.unwrap().unwrap();
    assert_eq!(frame[3], 4, "settings, as HTTP/2 begins");
}

/// OP-19: a certificate is replaced while we serve, and connections that are open do not notice.
#[tokio::test]
async fn op_19_a_new_certificate_is_served_and_a_broken_one_is_not() {
    let authority = Authority::new("replaced");
    authority.put(&authority.certificate());
    let tls = authority.load();
    let server = Server::start(&tls, Limits::default()).await;
    let client = authority.client(&[&TLS13], "http/1.1");
    let mut old = server.connect(&client).await;
    assert!(ask(&mut old).await.ends_with("here"));
    assert!(!tls.refresh().unwrap(), "nothing has changed");

    let [certificate, key] = authority.certificate();
    authority.put(&[certificate.clone(), key.clone()]);
    assert!(tls.refresh().unwrap());
    let new = server.connect(&authority.client(&[&TLS13], "http/1.1")).await;
    assert_ne!(certificate_of(&new), certificate_of(&old));
    assert!(ask(&mut old).await.ends_with("here"), "who is connected stays connected");

    let another = authority.certificate();
    for (broken_certificate, broken_key, says) in [
        (String::new(), key.clone(), "no certificates in PEM"),
        ("no certificate".to_owned(), key.clone(), "no certificates in PEM"),
        (certificate.clone(), "no key".to_owned(), "no private key in PEM"),
        (certificate.clone(), another[1].clone(), "not the one of the certificate"),
        (another[0].clone(), key.clone(), "not the one of the certificate"),
    ] {
        authority.put(&[broken_certificate, broken_key]);
        let refused = tls.refresh().unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
        let still = server.connect(&authority.client(&[&TLS13], "http/1.1")).await;
        assert_eq!(certificate_of(&still), certificate_of(&new), "{refused}");
    }
    std::fs::remove_file(&authority.files()[1]).unwrap();
    assert!(tls.refresh().unwrap_err().to_string().contains("key.pem cannot be read"));
    authority.put(&another);
    assert!(tls.refresh().unwrap(), "and then it is put right");
}

/// Who comes back needs no whole handshake, though the certificate has changed meanwhile.
#[tokio::test]
async fn a_session_is_resumed() {
    let authority = Authority::new("resumed");
    authority.put(&authority.certificate());
    let tls = authority.load();
    let server = Server::start(&tls, Limits::default()).await;
    let client = authority.client(&[&TLS13], "http/1.1");
    for resumed in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let mut stream = server.connect(&client).await;
        ask(&mut stream).await;
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(resumed));
        authority.put(&authority.certificate());
        tls.refresh().unwrap();
    }
}

/// Nothing is answered in clear, and who does not get on with the handshake is not waited for.
#[tokio::test]
async fn nothing_is_served_in_clear_and_nobody_is_waited_for() {
    let authority = Authority::new("clear");
    authority.put(&authority.certificate());
    let limits = Limits { header_read: Duration::from_secs(2), ..Limits::default() };
    let mut server = Server::start(&authority.load(), limits).await;
    for sent in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"\x16\x03\x01", b""] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(LONG, stream.read_to_end(&mut answer)).await.expect("the server closes");
        assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
    }
    let mut open = server.connect(&authority.client(&[&TLS13], "http/1.1")).await;
    ask(&mut open).await;
    server.stop.take().unwrap().send(()).unwrap();
    let mut rest = Vec::new();
    timeout(LONG, open.read_to_end(&mut rest)).await.expect("the server ends").expect("with a farewell");
}
