//! Where the browser brings the answer of an authorization request: a port of this machine, open for that one answer.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    time::timeout,
};
use url::form_urlencoded;

use crate::server::{Limits, serve};

/// How long somebody may take to sign in.
const LONGEST: Duration = Duration::from_mins(10);
/// How long the browser may take to fetch the page that says so.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// A port that is open.
pub(super) struct Loopback {
    listener: TcpListener,
    port: u16,
}

/// What the server answered (RFC 6749 §4.1.2, RFC 9207).
#[derive(Default)]
pub(super) struct Answer {
    pub code: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
    pub issuer: Option<String>,
    state: Option<String>,
}

/// Who waits for the answer, and the `state` by which it is known.
#[derive(Clone)]
struct Waiting {
    state: String,
    answers: mpsc::Sender<Answer>,
}

impl Loopback {
    /// Takes a free port.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port of this machine is free")?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Where the answer goes. The client is registered for it without the port (RFC 8252 §7.3).
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}/callback", self.port)
    }

    /// Waits for the answer with this `state`, and shows the browser a page. What comes with another one is not for us.
    pub async fn answer(self, state: &str) -> Result<Answer> {
        let (answers, mut arrived) = mpsc::channel(1);
        let waiting = Waiting { state: state.to_owned(), answers };
        let router = Router::new().route("/callback", get(take)).with_state(waiting);
        let (end, ended) = oneshot::channel::<()>();
        let served = serve(self.listener, router, Limits::default(), Vec::new(), async {
            _ = ended.await;
        });
        let served = tokio::spawn(served);
        let answer = timeout(LONGEST, arrived.recv()).await.context("Nobody signed in for ten minutes.")?;
        _ = end.send(());
        _ = timeout(LAST_PAGE, served).await;
        answer.context("the port was closed")
    }
}

async fn take(State(waiting): State<Waiting>, RawQuery(query): RawQuery) -> impl IntoResponse {
    let answer = read(query.as_deref().unwrap_or_default());
    let (status, says) = if answer.state.as_deref() != Some(&waiting.state) {
        (StatusCode::BAD_REQUEST, "This is not the answer that the command line waits for.")
    } else if waiting.answers.try_send(answer).is_ok() {
        (StatusCode::OK, "You can close this window and go back to the command line.")
    } else {
        (StatusCode::GONE, "The command line has its answer already.")
    };
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONNECTION, "close"),
    ];
    (status, headers, says)
}

fn read(query: &str) -> Answer {
    let mut answer = Answer::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let member = match &*name {
            "code" => &mut answer.code,
            "error" => &mut answer.error,
            "error_description" => &mut answer.error_description,
            "iss" => &mut answer.issuer,
            "state" => &mut answer.state,
            _ => continue,
        };
        *member = Some(value.into_owned());
    }
    answer
}
