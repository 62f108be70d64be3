//! Who calls the admin API: a client by itself, or a user who signed in for one, by an access token of ours; or whoever tries it
//! out in the console.

use axum::{
    extract::FromRequestParts,
    http::{Extensions, StatusCode, header, request::Parts},
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
    protocol::{assurance::Level, confirmation::Unconfirmed, token_response::TokenType},
    registry::{Principal, RecentPrincipal},
    server::request_id,
    web::{
        admin_api::Acting,
        caller::Caller as Request,
        client_address::ClientAddress,
        client_certificate,
        dpop::{self, NotProven},
        live_token::{Dead, LiveToken, Presented, ValidToken},
        presented_token::{PresentedToken, challenge},
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
    /// How the token came.
    scheme: TokenType,
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
            Some(_) => prove_anew(self.scheme),
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
            let scheme = TokenType::Bearer;
            return Ok(Self { app: app.clone(), snapshot, by, client_id, user_id, scheme, powers });
        }
        let Ok(Some(presented)) = PresentedToken::in_header(&parts.headers) else {
            return Err(no_token().into_response());
        };
        let scheme = presented.scheme;
        let refused = |dead| refused(dead, scheme);
        let proof = presented.proof(&snapshot, &parts.headers, &parts.method, parts.uri.path()).map_err(not_proven)?;
        let certificate = client_certificate::shown(&parts.extensions);
        let shown = Presented::ToUse(proof.as_ref(), certificate.as_ref());
        let valid = ValidToken::read(&mut snapshot, &presented.token, shown).await;
        let valid = valid.map_err(failed)?.map_err(refused)?;
        if !valid.claims.aud.names(OUR_API) {
            return Err(invalid_token(scheme, "The access token is for another API.").into_response());
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
            scheme,
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

fn no_token() -> Problem {
    let detail = format!(
        "Send an access token for {OUR_API} in one Authorization header: Bearer, a space, the token; or DPoP with a proof."
    );
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "no_token", detail);
    let schemes = [TokenType::Bearer, TokenType::Dpop];
    schemes.into_iter().fold(problem, |problem, scheme| challenged(problem, scheme, &[]))
}

fn refused(dead: Dead, scheme: TokenType) -> Response {
    let why = match dead {
        Dead::NotOurs => "The access token is not one of ours.",
        Dead::Unconfirmed(Unconfirmed::NotBound) => "The access token is not bound to a key: present it as Bearer.",
        Dead::Unconfirmed(Unconfirmed::NoProof) => {
            let why = "The access token is bound to a key: present it with the scheme DPoP and a proof.";
            return invalid_token(TokenType::Dpop, why).into_response();
        }
        Dead::Unconfirmed(Unconfirmed::OtherKey) => {
            "The access token is bound to another key than that of the DPoP proof."
        }
        Dead::Unconfirmed(Unconfirmed::NoCertificate | Unconfirmed::OtherCertificate) => {
            "The access token is bound to a certificate, and this request does not show it."
        }
        Dead::Replayed => return not_proven(NotProven::Replayed),
        Dead::Expired => "The access token has expired.",
        Dead::Revoked => "The access token was revoked, or its client was switched off.",
        Dead::PersonGone => "The user of the access token is disabled, or may not use its client any more.",
        Dead::NothingHeld => "The access token holds no scope of this API any more.",
        Dead::TooWeak(level) => return too_weak(scheme, level).into_response(),
    };
    invalid_token(scheme, why).into_response()
}

/// What the caller is told of a proof that proves nothing (RFC 9449 §7.1, §9).
fn not_proven(why: NotProven) -> Response {
    let (code, nonce) = match &why {
        NotProven::NonceWanted(nonce) => ("use_dpop_nonce", Some(nonce.clone())),
        NotProven::Missing => ("invalid_token", None),
        _ => ("invalid_dpop_proof", None),
    };
    let detail = why.to_string();
    if let NotProven::Internal(error) = why {
        return failed(error);
    }
    let problem = challenged_for(StatusCode::UNAUTHORIZED, code, &detail, TokenType::Dpop);
    (nonce.map(|nonce| [(dpop::NONCE, nonce)]), problem).into_response()
}

fn invalid_token(scheme: TokenType, why: &str) -> Problem {
    challenged_for(StatusCode::UNAUTHORIZED, "invalid_token", why, scheme)
}

/// Asks for another sign-in ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)), which must be recent.
fn prove_anew(scheme: TokenType) -> Problem {
    let seconds = RECENT.whole_seconds();
    let why = format!("Sign in anew: this takes a token whose auth_time is at most {seconds} seconds ago.");
    insufficient(scheme, &why, ("max_age", &seconds.to_string())).with("max_age", seconds.into())
}

/// The same, which must reach a level.
fn too_weak(scheme: TokenType, level: Level) -> Problem {
    let why = format!("Sign in anew: this takes a token of the level {}.", level.as_str());
    insufficient(scheme, &why, ("acr_values", level.as_str())).with("acr_values", level.as_str().into())
}

fn insufficient(scheme: TokenType, why: &str, demand: (&str, &str)) -> Problem {
    let code = "insufficient_user_authentication";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, code, why);
    challenged(problem, scheme, &[("error", code), ("error_description", why), demand])
}

fn challenged_for(status: StatusCode, code: &'static str, why: &str, scheme: TokenType) -> Problem {
    challenged(Problem::new(status, code, why), scheme, &[("error", code), ("error_description", why)])
}

fn challenged(problem: Problem, scheme: TokenType, said: &[(&str, &str)]) -> Problem {
    problem.header(header::WWW_AUTHENTICATE, challenge(scheme, said))
}

fn failed(error: InternalError) -> Response {
    Problem::from(error).into_response()
}
