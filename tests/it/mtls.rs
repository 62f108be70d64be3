//! Mutual TLS as a client meets it: who is asked for a certificate, which of them reaches a request, and what does not.

use std::{
    net::SocketAddr,
    process::{Output, Stdio},
    sync::Arc,
};

use axum::{
    Router,
    extract::Request,
    response::IntoResponse,
    routing::{MethodRouter, get},
};
use portcullis::{
    keys::certificate,
    server::{ClientCertificate, Limits, Listener, serve, tls::Tls},
};
use rcgen::{CertificateParams, KeyPair};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::macros::datetime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::oneshot,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, HandshakeKind, RootCertStore, SignatureScheme, SupportedProtocolVersion,
        client::ResolvesClientCert,
        crypto::aws_lc_rs::sign::any_supported_type,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName},
        sign::CertifiedKey,
        version::{TLS12, TLS13},
    },
};

use crate::{
    server::{ISSUER, Server},
    tls::{Authority, LONG},
};

/// A certificate that a client shows, with those behind it and its key. Nobody makes sure that they belong together.
#[derive(Clone, Debug)]
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl Identity {
    fn of(authority: Option<&Authority>, params: &CertificateParams) -> Self {
        let pair = KeyPair::generate().unwrap();
        let key = Arc::new(PrivateKeyDer::try_from(pair.serialize_der()).unwrap());
        let chain = match authority {
            Some(Authority { issuer, .. }) => {
                vec![params.signed_by(&pair, issuer).unwrap().der().clone(), issuer.der().clone()]
            }
            None => vec![params.self_signed(&pair).unwrap().der().clone()],
        };
        Self { chain, key }
    }

    fn thumbprint(&self) -> String {
        certificate::thumbprint(&self.chain[0])
    }
}

