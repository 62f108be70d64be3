//! The admin API, as the page of the console asks it that lets people try it: with the session of whoever reads the page in the
//! place of an access token, and otherwise as every program does.

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{app::InternalError, policy::permission::Powers, registry::Principal};

/// The operations of the admin API.
#[derive(Clone)]
pub struct AdminApi(Router);

/// Who asks, if that is told by no token. Only this program can put it into a request.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Acting {
    pub by: Principal,
    pub user_id: Uuid,
    pub powers: Powers,
}

/// What was answered.
#[expect(missing_docs, reason = "the names say it")]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl AdminApi {
    /// The operations that this router serves.
    #[must_use]
    pub const fn new(router: Router) -> Self {
        Self(router)
    }

    /// Its description (`OpenAPI`).
    ///
    /// # Errors
    /// There is a bug.
    pub async fn description(&self) -> Result<Value, InternalError> {
        let request = Request::get("/api/v1/openapi.json").body(Body::empty()).map_err(InternalError::bug)?;
        serde_json::from_slice(&self.send(request).await?.body).map_err(InternalError::bug)
    }

    /// Asks as this administrator.
    ///
    /// # Errors
    /// There is a bug.
    pub async fn ask(&self, mut request: Request<Body>, acting: Acting) -> Result<Answer, InternalError> {
        request.extensions_mut().insert(acting);
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Result<Answer, InternalError> {
        let Ok(answer) = self.0.clone().oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(InternalError::bug)?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}
