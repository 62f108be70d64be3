//! A host that publishes client metadata documents, over TLS with a certificate of a private authority.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use portcullis::{app::Settings, outbound::OutboundSettings};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::receiver::authority;

type Published = Arc<Mutex<HashMap<String, String>>>;

#[derive(Clone)]
pub struct Publisher {
    port: u16,
    authority: String,
    published: Published,
    connections: Arc<AtomicUsize>,
}

impl Publisher {
    /// Publishes nothing yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (authority, tls) = authority();
        let (published, connections) = (Published::default(), Arc::<AtomicUsize>::default());
        let publisher =
            Self { port, authority, published: Arc::clone(&published), connections: Arc::clone(&connections) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (tls, published) = (tls.clone(), Arc::clone(&published));
                tokio::spawn(async move {
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let mut head = [0; 4096];
                    let length = stream.read(&mut head).await.unwrap_or_default();
                    let head = String::from_utf8_lossy(&head[..length]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default();
                    let nothing = || "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned();
                    let answer = published.lock().unwrap().get(path).cloned().unwrap_or_else(nothing);
                    if answer.is_empty() {
                        return std::future::pending().await;
                    }
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        publisher
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The settings of an installation that reads its documents; `entry`: what the list says after the host.
    pub fn admit(&self, settings: &mut Settings, entry: &str) {
        settings.document_hosts = vec![format!("localhost:{} {entry}", self.port).parse().unwrap()];
        settings.outbound = OutboundSettings {
            allowed_networks: vec!["127.0.0.1/32".parse().unwrap()],
            authorities: Some(self.authority.clone().into_bytes()),
            ..OutboundSettings::default()
        };
    }

    /// A good document for a path, with these members in place of its own.
    pub fn document(&self, path: &str, changes: &Value) -> Value {
        let mut members = json!({
            "client_id": self.url(path),
            "client_name": "An agent",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "logo_uri": self.url("/logo.png"),
            "client_uri": self.url("/about"),
        });
        members.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        members
    }

    /// Publishes a good document with these changes. Returns the client id.
    pub fn publish(&self, path: &str, changes: &Value) -> String {
        self.answer(path, "200 OK", "application/json", &self.document(path, changes).to_string());
        self.url(path)
    }

    pub fn answer(&self, path: &str, status: &str, content_type: &str, body: &str) {
        let location = self.url("/client.json");
        let head = format!("content-type: {content_type}\r\nlocation: {location}\r\ncontent-length: {}", body.len());
        self.write(path, &format!("HTTP/1.1 {status}\r\n{head}\r\n\r\n{body}"));
    }

    /// Writes this, whatever it is; nothing at all if it is empty.
    pub fn write(&self, path: &str, answer: &str) {
        self.published.lock().unwrap().insert(path.to_owned(), answer.to_owned());
    }

    /// How many times it was called.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}
