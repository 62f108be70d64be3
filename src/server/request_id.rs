//! The id of a request: it connects the answer that a caller saw with what the log says about it.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::request::Parts;
use uuid::Uuid;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Current;
}

/// What the log and the frame of a page can say of the request that this task works for.
struct Current {
    id: RequestId,
    client: OnceLock<Arc<str>>,
    page: OnceLock<Arc<str>>,
}

/// Runs the work of a request, in which [`current`] is this id.
pub fn within<F: Future>(id: RequestId, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(Current { id, client: OnceLock::new(), page: OnceLock::new() }, work)
}

/// The id of the request that this task works for, so that each line of the log can name it.
#[must_use]
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(|current| current.id.clone()).ok()
}

/// Notes the client that this request names, so that a refusal can name it too. It must be one that is registered: any other
/// id is whatever somebody typed.
pub fn note_client(client_id: &str) {
    let noted = |current: &Current| current.client.set(client_id.into()).is_ok();
    let _ = CURRENT.try_with(noted); // the first counts; outside of a request there is nothing to note
}

/// Notes the path and query of the page that this request asks for, so that its frame can lead back to it.
pub fn note_page(path: &str) {
    let _ = CURRENT.try_with(|current| current.page.set(path.into()).is_ok());
}

/// The page that was noted.
#[must_use]
pub fn page() -> Option<Arc<str>> {
    CURRENT.try_with(|current| current.page.get().cloned()).ok().flatten()
}

/// The client that was noted.
#[must_use]
pub fn client() -> Option<String> {
    CURRENT.try_with(|current| current.client.get().map(ToString::to_string)).ok().flatten()
}

/// Letters, digits, `-` and `_`; ours have 26 and sort by time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

/// Those of Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl RequestId {
    /// A `UUIDv7` in Crockford's base 32: easy to read out, and in the order of time.
    #[must_use]
    pub fn generate() -> Self {
        let number = Uuid::now_v7().as_u128();
        let digit = |place: u32| char::from(DIGITS[(number >> (5 * place) & 31) as usize]);
        Self((0..26).rev().map(digit).collect::<String>().into())
    }

    /// An id of ours as somebody typed it, and the `UUIDv7` that it stands for. `None`: we made none like that.
    #[must_use]
    pub fn typed(text: &str) -> Option<(Self, Uuid)> {
        let text = text.to_ascii_lowercase();
        let mut number = 0_u128;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte)?;
            number = number.checked_mul(32)?.checked_add(digit as u128)?;
        }
        let id = Uuid::from_u128(number);
        (text.len() == 26 && id.get_version_num() == 7).then(|| (Self(text.into()), id))
    }

    /// The id that a proxy gave to the request.
    #[must_use]
    pub fn presented(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
        let is_good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        ((8..=64).contains(&text.len()) && text.bytes().all(is_good)).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds the id to the headers of an answer.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(X_REQUEST_ID, value);
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of this request; a new one where the middleware does not run.
impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(Self::generate))
    }
}

/// Where the server learns the id that the middleware gave to a request, for the answers that it must give itself
/// (after a panic, or when a request takes too long).
#[derive(Clone, Debug, Default)]
pub struct RequestIdSlot(Arc<OnceLock<RequestId>>);

impl RequestIdSlot {
    /// Notes the id, unless there is one.
    pub fn fill(&self, id: &RequestId) {
        self.0.get_or_init(|| id.clone());
    }

    /// Adds the id to the headers of an answer, if one was given.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        if let Some(id) = self.0.get() {
            id.write_to(headers);
        }
    }
}

impl fmt::Display for RequestIdSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get().map_or("", RequestId::as_str))
    }
}
