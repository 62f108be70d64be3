//! What the operations share: bodies, revisions and pages of lists.

use std::ops::Deref;

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::operations::{APPLY_REGISTRY, MAKE_CHANGES, Operation, PLAN_REGISTRY};
use crate::{
    app::App,
    protocol::{json::parse_object, parameters::Parameters},
    web::{
        form::{read_at_most, read_query, read_whole},
        problem::Problem,
    },
};

/// How many a page of a list holds, unless the caller wants another number; and the most.
const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;
/// How many bytes several changes may have, and how many a whole registry.
const LARGEST_CHANGES: usize = 1024 * 1024;
const LARGEST_REGISTRY: usize = 4 * 1024 * 1024;

/// A JSON object that was sent. None of its members stands in it twice.
#[derive(Default)]
pub(super) struct Object(pub Map<String, Value>);

impl FromRequest<App> for Object {
    type Rejection = Response;

    async fn from_request(request: Request, _: &App) -> Result<Self, Response> {
        read(request).await.map(Self).map_err(IntoResponse::into_response)
    }
}

/// The JSON object that was sent.
///
/// # Errors
/// It is none, or not within the limits.
pub(super) async fn read(request: Request<Body>) -> Result<Map<String, Value>, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" {
        let detail = "Send the body as application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail));
    }
    parse_object(&read_body(request).await?)
        .map_err(|error| Problem::malformed(format!("The body is no JSON object as it must be: {error}.")))
}

/// The body that was sent: of several changes, or a whole registry, a larger one than elsewhere.
///
/// # Errors
/// It is not within the limits.
pub(super) async fn read_body(request: Request<Body>) -> Result<Vec<u8>, Problem> {
    let path = request.uri().path();
    let read = if path == MAKE_CHANGES.path {
        read_at_most(request, LARGEST_CHANGES).await
    } else if path == PLAN_REGISTRY.path || path == APPLY_REGISTRY.path {
        read_at_most(request, LARGEST_REGISTRY).await
    } else {
        read_whole(request).await
    };
    read.map_err(|refused| Problem::new(refused.status(), "malformed", refused.description()))
}

/// The one parameter of a path. Empty: it has none.
pub(super) struct Id(pub String);

/// The two parameters of a path.
pub(super) struct Ids(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        Ok(Self(in_path(parts, state).await?.into_iter().next().unwrap_or_default()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let mut all = in_path(parts, state).await?.into_iter();
        Ok(Self(all.next().unwrap_or_default(), all.next().unwrap_or_default()))
    }
}

/// The parameters of a path. What is no text names nothing, nor does what holds a NUL, which PostgreSQL would refuse.
async fn in_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, Response> {
    let unknown = || Problem::unknown().into_response();
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| unknown())?;
    let all = params.iter().map(|(_, value)| value.to_owned()).collect::<Vec<_>>();
    if all.iter().any(|value| value.contains('\0')) { Err(unknown()) } else { Ok(all) }
}

impl Object {
    /// The object as settings of a kind.
    ///
    /// # Errors
    /// It has other members, or of other types.
    pub fn into_settings<T: DeserializeOwned>(self) -> Result<T, Problem> {
        serde_json::from_value(Value::Object(self.0)).map_err(|error| Problem::malformed(format!("{error}.")))
    }
}

/// A thing as it is shown.
pub(super) struct Shown {
    /// What its path ends with.
    pub id: String,
    /// Its revision.
    pub revision: i32,
    /// All of it.
    pub value: Value,
}

/// A thing with its revision, as `ETag`.
pub(super) fn thing(status: StatusCode, shown: &Shown) -> Response {
    let headers = [(header::ETAG, format!("\"{}\"", shown.revision)), (header::CACHE_CONTROL, "no-store".into())];
    (status, headers, Json(&shown.value)).into_response()
}

