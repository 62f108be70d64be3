//! Errors of the endpoints that clients and APIs call: the caller's fault or ours, told apart once for all of them.

use axum::{
    Json,
    http::{
        StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

use crate::{
    app::{AuditUnavailable, Stale},
    keys::SignError,
    protocol::error::{BearerError, BearerErrorCode, ErrorCode, OAuthError, TokenError, TokenErrorCode},
    web::{form::FormRejection, request_id},
};

/// A failure of an endpoint whose errors the RFCs define.
#[derive(Debug)]
pub enum EndpointError<E> {
    /// A rule refused the request. The client is told, in the words of the RFC.
    Protocol(E),
    /// The form could not be read: the same, under the status that tells of it.
    Unread(E, StatusCode),
    /// We failed. The log is told; the client only learns that it was us.
    Internal(InternalError),
    /// Too much was tried or asked: the answer that says when to come back.
    Limited(Box<Response>),
}

/// A failure of ours, which is logged when it becomes a response.
#[derive(Debug)]
pub enum InternalError {
    /// Something we depend on does not answer: worth another try.
    Unavailable(anyhow::Error),
    /// A mistake in this program.
    Bug(anyhow::Error),
}

/// For operators: no page and no endpoint says this to anybody.
impl std::fmt::Display for InternalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unavailable(error) => write!(f, "what it needs does not answer: {error:#}"),
            Self::Bug(error) => write!(f, "it failed: {error:#}"),
        }
    }
}

impl From<InternalError> for anyhow::Error {
    fn from(error: InternalError) -> Self {
        match error {
            InternalError::Unavailable(error) | InternalError::Bug(error) => error,
        }
    }
}

impl<C> From<OAuthError<C>> for EndpointError<OAuthError<C>> {
    fn from(error: OAuthError<C>) -> Self {
        Self::Protocol(error)
    }
}

impl<C> EndpointError<OAuthError<C>> {
    /// What a form was not read for. Its status stays, so that clients and what stands between can tell what is too large or
    /// too slow from what is wrong.
    pub fn unread(invalid_request: C, refused: FormRejection) -> Self {
        Self::Unread(OAuthError::new(invalid_request, refused.description()), refused.status())
    }
}

impl<E> From<InternalError> for EndpointError<E> {
    fn from(error: InternalError) -> Self {
        Self::Internal(error)
    }
}

macro_rules! unavailable {
    ($($type:ty),+) => {$(
        impl From<$type> for InternalError {
            fn from(error: $type) -> Self {
                Self::Unavailable(error.into())
            }
        }
        impl<E> From<$type> for EndpointError<E> {
            fn from(error: $type) -> Self {
                Self::Internal(error.into())
            }
        }
    )+};
}
unavailable!(sqlx::Error, Stale, AuditUnavailable);

impl<E> From<SignError> for EndpointError<E> {
    fn from(error: SignError) -> Self {
        Self::Internal(InternalError::Bug(error.into()))
    }
}

impl<E: IntoResponse> IntoResponse for EndpointError<E> {
    fn into_response(self) -> Response {
        match self {
            Self::Protocol(error) => error.into_response(),
            Self::Unread(error, status) => {
                let mut response = error.into_response();
                *response.status_mut() = status;
                response
            }
            Self::Internal(error) => error.into_response(),
            Self::Limited(answer) => *answer,
        }
    }
}

impl InternalError {
    /// Logs the failure, and says which status tells of it. No message of a library ever reaches a caller.
    pub fn log(&self) -> StatusCode {
        match self {
            Self::Unavailable(error) => {
                tracing::error!(error = format!("{error:#}"), "a request could not be served");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Bug(error) => {
                tracing::error!(error = format!("{error:#}"), "a request failed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for InternalError {
    fn into_response(self) -> Response {
        let status = self.log();
        let body = serde_json::json!({
            "error": if status == StatusCode::SERVICE_UNAVAILABLE { "temporarily_unavailable" } else { "server_error" },
            "error_description": "the request could not be served; try again in a few seconds",
        });
        (status, [(RETRY_AFTER, "2")], Json(body)).into_response()
    }
}

/// One line for each refusal: the code of the RFC, why, and which client asks, if that is one of ours.
pub(super) fn log_refusal<C: ErrorCode>(error: &OAuthError<C>) {
    let client_id = request_id::client();
    tracing::info!(target: "refusal", client_id, error = error.error.as_str(), reason = %error.error_description);
}

impl IntoResponse for TokenError {
    /// RFC 6749 §5.2: 401 with a challenge for a client that is not who it says, 400 for the rest.
    fn into_response(self) -> Response {
        log_refusal(&self);
        match self.error {
            TokenErrorCode::InvalidClient => {
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"portcullis\"")], Json(self))
                    .into_response()
            }
            _ => (StatusCode::BAD_REQUEST, Json(self)).into_response(),
        }
    }
}

impl IntoResponse for BearerError {
    /// RFC 6750 §3, RFC 9470 §3: the error stands in the challenge, and for people in the body.
    fn into_response(self) -> Response {
        log_refusal(&self);
        let status = match self.error {
            BearerErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
            BearerErrorCode::InvalidToken | BearerErrorCode::InsufficientUserAuthentication(_) => {
                StatusCode::UNAUTHORIZED
            }
            BearerErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
        };
        let (code, description) = (self.error.as_str(), &self.error_description);
        let wanted = match self.error {
            BearerErrorCode::InsufficientUserAuthentication(level) => format!(", acr_values=\"{}\"", level.as_str()),
            _ => String::new(),
        };
        let challenge =
            format!("Bearer realm=\"portcullis\", error=\"{code}\", error_description=\"{description}\"{wanted}");
        (status, [(WWW_AUTHENTICATE, challenge)], Json(self)).into_response()
    }
}
