//! A failure of ours: told apart from what a caller did wrong, once for all floors above.

use axum::http::StatusCode;

use super::{AuditUnavailable, Stale};

/// A failure of ours, which is logged when it becomes an answer.
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

impl From<sqlx::Error> for InternalError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<Stale> for InternalError {
    fn from(error: Stale) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<AuditUnavailable> for InternalError {
    fn from(error: AuditUnavailable) -> Self {
        Self::Unavailable(error.into())
    }
}

impl InternalError {
    /// A failure that nothing outside of this program explains.
    pub(crate) fn bug(error: impl Into<anyhow::Error>) -> Self {
        Self::Bug(error.into())
    }

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
