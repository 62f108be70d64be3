//! The userinfo endpoint ([OpenID Connect Core §5.3]), by GET and POST, with the token in the header or the body.
//!
//! [OpenID Connect Core §5.3]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE, header::WWW_AUTHENTICATE},
    response::{AppendHeaders, IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::error::EndpointError;
use crate::{
    app::App,
    policy::told_claims::{self, About},
    protocol::{
        confirmation::{Thumbprint, Unconfirmed},
        endpoint,
        error::{BearerError, BearerErrorCode},
        token_response::TokenType,
    },
    store::grants,
    web::{
        client_certificate, dpop,
        form::{FormKind, read_form},
        live_token::{Dead, LiveToken, Presented, ValidToken},
        presented_token::{PresentedToken, TwoHeaders, challenge},
    },
};

/// Says what the user allowed the client to know.
pub async fn userinfo(State(app): State<App>, request: Request) -> Response {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let certificate = client_certificate::shown(request.extensions());
    let presented = match presented(request).await {
        Ok(Some(presented)) => presented,
        // RFC 6750 §3.1: who presents nothing is told how, not what is wrong.
        Ok(None) => {
            let schemes = [TokenType::Bearer, TokenType::Dpop].map(|scheme| (WWW_AUTHENTICATE, challenge(scheme, &[])));
            return (StatusCode::UNAUTHORIZED, AppendHeaders(schemes)).into_response();
        }
        Err(error) => return error.by(TokenType::Bearer),
    };
    match claims(&app, &presented, (&method, &headers, certificate.as_ref())).await {
        Ok((claims, nonce)) => (AppendHeaders(nonce.map(|nonce| (dpop::NONCE, nonce))), Json(claims)).into_response(),
        Err(error) => error.by(presented.scheme),
    }
}

async fn presented(request: Request) -> Result<Option<PresentedToken>, EndpointError<BearerError>> {
    let invalid = |why: String| BearerError::new(BearerErrorCode::InvalidRequest, why);
    if request.uri().query().is_some_and(|query| query.contains("access_token")) {
        return Err(invalid("an access token must not stand in the URL".into()).into());
    }
    let two_headers = |TwoHeaders| invalid("the request has two Authorization headers".into());
    let header = PresentedToken::in_header(request.headers()).map_err(two_headers)?;
    let has_form = request.method() == Method::POST && request.headers().contains_key(CONTENT_TYPE);
    if !has_form {
        return Ok(header);
    }
    let unread = |refused| EndpointError::unread(BearerErrorCode::InvalidRequest, refused);
    let form = read_form(request, FormKind::Protocol).await.map_err(unread)?;
    let body = form.one("access_token").map_err(|e| invalid(e.to_string()))?.map(ToOwned::to_owned);
    match (header, body) {
        (Some(_), Some(_)) => Err(invalid("the token stands in the header and in the body".into()).into()),
        (header, body) => Ok(header.or(body.map(PresentedToken::bearer))),
    }
}

/// The claims, and the nonce that the next proof takes, if it is another.
async fn claims(
    app: &App,
    presented: &PresentedToken,
    (method, headers, certificate): (&Method, &HeaderMap, Option<&Thumbprint>),
) -> Result<(Map<String, Value>, Option<HeaderValue>), EndpointError<BearerError>> {
    let mut snapshot = app.snapshot().await?;
    let proof = presented.proof(&snapshot, headers, method, endpoint::USERINFO)?;
    let token =
        ValidToken::read(&mut snapshot, &presented.token, Presented::ToUse(proof.as_ref(), certificate)).await?;
    let token = token.map_err(refusal)?;
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
    Ok((claims, proof.and_then(|proof| proof.next_nonce)))
}

/// What the caller is told of a token that does not work here (RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1).
fn refusal(dead: Dead) -> BearerError {
    let (code, why) = match dead {
        Dead::NotOurs => (BearerErrorCode::InvalidToken, "the access token is not one of ours"),
        Dead::Unconfirmed(Unconfirmed::NotBound) => {
            (BearerErrorCode::InvalidToken, "the access token is not bound to a key: present it with the scheme Bearer")
        }
        Dead::Unconfirmed(Unconfirmed::NoProof) => (
            BearerErrorCode::NotProven,
            "the access token is bound to a key: present it with the scheme DPoP and a proof",
        ),
        Dead::Unconfirmed(Unconfirmed::OtherKey) => {
            (BearerErrorCode::NotProven, "the access token is bound to another key than that of the DPoP proof")
        }
        Dead::Unconfirmed(Unconfirmed::NoCertificate | Unconfirmed::OtherCertificate) => (
            BearerErrorCode::InvalidToken,
            "the access token is bound to a certificate, and this request does not show it",
        ),
        Dead::Replayed => (BearerErrorCode::InvalidDpopProof, "the DPoP proof was used before"),
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
