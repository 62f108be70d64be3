//! Requests from the playground and the sample API to the server: the same that a stranger would send, without a socket.

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// An answer, as text.
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: String,
}

/// The server, as its clients see it.
#[derive(Clone)]
pub(super) struct FrontDoor {
    server: Router,
    authority: String,
}

impl FrontDoor {
    pub(super) fn new(server: Router, authority: &str) -> Self {
        Self { server, authority: authority.to_owned() }
    }

    /// Asks for a document.
    pub(super) async fn get(&self, path: &str, authorization: Option<&str>) -> anyhow::Result<Answer> {
        let request = Request::get(path).header(header::HOST, &self.authority);
        let request = match authorization {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        };
        self.send(request.body(Body::empty())?).await
    }

    /// Posts a form.
    pub(super) async fn post(&self, path: &str, authorization: Option<&str>, form: &str) -> anyhow::Result<Answer> {
        let request = Request::post(path)
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match authorization {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        };
        self.send(request.body(Body::from(form.to_owned()))?).await
    }

    async fn send(&self, request: Request<Body>) -> anyhow::Result<Answer> {
        let response: Response<Body> = self.server.clone().oneshot(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
