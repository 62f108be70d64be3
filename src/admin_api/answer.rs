//! What the operations share: bodies, revisions and pages of lists.

use std::ops::Deref;

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use crate::{
    app::App,
    protocol::{json::parse_object, parameters::Parameters},
    web::{form::read_query, form::read_whole, problem::Problem},
};

/// How many a page of a list holds, unless the caller wants another number; and the most.
const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// A JSON object that was sent. None of its members stands in it twice.
pub(super) struct Object(pub Map<String, Value>);

impl FromRequest<App> for Object {
    type Rejection = Response;

    async fn from_request(request: Request, _: &App) -> Result<Self, Response> {
        read(request).await.map(Self).map_err(IntoResponse::into_response)
    }
}

async fn read(request: Request<Body>) -> Result<Map<String, Value>, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" {
        let detail = "Send the body as application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail));
    }
    let body = read_whole(request).await;
    let body = body.map_err(|refused| Problem::new(refused.status(), "malformed", refused.description()))?;
    parse_object(&body)
        .map_err(|error| Problem::malformed(format!("The body is no JSON object as it must be: {error}.")))
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

/// A thing with its revision, as `ETag`.
pub(super) fn thing(status: StatusCode, revision: i32, value: Value) -> Response {
    (status, [(header::ETAG, format!("\"{revision}\"")), (header::CACHE_CONTROL, "no-store".into())], Json(value))
        .into_response()
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
    query: Parameters,
    pub limit: i64,
}

impl Page {
    /// Reads it from the query, which has `limit`, `after` and these.
    ///
    /// # Errors
    /// Something else is in it, or twice, or `limit` is out of bounds.
    pub fn read(parts: &axum::http::request::Parts, known: &[&str]) -> Result<Self, Problem> {
        let query = read_query(parts).map_err(|error| Problem::malformed(format!("{error}.")))?;
        let names = query.pairs().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        if let Some(other) =
            names.iter().find(|name| !["limit", "after"].iter().chain(known).any(|known| known == name))
        {
            return Err(Problem::malformed(format!("There is no parameter {other} here.")));
        }
        if let Some(name) = query.first_repeated(&[]) {
            return Err(Problem::malformed(format!("The parameter {name} stands in the query twice.")));
        }
        let limit = query.raw("limit").map_or(Ok(PAGE), str::parse);
        match limit {
            Ok(limit) if (1..=LARGEST_PAGE).contains(&limit) => Ok(Self { query, limit }),
            _ => Err(Problem::malformed(format!("limit is a number from 1 to {LARGEST_PAGE}."))),
        }
    }

    /// What is given, if anything.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.query.raw(name).filter(|value| !value.is_empty())
    }

    /// The items of a page, of which one more was read than it holds, and the link to the next. `cursor`: what tells where an
    /// item stands.
    pub fn answer<T>(
        &self,
        path: &str,
        mut items: Vec<T>,
        view: impl Fn(&T) -> Value,
        cursor: impl Fn(&T) -> String,
    ) -> Response {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|last| self.link(path, &cursor(last)));
        let link = next.as_ref().map(|next| [(header::LINK, format!("<{next}>; rel=\"next\""))]);
        let body = json!({ "items": items.iter().map(view).collect::<Vec<_>>(), "next": next });
        ([(header::CACHE_CONTROL, "no-store")], link, Json(body)).into_response()
    }

    fn link(&self, path: &str, after: &str) -> String {
        let kept = self.query.pairs().filter(|(name, _)| *name != "after");
        let query = Serializer::new(String::new()).extend_pairs(kept).append_pair("after", after).finish();
        format!("{path}?{query}")
    }
}

impl Deref for Object {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.0
    }
}
