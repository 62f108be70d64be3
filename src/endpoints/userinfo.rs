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

use crate::{
    app::App,
    keys::Typ,
    policy::{
        assurance::{of_account, of_client},
        user::User,
    },
    protocol::{
        access_token::AccessToken,
        client::Client,
        error::{BearerError, BearerErrorCode},
        introspection::stands_for,
        standard_claims,
    },
    store::{grants, users},
    web::{
        error::EndpointError,
        form::{FormKind, read_form},
    },
};

/// Says what the person allowed the client to know.
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

async fn presented(request: Request) -> Result<Option<String>, BearerError> {
    let invalid = |why: String| BearerError::new(BearerErrorCode::InvalidRequest, why);
    if request.uri().query().is_some_and(|query| query.contains("access_token")) {
        return Err(invalid("an access token must not stand in the URL".into()));
    }
    let header = bearer(request.headers())?;
    let has_form = request.method() == Method::POST && request.headers().contains_key(CONTENT_TYPE);
    if !has_form {
        return Ok(header);
    }
    let form = read_form(request, FormKind::Protocol).await.map_err(|refused| invalid(refused.description()))?;
    let body = form.one("access_token").map_err(|e| invalid(e.to_string()))?.map(ToOwned::to_owned);
    match (header, body) {
        (Some(_), Some(_)) => Err(invalid("the token stands in the header and in the body".into())),
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
    let invalid = |why: &'static str| BearerError::new(BearerErrorCode::InvalidToken, why);
    app.ensure_fresh().await?;
    let now = app.clock.now();
    let token = app.keys().verify(token, Typ::AccessToken).ok().and_then(|token| token.read::<AccessToken>().ok());
    let token = token
        .filter(|token| token.iss == app.issuer())
        .ok_or_else(|| invalid("the access token is not one of ours"))?;
    if token.has_expired(now) {
        return Err(invalid("the access token has expired").into());
    }
    let Some(grant_id) = token.grant_id else {
        return Err(BearerError::new(BearerErrorCode::InsufficientScope, "nobody signed in for this token").into());
    };
    if !token.scope.contains("openid") || !token.aud.names(app.issuer()) {
        return Err(BearerError::new(BearerErrorCode::InsufficientScope, "the token lacks the scope openid").into());
    }
    let revoked = || invalid("the access token was revoked");
    let client = app.registry().client(&token.client_id).filter(|client| stands_for(client, &token));
    let client = client.filter(|_| !app.is_revoked(token.jti) && !app.is_revoked(grant_id)).ok_or_else(revoked)?;
    let asked = grants::claims_request(&app.db, grant_id).await?.ok_or_else(revoked)?.within(&client.scopes);
    let user = match token.sub.parse() {
        Ok(user_id) => users::find(&app.db, user_id).await?.filter(|user| user.enabled),
        Err(_) => None,
    };
    let user = user.ok_or_else(|| invalid("the person is gone"))?;
    ensure_strong_enough(app, &client, &token, &user)?;

    let mut claims = standard_claims::select(&user.claims(), &token.scope, &asked.userinfo);
    claims.insert("sub".into(), user.user_id.to_string().into());
    Ok(claims)
}

/// What the client, its API or the person's account demands may have risen since the person signed in (RFC 9470).
fn ensure_strong_enough(app: &App, client: &Client, token: &AccessToken, user: &User) -> Result<(), BearerError> {
    let registry = app.registry();
    let required = of_client(client, &token.scope, &registry).max(of_account(user, &registry));
    let reached = token.acr.as_deref().and_then(|acr| acr.parse().ok()).unwrap_or_default();
    if required <= reached {
        return Ok(());
    }
    let why = "the person must be authenticated better than when this token was issued";
    Err(BearerError::new(BearerErrorCode::InsufficientUserAuthentication(required), why))
}
