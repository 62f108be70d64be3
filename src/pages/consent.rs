//! Consent: who asks for what, and allow or deny.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    accounts::sign_in_test,
    app::{Actor, App},
    authentication::presence::Presence,
    language::Language,
    model::{registry::Registry, user::User},
    policy::{
        entitlement::{self, Holder},
        event::Event,
    },
    protocol::{assurance::Missing, client::Client, redirect_uri, scope::Scope},
    registry::{ChangeError, begin_of_own_account},
    store::{authorization_requests, consents},
    web::{
        authorization_answer,
        caller::Caller,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        interaction::Interaction,
        page::Shell,
        view::openid_scope,
    },
};

/// Asks a user to let a client in. Answers `decision` = `allow` or `deny`, or `switch_account`.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    /// The frame, leading to the client's redirect URI.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// Who asks.
    pub application: Application<'a>,
    /// Who is signed in.
    pub person: &'a str,
    /// The username of the administrator who tests the sign-in. `None`: it is no test.
    pub tested_by: Option<&'a str>,
    /// What is asked for, each API's scopes together.
    pub scopes: Vec<AskedScopes>,
    /// Who is asked for what, for the field `shown`: the answer is to no other question.
    pub shown: String,
}

/// The client as its registration describes it.
pub struct Application<'a> {
    /// `client_name`.
    pub name: &'a str,
    /// `client_uri`.
    pub home_page: Option<&'a str>,
    /// `policy_uri`.
    pub policy: Option<&'a str>,
    /// `tos_uri`.
    pub terms: Option<&'a str>,
    /// It describes itself.
    pub own_words: Option<OwnWords>,
    /// It asks at each request, whatever was allowed before.
    pub asks_each_time: bool,
}

/// What to know of an application that describes itself: nobody here has looked at it.
pub struct OwnWords {
    /// The host of its document.
    pub host: String,
    /// The host that the answer goes to. `None`: it goes to a program on the user's device.
    pub leads_to: Option<String>,
}

impl Application<'_> {
    /// There is something to read about it.
    const fn has_links(&self) -> bool {
        self.home_page.is_some() || self.policy.is_some() || self.terms.is_some()
    }
}

/// Scopes that belong together.
pub struct AskedScopes {
    /// The API's name; empty for the scopes of OpenID Connect.
    pub api: String,
    /// What each scope allows, in words that continue "it can".
    pub descriptions: Vec<String>,
}

/// Shows who asks for what.
pub async fn show(State(app): State<App>, pages: ErrorPages, headers: HeaderMap, interaction: Interaction) -> Response {
    match asked(&headers, &interaction).await {
        Ok(Some((present, scope))) => {
            render(&app, &interaction, &present.user, &scope).await.unwrap_or_else(|error| pages.answer(error))
        }
        Ok(None) => back(&interaction),
        Err(error) => pages.answer(error),
    }
}

/// Takes the answer, and goes on with the client's request.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    interaction: Interaction,
    PageForm(form): PageForm,
) -> Response {
    let answered = match form.one("decision") {
        Ok(Some("allow")) => allow(&app, &caller, &headers, &interaction, form.raw("shown")).await,
        Ok(Some("deny")) => authorization_answer::deny(&app, &caller, &interaction).await,
        Ok(None) if form.has("switch_account") => {
            Ok(Redirect::to(&format!("/sign-in/{}", interaction.request_id)).into_response())
        }
        _ => Ok(Redirect::to(&format!("/consent/{}", interaction.request_id)).into_response()),
    };
    answered.unwrap_or_else(|error| pages.answer(error))
}

/// Who is asked for which scopes, those of single claims among them. They are worked out anew: nothing that the form
/// says can add one (AZ-25).
/// `None`: nobody is signed in as the request wants it, or nothing can be granted.
async fn asked(headers: &HeaderMap, interaction: &Interaction) -> Result<Option<(Presence, Scope)>, PageError> {
    let Interaction { request, client, snapshot, .. } = interaction;
    let found = Presence::at_application(snapshot, headers, request, client).await?;
    let Some((present, Missing::Nothing)) = found else { return Ok(None) };
    let held = entitlement::of_request(request, client, Holder::Person(&present.user), snapshot.registry());
    let scope = held.ok().map(|held| request.consent_scope(&held.scope));
    Ok(scope.map(|scope| (present, scope)))
}

