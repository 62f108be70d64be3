//! What a change rests on must still hold when the change is made (decision D10): a session that has ended, a role that was
//! taken away, a password that is another one by now.

mod at_once;
mod forms;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Request, header::CONTENT_TYPE},
};
use hyper::body::Frame;
use tokio::sync::oneshot;

use crate::{browser::Browser, server::Answer};

/// A body whose second half comes late. It tells when somebody waits for that: then the head has been looked at.
struct Halves {
    first: Option<Bytes>,
    awaited: Option<oneshot::Sender<()>>,
    second: oneshot::Receiver<Bytes>,
    ended: bool,
}

impl HttpBody for Halves {
    type Data = Bytes;
    type Error = oneshot::error::RecvError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        if let Some(awaited) = self.awaited.take() {
            awaited.send(()).unwrap();
        }
        let second = ready!(Pin::new(&mut self.second).poll(cx));
        self.ended = true;
        Poll::Ready(Some(second.map(Frame::data)))
    }
}

/// A form as a browser sends it.
pub fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// Sends the head and half of a form, lets something happen, and then sends the rest.
pub async fn sent_late(browser: &Browser, path: &str, body: String, meanwhile: impl Future) -> Answer {
    let form = "application/x-www-form-urlencoded";
    let content_type = if body.starts_with("--x") { "multipart/form-data; boundary=x" } else { form };
    let request = Request::post(path).header(CONTENT_TYPE, content_type).header("sec-fetch-site", "same-origin");
    let mut browser = browser.clone();
    let send = |body| async move { browser.request(request.body(body).unwrap()).await };
    in_halves(path, body, send, meanwhile).await
}

/// Sends half of a body, lets something happen, and then sends the rest.
pub async fn in_halves<F: Future<Output = Answer> + Send + 'static>(
    path: &str,
    body: String,
    send: impl FnOnce(Body) -> F,
    meanwhile: impl Future,
) -> Answer {
    let (awaited, is_awaited) = oneshot::channel();
    let (send_second, second) = oneshot::channel();
    let mut body = Bytes::from(body);
    let first = body.split_to(body.len() / 2);
    let halves = Halves { first: Some(first), awaited: Some(awaited), second, ended: false };
    let answering = tokio::spawn(send(Body::new(halves)));
    if is_awaited.await.is_err() {
        let Answer { status, headers, body } = answering.await.unwrap();
        panic!("{path}: nobody waited for the body: {status} {headers:?} {body}");
    }
    Box::pin(meanwhile).await;
    send_second.send(body).unwrap();
    answering.await.unwrap()
}
