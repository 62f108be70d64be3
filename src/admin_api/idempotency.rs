//! `Idempotency-Key`: a POST that comes again is answered as it was, and makes nothing twice.
//!
//! The key belongs to whoever sent it, for 24 hours: a client, or a user with it. What is kept of an answer has no secrets: whoever lost a secret
//! with the connection asks for another one.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::{answer::read_body, caller::Caller};
use crate::{
    app::{App, InternalError},
    secret::Secret,
    store::idempotent_requests::{self, Earlier, Key},
    web::problem::Problem,
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The headers of an answer that are kept.
const KEPT: [HeaderName; 3] = [header::ETAG, header::LOCATION, header::CONTENT_TYPE];
/// The members of an answer that are not.
const SECRETS: [&str; 2] = ["client_secret", "client_secrets"];
const LONGEST_KEY: usize = 255;
/// No request is at work for longer: one without an answer by then was cut short, by the end of its node.
const LONGEST_WORK: Duration = Duration::minutes(15);

/// A layer around the operations.
pub(super) async fn answer_once(State(app): State<App>, request: Request, next: Next) -> Response {
    let sent = request.headers().get_all(KEY).iter().cloned().collect::<Vec<_>>();
    if request.method() != Method::POST || sent.is_empty() {
        return next.run(request).await;
    }
    let is_key = |key: &HeaderValue| (1..=LONGEST_KEY).contains(&key.len()) && key.to_str().is_ok();
    let [key] = &sent[..] else { return no_key() };
    if !is_key(key) {
        return no_key();
    }
    once(&app, key.clone(), request, next).await.unwrap_or_else(IntoResponse::into_response)
}

fn no_key() -> Response {
    let what = format!("Idempotency-Key is sent once, and has 1 to {LONGEST_KEY} printable ASCII characters.");
    Problem::malformed(what).into_response()
}

async fn once(app: &App, key: HeaderValue, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let caller = match Caller::from_request_parts(&mut parts, app).await {
        Ok(caller) => caller,
        Err(refused) => return Ok(refused),
    };
    let body = read_body(Request::from_parts(parts.clone(), body)).await?;
    let asked = format!("{} {}\n{}", parts.method, parts.uri, String::from_utf8_lossy(&body));
    let asked = Secret::presented(&asked).hash();
    let key = key.to_str().unwrap_or_default();
    let key = caller.user_id.map_or_else(|| key.to_owned(), |user_id| format!("{user_id}\n{key}"));
    let key = Key { client_id: &caller.client_id, key: Secret::presented(&key).hash() };
    if !idempotent_requests::begin(&app.db, &key, &asked, caller.snapshot.now).await? {
        return earlier(idempotent_requests::find(&app.db, &key, &asked).await?, caller.snapshot.now);
    }
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    if answer.status().is_success() {
        keep(app, &key, answer).await
    } else {
        // It changed nothing, so it may come again.
        idempotent_requests::forget_one(&app.db, &key).await?;
        Ok(answer)
    }
}

fn earlier(found: Option<Earlier>, now: OffsetDateTime) -> Result<Response, Problem> {
    let conflict = |code, what| Problem::new(StatusCode::CONFLICT, code, what);
    match found {
        Some(Earlier { is_same: false, .. }) => {
            let what = "Another request was sent with this Idempotency-Key. Use another key.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key_used", what))
        }
        Some(Earlier { answer: Some((status, headers, body)), .. }) => Ok(again(status, &headers, body)),
        // It may have been made or not. Only its sender can tell, so it is not made a second time.
        Some(Earlier { began_at, .. }) if now - began_at > LONGEST_WORK => Err(conflict(
            "cut_short",
            "The first request with this Idempotency-Key was cut short. See whether it was done; if not, send it with another key.",
        )),
        _ => {
            let what = "The first request with this Idempotency-Key is under way.";
            Err(conflict("under_way", what).header(header::RETRY_AFTER, "1"))
        }
    }
}

/// The answer that was given before, without its secrets.
fn again(status: u16, headers: &Value, body: String) -> Response {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    for name in KEPT {
        let value = headers.get(name.as_str()).and_then(Value::as_str);
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn keep(app: &App, key: &Key<'_>, answer: Response) -> Result<Response, Problem> {
    let (parts, body) = answer.into_parts();
    let body: Bytes = body.collect().await.map_err(|error| Problem::from(InternalError::bug(error)))?.to_bytes();
    let mut without = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    remove_secrets(&mut without);
    let text = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let headers = KEPT.iter().filter_map(|name| Some((name.to_string(), json!(text(name)?)))).collect::<Map<_, _>>();
    let kept = if body.is_empty() { String::new() } else { without.to_string() };
    let answered = (parts.status.as_u16(), &Value::Object(headers), kept.as_str());
    if let Err(error) = idempotent_requests::finish(&app.db, key, answered).await {
        tracing::warn!(%error, "an answer could not be kept for the request that comes again");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn remove_secrets(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !SECRETS.contains(&name.as_str()));
            members.values_mut().for_each(remove_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_secrets),
        _ => {}
    }
}
