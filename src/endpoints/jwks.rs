//! Our public keys ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).

use axum::{
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    keys::{KeySet, jwk::Published},
};

/// The keys that verify our tokens, those that will, and those that did until the last token they signed has expired.
pub async fn jwks(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(&app, &headers, KeySet::jwks, "application/json")
}

/// The same keys as PEM (RFC 7468), for programs that read no JWKS.
pub async fn pem(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(&app, &headers, KeySet::pem, "application/x-pem-file")
}

fn answer(app: &App, headers: &HeaderMap, document: fn(&KeySet) -> &Published, content_type: &'static str) -> Response {
    let Some(known) = app.last_known() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let Published { body, etag } = document(&known.keys);
    let caching = [(CACHE_CONTROL, "public, max-age=900".to_owned()), (ETAG, etag.clone())];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(CONTENT_TYPE, content_type)], body.clone()).into_response()
}
