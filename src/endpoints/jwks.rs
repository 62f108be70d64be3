//! Our public keys ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).

use axum::{
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};

use crate::app::App;

/// The keys that verify our tokens, those that will, and those that did until the last token they signed has expired.
pub async fn jwks(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(known) = app.last_known() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let keys = &known.keys;
    let etag = keys.jwks_etag().to_owned();
    let caching = [(CACHE_CONTROL, "public, max-age=900".to_owned()), (ETAG, etag.clone())];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(CONTENT_TYPE, "application/json")], keys.jwks().clone()).into_response()
}
