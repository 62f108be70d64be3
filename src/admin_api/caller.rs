//! Who calls the admin API: a client by itself, or a user who signed in for one, by an access token of ours; or whoever tries it
//! out in the console.

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::operations::Operation;
use crate::{
    app::{App, Class, InternalError, Sender, Snapshot},
    model::registry::OUR_API,
    network,
    policy::{
        assurance::RECENT,
        change::Author,
        permission::{Permission, Powers},
    },
    protocol::assurance::Level,
    registry::{Principal, RecentPrincipal},
    server::request_id,
    web::{
        admin_api::Acting,
        caller::Caller as Request,
        client_address::ClientAddress,
        live_token::{Dead, LiveToken, ValidToken},
        problem::Problem,
        rate_limit::over_limit_of_api,
    },
};

/// Somebody who may do what they ask for.
#[derive(Clone)]
pub(super) struct Caller {
    /// What is reached.
    pub app: App,
    /// What is decided by. A change that the request makes is not in it.
    pub snapshot: Snapshot,
    /// The same, as one who makes changes.
    pub by: Principal,
    /// Its client. Empty: they try the API out in the console.
    pub client_id: String,
    /// Who signed in. `None`: the client acts by itself.
    pub user_id: Option<Uuid>,
    powers: Powers,
}

impl Caller {
    /// The same, as one that makes changes for which people must have proven lately who they are.
    ///
    /// # Errors
    /// They have not, or the client was not given that by name.
    pub fn recent(&self) -> Result<RecentPrincipal, Problem> {
        let lacks = || match self.user_id {
            None => Problem::lacks(Powers::of(&[Permission::Unattended])),
            Some(_) => prove_anew(),
        };
        self.by.recent(self.snapshot.now).ok_or_else(lacks)
    }

    /// Refuses an operation for which a permission is missing, or a recent proof.
    ///
    /// # Errors
    /// One is missing.
    pub fn check(&self, operation: &Operation) -> Result<(), Problem> {
        let is_person = self.user_id.is_some();
        let unattended = (operation.recent && !is_person).then_some(Permission::Unattended);
        let has = |one: &Permission| self.powers.has(*one) || (is_person && self.powers.has_for_own(*one));
        let lacking = operation.permission.into_iter().chain(unattended).filter(|one| !has(one)).collect::<Vec<_>>();
        if !lacking.is_empty() {
            return Err(Problem::lacks(Powers::of(&lacking)));
        }
        if operation.recent { self.recent().map(|_| ()) } else { Ok(()) }
    }

    /// Refuses what takes several permissions if one of them is missing, for whatever owner.
    ///
    /// # Errors
    /// One is missing.
    pub fn needs(&self, permissions: &[Permission]) -> Result<(), Problem> {
        let lacking = permissions.iter().copied().filter(|one| !self.powers.has(*one)).collect::<Vec<_>>();
        if lacking.is_empty() { Ok(()) } else { Err(Problem::lacks(Powers::of(&lacking))) }
    }

    /// The same, as rules see them.
    pub const fn author(&self) -> Author {
        Author::Administrator { user_id: self.user_id, powers: self.powers }
    }

    /// The owner of the clients that they see, if they do not see all.
    pub const fn sees_only_of(&self) -> Option<Uuid> {
        if self.powers.has(Permission::ClientsRead) { None } else { self.user_id }
    }

    async fn find(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let mut snapshot = app.snapshot().await.map_err(|stale| failed(stale.into()))?;
        if let Some(Acting { by, user_id, powers }) = parts.extensions.get().cloned() {
            let (client_id, user_id) = (String::new(), Some(user_id));
            return Ok(Self { app: app.clone(), snapshot, by, client_id, user_id, powers });
        }
        let token = presented(&parts.headers).map_err(IntoResponse::into_response)?;
        let valid = ValidToken::read(&mut snapshot, &token).await.map_err(|stale| failed(stale.into()))?;
        let valid = valid.map_err(refused)?;
        if !valid.claims.aud.names(OUR_API) {
            return Err(invalid_token("The access token is for another API.").into_response());
        }
        let live = valid.held_now(&snapshot, &[OUR_API.to_owned()]).await.map_err(|error| failed(error.into()))?;
        let LiveToken { claims, client, user, held } = live.map_err(refused)?;
        request_id::note_client(&client.client_id);
        let user_id = user.map(|user| user.user_id);
        let whose = user_id.map_or_else(|| client.client_id.clone(), |user_id| user_id.to_string());
        let verdict = app.rates.check(Class::Api, Sender::Client(&whose)).await;
        if verdict.retry_after.is_some() {
            return Err(over_limit_of_api(verdict));
        }
        if user_id.is_some() && !is_from_where_people_administer(app, &parts.extensions) {
            let why = "Who administers does so from other networks (console.allowed_networks).";
            return Err(Problem::new(StatusCode::FORBIDDEN, "network_refused", why).into_response());
        }
        let Ok(Request(actor)) = Request::from_request_parts(parts, app).await;
        Ok(Self {
            app: app.clone(),
            snapshot,
            client_id: client.client_id.clone(),
            user_id,
            powers: Powers::of_scopes(held.scope.iter()),
            by: match user_id {
                Some(user_id) => Principal::person(claims, user_id, &actor),
                None => Principal::client(claims, &actor),
            },
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

/// What keeps people to their networks at the console keeps them to these here.
fn is_from_where_people_administer(app: &App, request: &Extensions) -> bool {
    let networks = &app.settings.defence.console_networks;
    let address = request.get::<ClientAddress>();
    networks.is_empty() || address.is_some_and(|ClientAddress(address)| network::holds(networks, *address))
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
        Dead::PersonGone => "The user of the access token is disabled, or may not use its client any more.",
        Dead::NothingHeld => "The access token holds no scope of this API any more.",
        Dead::TooWeak(level) => return too_weak(level).into_response(),
    };
    invalid_token(why).into_response()
}

fn invalid_token(why: &str) -> Problem {
    let challenge = format!("Bearer realm=\"portcullis\", error=\"invalid_token\", error_description=\"{why}\"");
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", why).header(header::WWW_AUTHENTICATE, challenge)
}

/// Asks for another sign-in ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)), which must be recent.
fn prove_anew() -> Problem {
    let seconds = RECENT.whole_seconds();
    let why = format!("Sign in anew: this takes a token whose auth_time is at most {seconds} seconds ago.");
    insufficient(&why, &format!("max_age=\"{seconds}\"")).with("max_age", seconds.into())
}

/// The same, which must reach a level.
fn too_weak(level: Level) -> Problem {
    let why = format!("Sign in anew: this takes a token of the level {}.", level.as_str());
    insufficient(&why, &format!("acr_values=\"{}\"", level.as_str())).with("acr_values", level.as_str().into())
}

fn insufficient(why: &str, demand: &str) -> Problem {
    let code = "insufficient_user_authentication";
    let challenge = format!("Bearer realm=\"portcullis\", error=\"{code}\", error_description=\"{why}\", {demand}");
    Problem::new(StatusCode::UNAUTHORIZED, code, why).header(header::WWW_AUTHENTICATE, challenge)
}

fn failed(error: InternalError) -> Response {
    Problem::from(error).into_response()
}
