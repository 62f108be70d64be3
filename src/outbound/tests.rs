use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A receiver on this machine that writes these parts, one every `pause`, and then keeps the connection open. Counts
/// its connections.
async fn receiver(address: &str, parts: Vec<Vec<u8>>, pause: Duration) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let parts = parts.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                for part in parts {
                    if stream.write_all(&part).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
                tokio::time::sleep(IN_ALL * 3).await;
            });
        }
    });
    (address, count)
}

async fn answering(text: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    receiver("127.0.0.1:0", vec![text.as_bytes().to_vec()], Duration::ZERO).await
}

fn to_this_machine() -> Outbound {
    let allowed_networks = vec!["127.0.0.1/32".parse().unwrap()];
    Outbound::new(&OutboundSettings { allowed_networks, ..OutboundSettings::default() }).unwrap()
}

/// SS-01, SS-02: whatever the spelling, nothing goes to an address that is not public, and nothing in clear.
#[tokio::test]
async fn ss_01_private_addresses_are_not_called() {
    let (address, connections) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let (port, nobody) = (address.port(), Outbound::new(&OutboundSettings::default()).unwrap());

    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "0.0.0.0",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/");
            assert!(nobody.get(&url, HeaderMap::new()).await.is_err(), "{url}");
        }
    }
    for url in ["http://example.com/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "data:,a", "a"]
    {
        assert!(to_this_machine().get(url, HeaderMap::new()).await.is_err(), "{url}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    assert_eq!(
        to_this_machine().get(&format!("http://127.0.0.1:{port}/"), HeaderMap::new()).await.unwrap().status,
        200
    );
}

/// SS-03: each connection goes to an address that was vetted for it, whatever the name means next.
#[tokio::test]
async fn ss_03_a_name_that_changes_its_mind_gains_nothing() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    fn rebinding(_: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
        let private: SocketAddr = ([127, 0, 0, 2], 0).into();
        let asked = ASKED.fetch_add(1, Ordering::SeqCst);
        let good = ([127, 0, 0, 1], 0).into();
        Box::pin(async move { Ok(if asked == 0 { vec![private, good] } else { vec![private] }) })
    }
    let (address, good) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let (_, private) = receiver(&format!("127.0.0.2:{}", address.port()), Vec::new(), Duration::ZERO).await;
    let outbound = Outbound { lookup: rebinding, ..to_this_machine() };
    let url = format!("http://localhost:{}/", address.port());

    assert_eq!(outbound.get(&url, HeaderMap::new()).await.unwrap().status, 200);
    let refused = outbound.get(&url, HeaderMap::new()).await.unwrap_err().to_string();

    assert!(refused.contains("not public") && !refused.contains("localhost"), "{refused}");
    assert_eq!((good.load(Ordering::SeqCst), private.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn ss_04_a_redirect_is_not_followed() {
    let (target, reached) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n");
    let (address, _) = answering(&redirect).await;

    let answer = to_this_machine().get(&format!("http://{address}/"), HeaderMap::new()).await.unwrap();

    assert_eq!((answer.status, reached.load(Ordering::SeqCst)), (302, 0));
}

/// SS-09: the test before, in an environment that names a proxy.
#[test]
fn ss_09_a_proxy_of_the_environment_is_not_used() {
    let proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:1"));
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "outbound::tests::ss_04_a_redirect_is_not_followed"]).envs(proxies);

    let output = again.output().unwrap();

    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

/// SS-06: a size that is announced, one that is not, and a body that says it is compressed.
#[tokio::test]
async fn ss_06_a_large_answer_is_left_at_64_kib() {
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n").into_bytes();
    let chunk = [format!("{:x}\r\n", 32 * 1024).into_bytes(), vec![b'a'; 32 * 1024], b"\r\n".to_vec()].concat();
    for parts in [
        vec![head("content-length: 5242880"), vec![b'a'; LARGEST_BODY + 1]],
        vec![head("transfer-encoding: chunked"), chunk.clone(), chunk.clone(), chunk.clone()],
    ] {
        let (address, _) = receiver("127.0.0.1:0", parts, Duration::ZERO).await;
        let error = to_this_machine().get(&format!("http://{address}/"), HeaderMap::new()).await.unwrap_err();
        assert!(matches!(error, OutboundError::TooLarge(_)), "{error}");
    }
    let packed = [head("content-length: 4\r\ncontent-encoding: gzip"), b"\x1f\x8b\x08\x00".to_vec()];
    let (address, _) = receiver("127.0.0.1:0", packed.to_vec(), Duration::ZERO).await;
    let answer = to_this_machine().get(&format!("http://{address}/"), HeaderMap::new()).await.unwrap();
    assert_eq!(answer.body, b"\x1f\x8b\x08\x00", "nothing is unpacked");
}

/// SS-06: one byte a second, and silence after the head.
#[tokio::test]
async fn ss_06_a_slow_answer_is_not_waited_for() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n".to_vec();
    let drip = std::iter::once(head.clone()).chain(std::iter::repeat_n(b"a".to_vec(), 60)).collect::<Vec<_>>();
    let (dripping, _) = receiver("127.0.0.1:0", drip, Duration::from_secs(1)).await;
    let (hanging, _) = receiver("127.0.0.1:0", vec![head], Duration::ZERO).await;
    let outbound = to_this_machine();
    let urls = [dripping, hanging].map(|address| format!("http://{address}/"));

    let (slow, silent) = tokio::join!(
        outbound.get(&urls[0], HeaderMap::new()),
        outbound.post_form(&urls[1], &[("a", "b")], Duration::from_secs(3)),
    );

    for refused in [slow, silent] {
        assert!(matches!(refused, Err(OutboundError::Failed(error)) if error.is_timeout()));
    }
}

/// SS-01: a client that registers a URL must not make us knock at any port it likes.
#[test]
fn ss_01_a_client_names_the_port_of_https_or_one_that_is_allowed() {
    let networks = |networks: &[&str]| networks.iter().map(|network| network.parse().unwrap()).collect();
    let strict = OutboundSettings::default();
    let allowed_networks = networks(&["10.0.0.0/8", "127.0.0.1/32"]);
    let wide = OutboundSettings { allowed_networks, allowed_ports: vec![8443], authorities: None };
    for (url, in_general, as_allowed) in [
        ("https://app.example/out", true, true),
        ("https://app.example:443/out", true, true),
        ("https://app.example:8443/out", false, true),
        ("https://app.example:22/", false, false),
        ("https://app.example:80/", false, false),
        ("http://app.example/", false, false),
        ("https://1.1.1.1/", true, true),
        ("https://1.1.1.1:6379/", false, false),
        ("https://10.1.2.3/", false, true),
        ("https://10.1.2.3:8443/", false, true),
        ("https://10.1.2.3:5432/", false, false),
        ("https://[::ffff:10.1.2.3]:5432/", false, false),
        ("http://127.0.0.1:3000/", false, true),
        ("http://localhost:3000/", false, true),
        ("https://localhost/", false, true),
        ("https://169.254.169.254/", false, false),
    ] {
        assert_eq!(strict.vet_of_client(url).is_ok(), in_general, "{url}");
        assert_eq!(wide.vet_of_client(url).is_ok(), as_allowed, "{url}");
    }
}
