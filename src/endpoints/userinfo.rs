//! The userinfo endpoint ([OpenID Connect Core §5.3]), by GET and POST, with the token in the header or the body.
//!
//! [OpenID Connect Core §5.3]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo

use axum::{
    Json,
    extract::{Request, State},
    http::{
        HeaderMap, Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::error::EndpointError;
use crate::{
    app::App,
    policy::told_claims::{self, About},
    protocol::error::{BearerError, BearerErrorCode},
    store::grants,
    web::{
        form::{FormKind, read_form},
        live_token::{Dead, LiveToken, ValidToken},
    },
};

/// Says what the user allowed the client to know.
pub async fn userinfo(State(app): State<App>, request: Request) -> Response {
    let token = match presented(request).await {
        Ok(Some(token)) => token,
        // RFC 6750 §3.1: who presents nothing is told how, not what is wrong.
        Ok(None) => {
            return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer realm=\"portcullis\"")]).into_response();
        }
        Err(error) => return error.into_response(),
    };
    match claims(&app, &token).await {
        Ok(claims) => Json(claims).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn presented(request: Request) -> Result<Option<String>, EndpointError<BearerError>> {
    let invalid = |why: String| BearerError::new(BearerErrorCode::InvalidRequest, why);
    if request.uri().query().is_some_and(|query| query.contains("access_token")) {
        return Err(invalid("an access token must not stand in the URL".into()).into());
    }
    let header = bearer(request.headers())?;
    let has_form = request.method() == Method::POST && request.headers().contains_key(CONTENT_TYPE);
    if !has_form {
        return Ok(header);
    }
    let unread = |refused| EndpointError::unread(BearerErrorCode::InvalidRequest, refused);
    let form = read_form(request, FormKind::Protocol).await.map_err(unread)?;
    let body = form.one("access_token").map_err(|e| invalid(e.to_string()))?.map(ToOwned::to_owned);
    match (header, body) {
        (Some(_), Some(_)) => Err(invalid("the token stands in the header and in the body".into()).into()),
        (header, body) => Ok(header.or(body)),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<String>, BearerError> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let header = match (authorizations.next(), authorizations.next()) {
        (None, _) => return Ok(None),
        (Some(header), None) => header.to_str().unwrap_or_default(),
        _ => {
            return Err(BearerError::new(BearerErrorCode::InvalidRequest, "the request has two Authorization headers"));
        }
    };
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => Ok(Some(token.trim().to_owned())),
        _ => Ok(None),
    }
}

async fn claims(app: &App, token: &str) -> Result<Map<String, Value>, EndpointError<BearerError>> {
    let mut snapshot = app.snapshot().await?;
    let token = ValidToken::read(&mut snapshot, token).await?.map_err(refusal)?;
    let Some(grant_id) = token.claims.grant_id else {
        return Err(BearerError::new(BearerErrorCode::InsufficientScope, "nobody signed in for this token").into());
    };
    let asked = grants::claims_request(&app.db, grant_id).await?.ok_or_else(|| refusal(Dead::Revoked))?;
    let LiveToken { client, user, held, .. } = token.held_now(&snapshot, &[]).await?.map_err(refusal)?;
    let user = user.ok_or_else(|| refusal(Dead::PersonGone))?;
    if !held.scope.contains("openid") {
        return Err(refusal(Dead::NothingHeld).into());
    }
    let about = About { client: &client, user: &user, held: &held.scope, claims: &asked };
    let mut claims = told_claims::at_userinfo(about, snapshot.registry());
    claims.insert("sub".into(), user.user_id.to_string().into());
    Ok(claims)
}

/// What the caller is told of a token that does not work here (RFC 6750 §3.1, RFC 9470 §3).
fn refusal(dead: Dead) -> BearerError {
    let (code, why) = match dead {
        Dead::NotOurs => (BearerErrorCode::InvalidToken, "the access token is not one of ours"),
        Dead::Expired => (BearerErrorCode::InvalidToken, "the access token has expired"),
        Dead::Revoked => (BearerErrorCode::InvalidToken, "the access token was revoked"),
        Dead::PersonGone => (BearerErrorCode::InvalidToken, "the user is gone"),
        Dead::NothingHeld => (BearerErrorCode::InsufficientScope, "the token lacks the scope openid"),
        Dead::TooWeak(level) => (
            BearerErrorCode::InsufficientUserAuthentication(level),
            "the user must be authenticated better than when this token was issued",
        ),
    };
    BearerError::new(code, why)
}
