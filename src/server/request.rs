//! One request: it is let in or refused, runs to its end, and is answered in time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;
use tower::ServiceExt;

use super::{
    Peer, Site, Stopping,
    activity::{Activity, Ongoing},
    headers,
    json_error::{and_close, json_error},
    request_id::RequestIdSlot,
    waiting::Caller,
};

/// What the requests of one connection pass through.
pub struct Gate {
    pub site: Arc<Site>,
    pub peer: Peer,
    pub activity: Arc<Activity>,
    pub stopping: Stopping,
    /// Requests in work, also those whose client has reset them: to open and reset streams must not be a way to
    /// start more work than a connection may have.
    pub streams: Arc<Semaphore>,
}

impl Gate {
    pub async fn answer(&self, request: Request<Incoming>) -> Response<AnswerBody> {
        let ongoing = self.activity.request_began(request.version() == Version::HTTP_2);
        let id = RequestIdSlot::default();
        let mut response = match self.refusal(&request) {
            Some(refusal) => refusal,
            None => self.run(request, &id).await.unwrap_or_else(|failure| own_answer(failure, &id)),
        };
        if self.activity.is_last_request() {
            response = and_close(response);
        }
        response.map(|body| AnswerBody { body, ongoing })
    }

    /// Refuses what hyper lets through and we do not.
    fn refusal(&self, request: &Request<Incoming>) -> Option<Response<Body>> {
        let limits = &self.site.limits;
        let (status, description) = if self.activity.is_ambiguous() {
            (StatusCode::BAD_REQUEST, "the length of the request body is ambiguous")
        } else if length(request.uri()) > limits.uri_bytes {
            (StatusCode::URI_TOO_LONG, "the URI is too long")
        } else if request.headers().len() > limits.header_fields {
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "there are too many header fields")
        } else {
            return None;
        };
        let response = json_error(status, "invalid_request", description);
        Some(own_answer(and_close(response), &RequestIdSlot::default()))
    }

    /// Runs the request in a task of its own, and waits for it as long as a client should wait. The error is what to
    /// answer instead.
    async fn run(&self, request: Request<Incoming>, id: &RequestIdSlot) -> Result<Response<Body>, Response<Body>> {
        let Ok(permit) = Arc::clone(&self.streams).acquire_owned().await else {
            return Err(unavailable());
        };
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer.address);
        if let Some(certificate) = &self.peer.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        request.extensions_mut().insert(self.site.limits.body);
        request.extensions_mut().insert(id.clone());

        // Gone when hyper drops this, because the client has left, and when the time is up.
        let caller = Caller::default();

        match timeout(self.site.limits.request, self.start(request, &caller, permit)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failed(&error, id)),
            Err(_elapsed) => {
                tracing::warn!(request_id = %id, "a request took too long and was answered with 503");
                Err(unavailable())
            }
        }
    }

    /// Starts the work. It goes on when nobody waits for it any more, and a shutdown waits for it.
    fn start(
        &self,
        request: Request<Body>,
        caller: &Caller,
        permit: OwnedSemaphorePermit,
    ) -> JoinHandle<Response<Body>> {
        let (router, stopping) = (self.site.router.clone(), self.stopping.clone());
        tokio::spawn(caller.wait_for(async move {
            let Ok(response) = router.oneshot(request).await;
            drop((permit, stopping));
            response
        }))
    }
}

/// Completes an answer that did not pass the router and its layers.
fn own_answer(mut response: Response<Body>, id: &RequestIdSlot) -> Response<Body> {
    headers::complete(response.headers_mut());
    id.write_to(response.headers_mut());
    response
}

/// The bytes that a request line has for this URI.
fn length(uri: &Uri) -> usize {
    let origin = uri.authority().map_or(0, |authority| authority.as_str().len());
    origin + uri.path_and_query().map_or(0, |path| path.as_str().len())
}

/// A panic is this request's failure alone. Its text is not logged here: nobody knows what is in it.
fn failed(error: &JoinError, id: &RequestIdSlot) -> Response<Body> {
    tracing::error!(request_id = %id, panicked = error.is_panic(), "a request ended without an answer");
    json_error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the request failed")
}

fn unavailable() -> Response<Body> {
    let description = "the request took too long";
    and_close(json_error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", description))
}

/// The body of an answer; the request is over when hyper has taken all of it.
pub struct AnswerBody {
    body: Body,
    ongoing: Ongoing,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.ongoing.goes_on();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
