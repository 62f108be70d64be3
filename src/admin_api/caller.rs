//! Who calls the admin API: a client, by an access token of ours that it got for itself.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::operations::Operation;
use crate::{
    app::{App, Class, InternalError, Sender, Snapshot},
    model::registry::OUR_API,
    policy::{
        change::Author,
        permission::{Permission, Powers},
    },
    registry::{Principal, RecentPrincipal},
    server::request_id,
    web::{
        caller::Caller as Request,
        live_token::{Dead, LiveToken, ValidToken},
        problem::Problem,
        rate_limit::over_limit_of_api,
    },
};

/// A client that may do what it asks for.
#[derive(Clone)]
pub(super) struct Caller {
    /// What is reached.
    pub app: App,
    /// What is decided by. A change that the request makes is not in it.
    pub snapshot: Snapshot,
    /// The same client, as one who makes changes.
    pub by: Principal,
    /// Its id.
    pub client_id: String,
    powers: Powers,
}

impl Caller {
    /// The client, as one that makes changes for which people must have proven lately who they are.
    ///
    /// # Errors
    /// It was not given that by name.
    pub fn recent(&self) -> Result<RecentPrincipal, Problem> {
        let unattended = Powers::of(&[Permission::Unattended]);
        self.by.recent(self.snapshot.now).ok_or_else(|| Problem::lacks(unattended))
    }

    /// Refuses an operation for which it lacks a permission.
    ///
    /// # Errors
    /// It lacks one.
    pub fn check(&self, operation: &Operation) -> Result<(), Problem> {
        let unattended = if operation.recent { Powers::of(&[Permission::Unattended]) } else { Powers::NONE };
        let asked = operation.permission.map_or(Powers::NONE, |permission| Powers::of(&[permission]));
        let lacking = asked.and(unattended).beyond(self.powers);
        if lacking.is_empty() { Ok(()) } else { Err(Problem::lacks(lacking)) }
    }

    /// The same client, as rules see it.
    pub const fn author(&self) -> Author {
        Author::Administrator { user_id: None, powers: self.powers }
    }

    async fn find(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let mut snapshot = app.snapshot().await.map_err(|stale| failed(stale.into()))?;
        let token = presented(&parts.headers).map_err(IntoResponse::into_response)?;
        let valid = ValidToken::read(&mut snapshot, &token).await.map_err(|stale| failed(stale.into()))?;
        let valid = valid.map_err(refused)?;
        if !valid.claims.aud.names(OUR_API) {
            return Err(invalid_token("The access token is for another API.").into_response());
        }
        let live = valid.held_now(&snapshot, &[OUR_API.to_owned()]).await.map_err(|error| failed(error.into()))?;
        let LiveToken { claims, client, user, held } = live.map_err(refused)?;
        if user.is_some() {
            let why =
                "This API takes tokens that a client got for itself, by client credentials; people use the console.";
            return Err(invalid_token(why).into_response());
        }
        request_id::note_client(&client.client_id);
        let verdict = app.rates.check(Class::Pages, Sender::Client(&client.client_id)).await;
        if verdict.retry_after.is_some() {
            return Err(over_limit_of_api(verdict));
        }
        let Ok(Request(actor)) = Request::from_request_parts(parts, app).await;
        Ok(Self {
            app: app.clone(),
            snapshot,
            client_id: client.client_id.clone(),
            powers: Powers::of_scopes(held.scope.iter()),
            by: Principal::client(claims, &actor),
        })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Response;

    /// Looks at the token once for each request, and then at what the operation asks for.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let caller = match parts.extensions.get::<Self>() {
            Some(caller) => caller.clone(),
            None => Self::find(parts, app).await?,
        };
        parts.extensions.insert(caller.clone());
        if let Some(operation) = parts.extensions.get::<&'static Operation>() {
            caller.check(operation).map_err(IntoResponse::into_response)?;
        }
        Ok(caller)
    }
}

fn presented(headers: &HeaderMap) -> Result<String, Problem> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(one), None) = (sent.next(), sent.next()) else { return Err(no_token()) };
    match one.to_str().unwrap_or_default().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => Ok(token.trim().to_owned()),
        _ => Err(no_token()),
    }
}

fn no_token() -> Problem {
    let detail = format!("Send an access token for {OUR_API} in one Authorization header: Bearer, a space, the token.");
    Problem::new(StatusCode::UNAUTHORIZED, "no_token", detail)
        .header(header::WWW_AUTHENTICATE, "Bearer realm=\"portcullis\"")
}

fn refused(dead: Dead) -> Response {
    let why = match dead {
        Dead::NotOurs => "The access token is not one of ours.",
        Dead::Expired => "The access token has expired.",
        Dead::Revoked => "The access token was revoked, or its client was switched off.",
        Dead::PersonGone | Dead::TooWeak(_) => "This API takes tokens that a client got for itself.",
        Dead::NothingHeld => "The access token holds no scope of this API any more.",
    };
    invalid_token(why).into_response()
}

fn invalid_token(why: &str) -> Problem {
    let challenge = format!("Bearer realm=\"portcullis\", error=\"invalid_token\", error_description=\"{why}\"");
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", why).header(header::WWW_AUTHENTICATE, challenge)
}

fn failed(error: InternalError) -> Response {
    Problem::from(error).into_response()
}