async fn allow(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    interaction: &Interaction,
    shown: Option<&str>,
) -> Result<Response, PageError> {
    let Some((present, scope)) = asked(headers, interaction).await? else { return Ok(back(interaction)) };
    let user = &present.user;
    // Somebody else signed in in another tab, or the user's roles have grown, since the page was shown.
    if shown.is_some_and(|shown| shown != question(user, &scope)) {
        return render(app, interaction, user, &scope).await;
    }
    let (by, user_id) = (present.principal(caller), user.user_id);
    let client_id = &interaction.client.client_id;

    let mut tx = match begin_of_own_account(app, &by, user_id).await {
        Err(ChangeError::NoLongerAllowed) => return Ok(back(interaction)),
        begun => begun?,
    };
    let now = app.clock.now();
    let event = app.event(Event::ConsentGiven, by.actor(), now).about_user(user_id).of_client(client_id);
    if !authorization_requests::allow(&mut *tx, interaction.request_id, user_id).await? {
        return Err(PageError::gone());
    }
    if interaction.request.destination.test().is_some() {
        tx.commit().await?;
        return Ok(back(interaction));
    }
    consents::give(&mut *tx, user_id, client_id, &scope, now).await?;
    app.write_event(&mut tx, event.change(None, Some(serde_json::json!({"scope": scope})))).await?;
    tx.commit().await?;
    Ok(back(interaction))
}

/// Who is asked for what. It protects nothing but the user: whoever changes it in their own browser is asked again.
fn question(user: &User, scope: &Scope) -> String {
    format!("{} {scope}", user.user_id)
}

fn back(interaction: &Interaction) -> Response {
    Redirect::to(&format!("/oauth2/authorize/{}", interaction.request_id)).into_response()
}

async fn render(app: &App, interaction: &Interaction, user: &User, scope: &Scope) -> Result<Response, PageError> {
    let client = &interaction.client;
    let tested_by = match interaction.request.destination.test() {
        Some(test_id) => Some(sign_in_test::begun_by(app, test_id).await?.ok_or_else(PageError::gone)?),
        None => None,
    };
    let shell = interaction.shell(app, Some(&user.username));
    let content = Consent {
        shell: &shell,
        action: &format!("/consent/{}", interaction.request_id),
        application: Application {
            name: &client.name,
            home_page: client.client_uri.as_deref(),
            policy: client.policy_uri.as_deref(),
            terms: client.tos_uri.as_deref(),
            own_words: own_words(client, interaction.request.destination.redirect_uri()),
            asks_each_time: client.asks_each_time() || tested_by.is_some(),
        },
        person: &user.username,
        tested_by: tested_by.as_deref(),
        scopes: in_words(scope, interaction.snapshot.registry(), interaction.language),
        shown: question(user, scope),
    };
    Ok(shell.page(&content).into_response())
}

fn own_words(client: &Client, redirect_uri: &str) -> Option<OwnWords> {
    let host = client.document()?.host().to_owned();
    let elsewhere = || redirect_uri::host(redirect_uri);
    Some(OwnWords { host, leads_to: if redirect_uri::is_of_device(redirect_uri) { None } else { elsewhere() } })
}

/// The scopes, each API's together; those of OpenID Connect first.
pub(super) fn in_words(scope: &Scope, registry: &Registry, language: Language) -> Vec<AskedScopes> {
    let mut by_api = BTreeMap::<String, Vec<String>>::new();
    for name in scope.iter() {
        let owner = registry.owner(name);
        let described = owner.and_then(|api| api.scopes.get(name)).map(|words| words.as_str().into());
        let words = described.or_else(|| openid_scope(language, name)).unwrap_or_else(|| name.into());
        let api = owner.map(|api| api.name.clone()).unwrap_or_default();
        by_api.entry(api).or_default().push(words.into_owned());
    }
    by_api.into_iter().map(|(api, descriptions)| AskedScopes { api, descriptions }).collect()
}
