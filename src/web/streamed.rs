//! An answer that is written while it is read, so that a long one is never in memory as a whole.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// A part of the answer, or the word that the rest will not come.
pub type Part = Result<Bytes, io::Error>;

/// Parts that wait for a slow reader.
const WAITING: usize = 4;

/// The body of the answer: what is sent to the other end.
pub struct Streamed(Receiver<Part>);

/// An answer, and the end into which it is written. Sending fails once its reader has gone.
#[must_use]
pub fn body() -> (Sender<Part>, Streamed) {
    let (sender, receiver) = channel(WAITING);
    (sender, Streamed(receiver))
}

/// Breaks the answer off, so that its reader does not take a part for the whole.
pub async fn fail(sender: &Sender<Part>) {
    // Whoever reads may have gone.
    let _ = sender.send(Err(io::Error::other("the rest could not be read"))).await;
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(cx).map(|part| part.map(|part| part.map(Frame::data)))
    }
}
