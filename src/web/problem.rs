//! Errors of the admin API: problem details ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with our codes.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    app::InternalError,
    policy::{
        permission::{Permission, Powers},
        refusal::Refusal,
    },
    registry::{ChangeError, Since},
};

/// Stands before the code in the type of a problem.
const TYPE: &str = "urn:portcullis:problem:";

/// Why a request was not served.
#[derive(Debug)]
pub struct Problem(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, String)>,
}

impl Problem {
    /// A problem of this kind, with what to do in a sentence.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (more, headers) = (Map::new(), Vec::new());
        Self(Box::new(Told { status, code, detail: detail.into(), more, headers }))
    }

    /// Some fields are wrong: all of them, each with its code.
    #[must_use]
    pub fn invalid(refusals: &[Refusal]) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields break rules; see errors.");
        problem.with("errors", json!(refusals))
    }

    /// Something is not there.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown", "There is no such thing, or you do not see it.")
    }

    /// The body or the query cannot be read.
    #[must_use]
    pub fn malformed(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", why)
    }

    /// The caller lacks permissions.
    #[must_use]
    pub fn lacks(lacking: Powers) -> Self {
        let scopes = lacking.iter().map(Permission::scope).collect::<Vec<_>>().join(" ");
        let detail = format!("This needs the scope {scopes}, in the token and in the registration of its client.");
        let challenge = format!("Bearer realm=\"portcullis\", error=\"insufficient_scope\", scope=\"{scopes}\"");
        Self::new(StatusCode::FORBIDDEN, "insufficient_scope", detail)
            .with("scope", scopes.into())
            .header(header::WWW_AUTHENTICATE, challenge)
    }

    /// The same with a member more.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.more.insert(name.to_owned(), value);
        self
    }

    /// The same with a header more.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Invalid(refusals) => Self::invalid(&refusals),
            ChangeError::Unknown => Self::unknown(),
            ChangeError::Lacks(lacking) => Self::lacks(lacking),
            ChangeError::NotPermitted(why) => Self::new(StatusCode::CONFLICT, "protected", why),
            ChangeError::Outdated(since) => outdated(&since),
            ChangeError::NoLongerAllowed => {
                let detail = "The token or its client came to an end, or this is not for clients to do.";
                Self::new(StatusCode::FORBIDDEN, "not_allowed", detail)
            }
            ChangeError::NoKey(error) => InternalError::Bug(error.into()).into(),
            ChangeError::Internal(error) => error.into(),
        }
    }
}

/// Who changed what, so that its reader can ask them.
fn outdated(since: &Since) -> Problem {
    let detail = format!("{since}. Read it again, and send the change again with the new ETag.");
    Problem::new(StatusCode::PRECONDITION_FAILED, "outdated", detail)
        .with("changed_by", json!(since.by))
        .with("changed_at", json!(since.at.map(time::OffsetDateTime::unix_timestamp)))
        .with("changed", json!(since.fields))
}

impl From<InternalError> for Problem {
    fn from(error: InternalError) -> Self {
        let status = error.log();
        let code = if status == StatusCode::SERVICE_UNAVAILABLE { "unavailable" } else { "failed" };
        Self::new(status, code, "The request could not be served; try again in a few seconds.")
            .header(header::RETRY_AFTER, "2")
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        InternalError::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Told { status, code, detail, mut more, headers } = *self.0;
        tracing::info!(target: "refusal", error = code, reason = %detail);
        more.insert("type".to_owned(), format!("{TYPE}{code}").into());
        more.insert("title".to_owned(), status.canonical_reason().unwrap_or_default().into());
        more.insert("status".to_owned(), status.as_u16().into());
        more.insert("code".to_owned(), code.into());
        more.insert("detail".to_owned(), detail.into());
        let mut response = (status, Json(Value::Object(more))).into_response();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