/// Shows it to whoever asks, for whatever authorities.
impl ResolvesClientCert for Identity {
    fn resolve(&self, authorities: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        assert!(authorities.is_empty(), "no names of authorities");
        let key = any_supported_type(&self.key).unwrap();
        Some(Arc::new(CertifiedKey::new(self.chain.clone(), key)))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A server with both listeners, which says whose request it is.
struct Doors {
    ordinary: SocketAddr,
    mutual: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

impl Doors {
    async fn open(tls: Arc<Tls>) -> Self {
        let bind = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (tcp, mutual) = (bind().await, bind().await);
        let (ordinary, mutual_address) = (tcp.local_addr().unwrap(), mutual.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = Listener::Tls { tcp, tls, mutual: Some(mutual) };
        let router = Router::new().route("/", whose());
        let shutdown = async move { stopped.await.unwrap_or_default() };
        tokio::spawn(serve(listener, router, Limits::default(), Vec::new(), shutdown));
        Self { ordinary, mutual: mutual_address, stop: Some(stop) }
    }
}

fn whose() -> MethodRouter {
    get(async |request: Request| {
        let certificate = request.extensions().get::<ClientCertificate>();
        let told = |one: &ClientCertificate| format!("{}+{}", certificate::thumbprint(one.der()), one.chain().len());
        format!("<{}>", certificate.map_or("nobody".to_owned(), told)).into_response()
    })
}

fn client(authority: &Authority, version: &'static SupportedProtocolVersion) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).unwrap();
    ClientConfig::builder_with_protocol_versions(&[version]).with_root_certificates(roots).with_no_client_auth()
}

fn showing(config: &ClientConfig, identity: &Identity) -> ClientConfig {
    let mut config = config.clone();
    config.client_auth_cert_resolver = Arc::new(identity.clone());
    config
}

/// Connects, asks twice, and says whose requests they were and what the handshake was like. `None`: there is no answer.
async fn ask(address: SocketAddr, config: ClientConfig) -> Option<(String, HandshakeKind)> {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let mut stream = timeout(LONG, connecting).await.unwrap().ok()?;
    let mut answers = Vec::new();
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.ok()?;
        let mut answer = Vec::new();
        while !answer.ends_with(b">") {
            let mut buffer = [0; 1024];
            let read = timeout(LONG, stream.read(&mut buffer)).await.unwrap().ok().filter(|read| *read > 0)?;
            answer.extend_from_slice(&buffer[..read]);
        }
        answers.push(String::from_utf8(answer).unwrap().rsplit_once('<').unwrap().1.trim_end_matches('>').to_owned());
    }
    assert_eq!(answers[0], answers[1]);
    Some((answers.remove(0), stream.get_ref().1.handshake_kind().unwrap()))
}

/// RFC 8705 §2: clients are asked, and go on without; what they show reaches each request as it is, whoever vouches for it.
/// Who asks nobody has nothing to tell.
#[tokio::test]
async fn who_has_a_certificate_may_show_it_and_who_has_none_is_served_too() {
    let authority = Authority::new("mutual");
    authority.put(&authority.certificate());
    let doors = Doors::open(authority.load()).await;
    let params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    let mut expired = params.clone();
    (expired.not_before, expired.not_after) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));

    for version in [&TLS13, &TLS12] {
        let config = client(&authority, version);
        let nobody = Some(("nobody".to_owned(), HandshakeKind::Full));
        assert_eq!(ask(doors.mutual, config.clone()).await, nobody);
        for (vouching, params, behind) in [(Some(&authority), &params, 1), (None, &params, 0), (None, &expired, 0)] {
            let identity = Identity::of(vouching, params);
            let shown = ask(doors.mutual, showing(&config, &identity)).await;
            assert_eq!(shown, Some((format!("{}+{behind}", identity.thumbprint()), HandshakeKind::Full)));
            assert_eq!(ask(doors.ordinary, showing(&config, &identity)).await.unwrap().0, "nobody");
        }
    }
}

#[tokio::test]
async fn a_certificate_whose_key_is_not_there_is_nobodys() {
    let authority = Authority::new("stolen");
    authority.put(&authority.certificate());
    let doors = Doors::open(authority.load()).await;
    let params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    let (victim, thief) = (Identity::of(None, &params), Identity::of(None, &params));
    let stolen = Identity { chain: victim.chain, key: thief.key };
    let garbage = Identity { chain: vec![CertificateDer::from(vec![0x30, 0x00])], key: Arc::clone(&stolen.key) };

    for version in [&TLS13, &TLS12] {
        for identity in [&stolen, &garbage] {
            assert_eq!(ask(doors.mutual, showing(&client(&authority, version), identity)).await, None);
        }
    }
}

/// MT-08: a session of one client is not another's, whoever keeps them together.
#[tokio::test]
async fn mt_08_no_session_is_resumed_where_certificates_are_shown() {
    let authority = Authority::new("sessions");
    authority.put(&authority.certificate());
    let doors = Doors::open(authority.load()).await;
    let params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    let (one, other) = (Identity::of(None, &params), Identity::of(Some(&authority), &params));

    for version in [&TLS13, &TLS12] {
        let config = client(&authority, version); // its sessions are shared by all that follow
        for identity in [Some(&one), Some(&other), None, Some(&one)] {
            let config = identity.map_or(config.clone(), |identity| showing(&config, identity));
            let (shown, kind) = ask(doors.mutual, config).await.unwrap();
            let expected = identity.map(|identity| format!("{}+{}", identity.thumbprint(), identity.chain.len() - 1));
            assert_eq!((shown, kind), (expected.unwrap_or("nobody".to_owned()), HandshakeKind::Full));
        }
        // A session of the ordinary listener is resumed there, and is none here.
        for (address, kind) in [
            (doors.ordinary, HandshakeKind::Full),
            (doors.ordinary, HandshakeKind::Resumed),
            (doors.mutual, HandshakeKind::Full),
        ] {
            assert_eq!(ask(address, config.clone()).await, Some(("nobody".to_owned(), kind)), "{version:?}");
        }
    }
}

#[tokio::test]
async fn both_listeners_end_with_the_server_and_have_the_new_certificate() {
    let authority = Authority::new("both");
    authority.put(&authority.certificate());
    let tls = authority.load();
    let mut doors = Doors::open(Arc::clone(&tls)).await;
    let mut stream = TcpStream::connect(doors.mutual).await.unwrap();
    let renewed = authority.certificate();
    authority.put(&renewed);
    assert!(tls.refresh().unwrap());
    for address in [doors.ordinary, doors.mutual] {
        assert!(ask(address, client(&authority, &TLS13)).await.is_some());
    }

    doors.stop.take().unwrap().send(()).unwrap();
    timeout(LONG, stream.read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    for address in [doors.ordinary, doors.mutual] {
        assert!(TcpStream::connect(address).await.is_err());
    }
}

/// The first thing that a conformance test does: without a certificate, by another's TLS, in both versions. It reads what we
/// ask for: a certificate, of no authority in particular.
#[tokio::test]
async fn openssl_is_asked_for_a_certificate_of_no_authority_in_particular() {
    let authority = Authority::new("openssl");
    authority.put(&authority.certificate());
    let doors = Doors::open(authority.load()).await;

    for version in ["-tls1_2", "-tls1_3"] {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-connect", &doors.mutual.to_string(), "-servername", "localhost", version]);
        openssl.arg("-ign_eof").kill_on_drop(true);
        let piped = openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut running) = piped.spawn() else {
            eprintln!("skipped: there is no openssl here");
            return;
        };
        let mut input = running.stdin.take().unwrap();
        input.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        let Output { stdout, stderr, .. } = timeout(LONG, running.wait_with_output()).await.unwrap().unwrap();
        drop(input);
        let said = [String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)].concat();
        for expected in ["No client certificate CA names sent", "Requested Signature Algorithms", "<nobody>"] {
            assert!(said.contains(expected), "{version} {expected}: {said}");
        }
        assert!(!said.contains("Acceptable client certificate CA names"), "{said}");
    }
}

/// RFC 8705 §5: where there is such a place it is published, for what clients call and nothing that browsers open.
#[sqlx::test]
async fn the_place_to_show_certificates_is_published(_: PgPoolOptions, options: PgConnectOptions) {
    const MTLS: &str = "https://mtls.id.example:9443";
    let without = Server::start(options).await;
    let with = without.second_node_with(|settings| settings.mtls_url = Some(MTLS.parse().unwrap())).await;
    const DOCUMENT: &str = "/.well-known/openid-configuration";

    let [document, plain] = [with.get(DOCUMENT).await.json(), without.get(DOCUMENT).await.json()];
    let aliases = document["mtls_endpoint_aliases"].as_object().unwrap();
    let names = aliases.keys().map(String::as_str).collect::<Vec<_>>();
    let called_by_clients = [
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
    ];
    assert_eq!(names, called_by_clients);
    for (name, alias) in aliases {
        let own = document[name].as_str().unwrap().strip_prefix(ISSUER).unwrap();
        assert_eq!(alias.as_str(), Some(&*format!("{MTLS}{own}")));
    }
    assert_eq!((document["issuer"].as_str(), plain.get("mtls_endpoint_aliases")), (Some(ISSUER), None));
    for (server, host, expected) in
        [(&with, "mtls.id.example:9443", 200), (&with, "mtls.id.example", 421), (&without, "mtls.id.example:9443", 421)]
    {
        let request = Request::get(DOCUMENT).header("host", host).body(axum::body::Body::empty()).unwrap();
        assert_eq!(server.send(request).await.status, expected, "{host}");
    }
}