/// The revision that the caller saw (`If-Match`).
///
/// # Errors
/// It names none, or several.
pub(super) fn seen(headers: &HeaderMap) -> Result<i32, Problem> {
    let required = || {
        let detail = "Send If-Match with the ETag of what you read, so that nobody's change is lost.";
        Problem::new(StatusCode::PRECONDITION_REQUIRED, "if_match_required", detail)
    };
    let sent = headers.get(header::IF_MATCH).ok_or_else(required)?.to_str().unwrap_or_default();
    let revision = sent.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    // What is no revision of ours is the ETag of something that was never here.
    Ok(revision.and_then(|revision| revision.parse().ok()).unwrap_or(-1))
}

/// Which part of a list is asked for.
pub(super) struct Page {
    path: String,
    query: Parameters,
    pub limit: i64,
}

impl Page {
    /// Reads it from the query, which has `limit`, `after` and what the operation knows.
    ///
    /// # Errors
    /// Something else is in it, or twice, or `limit` is out of bounds.
    pub fn read(parts: &Parts) -> Result<Self, Problem> {
        Self::with(parts, &["limit", "after"])
    }

    /// Reads it for a list that is short enough to be shown as a whole.
    ///
    /// # Errors
    /// Something is in the query.
    pub fn read_whole(parts: &Parts) -> Result<Self, Problem> {
        Self::with(parts, &[])
    }

    fn with(parts: &Parts, always: &[&str]) -> Result<Self, Problem> {
        let query = read_query(parts).map_err(|error| Problem::malformed(format!("{error}.")))?;
        let known = parts.extensions.get::<&Operation>().map_or(&[][..], |operation| operation.query);
        let is_known = |name: &str| always.iter().chain(known).any(|known| *known == name);
        if let Some((other, _)) = query.pairs().find(|(name, _)| !is_known(name)) {
            return Err(Problem::malformed(format!("There is no parameter {other} here.")));
        }
        if let Some(name) = query.first_repeated(&[]) {
            return Err(Problem::malformed(format!("The parameter {name} stands in the query twice.")));
        }
        if query.pairs().any(|(_, value)| value.contains('\0')) {
            return Err(Problem::malformed("No parameter holds a NUL."));
        }
        let limit = query.raw("limit").map_or(Ok(PAGE), str::parse);
        match limit {
            Ok(limit) if (1..=LARGEST_PAGE).contains(&limit) => {
                Ok(Self { path: parts.uri.path().to_owned(), query, limit })
            }
            _ => Err(Problem::malformed(format!("limit is a number from 1 to {LARGEST_PAGE}."))),
        }
    }

    /// What is given, if anything.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.query.raw(name).filter(|value| !value.is_empty())
    }

    /// The cursor is none of ours.
    pub fn no_cursor() -> Problem {
        Problem::malformed("after is what next links have; it means nothing else.")
    }

    /// The items of a page, of which one more was read than it holds, and the link to the next. `cursor`: what tells where an
    /// item stands.
    pub fn answer<T>(&self, mut items: Vec<T>, view: impl Fn(&T) -> Value, cursor: impl Fn(&T) -> String) -> Response {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|last| self.link(&cursor(last)));
        listed(items.iter().map(view), next.as_deref())
    }

    fn link(&self, after: &str) -> String {
        let kept = self.query.pairs().filter(|(name, _)| *name != "after");
        let query = Serializer::new(String::new()).extend_pairs(kept).append_pair("after", after).finish();
        format!("{}?{query}", self.path)
    }
}

/// A list that has no second page.
pub(super) fn whole(items: impl Iterator<Item = Value>) -> Response {
    listed(items, None)
}

fn listed(items: impl Iterator<Item = Value>, next: Option<&str>) -> Response {
    let link = next.map(|next| [(header::LINK, format!("<{next}>; rel=\"next\""))]);
    let body = json!({ "items": items.collect::<Vec<_>>(), "next": next });
    ([(header::CACHE_CONTROL, "no-store")], link, Json(body)).into_response()
}

impl Deref for Object {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.0
    }
}
