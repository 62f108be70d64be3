//! Errors of the endpoints that clients and APIs call: the caller's fault or ours, told apart once for all of them.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

use crate::{
    app::{AuditUnavailable, InternalError, NotFound, Stale},
    keys::SignError,
    protocol::{
        error::{
            AuthorizationError, AuthorizationErrorCode, BearerError, BearerErrorCode, OAuthError, TokenError,
            TokenErrorCode,
        },
        token_response::TokenType,
    },
    web::{
        dpop::{self, NotProven},
        form::FormRejection,
        presented_token::challenge,
        rate_limit::too_many_requests,
        refusal::log_refusal,
    },
};

/// A failure of an endpoint whose errors the RFCs define.
#[derive(Debug)]
pub enum EndpointError<E> {
    /// A rule refused the request. The client is told, in the words of the RFC.
    Protocol(E),
    /// The form could not be read: the same, under the status that tells of it.
    Unread(E, StatusCode),
    /// A DPoP proof is to come again, with this nonce.
    NonceWanted(E, HeaderValue),
    /// We failed. The log is told; the client only learns that it was us.
    Internal(InternalError),
    /// Too much was tried or asked: the answer that says when to come back.
    Limited(Box<Response>),
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

impl From<NotProven> for EndpointError<TokenError> {
    fn from(not_proven: NotProven) -> Self {
        let why = not_proven.to_string();
        match not_proven {
            NotProven::Internal(error) => error.into(),
            NotProven::NonceWanted(nonce) => {
                Self::NonceWanted(TokenError::new(TokenErrorCode::UseDpopNonce, why), nonce)
            }
            _ => TokenError::new(TokenErrorCode::InvalidDpopProof, why).into(),
        }
    }
}

impl From<NotProven> for EndpointError<AuthorizationError> {
    fn from(not_proven: NotProven) -> Self {
        let why = not_proven.to_string();
        match not_proven {
            NotProven::Internal(error) => error.into(),
            NotProven::NonceWanted(nonce) => {
                Self::NonceWanted(AuthorizationError::new(AuthorizationErrorCode::UseDpopNonce, why), nonce)
            }
            _ => AuthorizationError::new(AuthorizationErrorCode::InvalidDpopProof, why).into(),
        }
    }
}

impl From<NotProven> for EndpointError<BearerError> {
    fn from(not_proven: NotProven) -> Self {
        let why = not_proven.to_string();
        match not_proven {
            NotProven::Internal(error) => error.into(),
            NotProven::NonceWanted(nonce) => {
                Self::NonceWanted(BearerError::new(BearerErrorCode::UseDpopNonce, why), nonce)
            }
            NotProven::Missing => BearerError::new(BearerErrorCode::NotProven, why).into(),
            _ => BearerError::new(BearerErrorCode::InvalidDpopProof, why).into(),
        }
    }
}

impl<E> From<InternalError> for EndpointError<E> {
    fn from(error: InternalError) -> Self {
        Self::Internal(error)
    }
}

macro_rules! failures_of_ours {
    ($($type:ty),+) => {$(
        impl<E> From<$type> for EndpointError<E> {
            fn from(error: $type) -> Self {
                Self::Internal(error.into())
            }
        }
    )+};
}
failures_of_ours!(sqlx::Error, Stale, AuditUnavailable);

impl<E> From<NotFound> for EndpointError<E> {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Stale(stale) => stale.into(),
            NotFound::TooMany { retry_after } => {
                let why = "too many unknown clients were named from this address";
                Self::Limited(Box::new(too_many_requests(retry_after.unsigned_abs(), why)))
            }
        }
    }
}

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
            Self::NonceWanted(error, nonce) => ([(dpop::NONCE, nonce)], error).into_response(),
            Self::Internal(error) => error.into_response(),
            Self::Limited(answer) => *answer,
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

impl IntoResponse for AuthorizationError {
    /// RFC 9126 §2.3: the errors of a request that a client pushes.
    fn into_response(self) -> Response {
        log_refusal(&self);
        (StatusCode::BAD_REQUEST, Json(self)).into_response()
    }
}

impl EndpointError<BearerError> {
    /// The answer to whoever presented a token by this scheme.
    #[must_use]
    pub fn by(self, scheme: TokenType) -> Response {
        match self {
            Self::Protocol(error) => EndpointError::Protocol(refused(scheme, error)),
            Self::Unread(error, status) => EndpointError::Unread(refused(scheme, error), status),
            Self::NonceWanted(error, nonce) => EndpointError::NonceWanted(refused(scheme, error), nonce),
            Self::Internal(error) => EndpointError::Internal(error),
            Self::Limited(answer) => EndpointError::Limited(answer),
        }
        .into_response()
    }
}

/// RFC 6750 §3, RFC 9470 §3, RFC 9449 §7.1: the error stands in the challenge, and for people in the body.
fn refused(scheme: TokenType, error: BearerError) -> Response {
    use BearerErrorCode as Code;
    log_refusal(&error);
    let status = match error.error {
        Code::InvalidRequest => StatusCode::BAD_REQUEST,
        Code::InsufficientScope => StatusCode::FORBIDDEN,
        Code::InvalidToken
        | Code::NotProven
        | Code::InvalidDpopProof
        | Code::UseDpopNonce
        | Code::InsufficientUserAuthentication(_) => StatusCode::UNAUTHORIZED,
    };
    let scheme = match error.error {
        Code::NotProven | Code::InvalidDpopProof | Code::UseDpopNonce => TokenType::Dpop,
        _ => scheme,
    };
    let mut said = vec![("error", error.error.as_str()), ("error_description", &error.error_description)];
    if let Code::InsufficientUserAuthentication(level) = error.error {
        said.push(("acr_values", level.as_str()));
    }
    let challenge = challenge(scheme, &said);
    (status, [(WWW_AUTHENTICATE, challenge)], Json(error)).into_response()
}
