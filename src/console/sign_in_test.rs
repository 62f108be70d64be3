//! Tests the sign-in of a client: somebody signs in as they would for the client, and what it would get is shown here.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use uuid::Uuid;

use super::{audit::Piece, form, session::Administrator};
use crate::{
    accounts::{
        sign_in_test::{self, Outcome, SignInTest},
        waiting,
    },
    clock::time_ordered_id,
    policy::{
        entitlement::{self, Holder},
        permission::{Permission, Powers},
    },
    protocol::{
        authorization_request::{AuthorizationRequest, Destination, UnsafeRequest},
        client::{Client, ClientType},
        error::{AuthorizationError, AuthorizationErrorCode as Code},
        parameters::Parameters,
        scope::Scope,
    },
    registry::ChangeError,
    secret::random_bytes,
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::{Section, Shell},
        view::{Choice, FormErrors, NO_ERRORS},
    },
};

/// Where it is. What waits there is this session's newest test.
const PATH: &str = "/admin/sign-in-test";

/// The test of a client's sign-in: the form that begins one (`client`, `scope`, `resource`), its link, and what came of it.
#[derive(Template)]
#[template(path = "console/sign_in_test.html")]
pub struct SignInTestPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `client_id`.
    pub client_id: &'a str,
    /// `client_name`.
    pub name: &'a str,
    /// Why the sign-in cannot be tested.
    pub hindered: Option<&'static str>,
    /// The scopes, as typed.
    pub scope: &'a str,
    /// The APIs that the client may name in `resource`.
    pub apis: Vec<Choice>,
    /// Where the test under way begins. Empty: there is none.
    pub link: String,
    /// What came of it.
    pub outcome: Option<Told>,
}

/// What came of a test.
pub struct Told {
    /// In a sentence, with names as links.
    pub sentence: Vec<Piece>,
    /// The error that the client would have got: its code, and why.
    pub error: Option<(String, String)>,
    /// Whether a refresh token would have come with the tokens.
    pub refresh_token: bool,
    /// What each would have said: names and JSON.
    pub said: Vec<(&'static str, String)>,
    /// Where the reason for each scope is. Empty: nobody had signed in, or the reader may not see users.
    pub why: String,
}

/// The page.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let test = waiting::shown::<SignInTest>(&admin.app, &admin.reader(PATH)).await?;
            let asked = form::given(form::strict(&query, &[])?, "client");
            let Some(client_id) = asked.or_else(|| test.as_ref().map(|test| test.client_id.as_str())) else {
                return Ok(Redirect::to("/admin/clients").into_response());
            };
            let client = found(&admin, client_id).await?;
            let test = test.as_ref().filter(|test| test.client_id == client.client_id);
            Ok(render(&admin, &client, &Parameters::default(), test, &NO_ERRORS, StatusCode::OK))
        })
        .await
}

/// Begins a test.
pub(super) async fn submit(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let client = found(&admin, form::text(sent, "client")).await?;
            let mut errors = FormErrors::default();
            if hindered(&client).is_none() {
                match request(&admin, &client, sent) {
                    Ok(request) => {
                        let request_id = time_ordered_id(admin.now);
                        sign_in_test::begin(&admin.app, &admin.by, &admin.reader(PATH), request_id, &request).await?;
                        return Ok(Redirect::to(&path(&client.client_id)).into_response());
                    }
                    Err(refused) => errors.add(field(refused.error), format!("{}.", refused.error_description)),
                }
            }
            Ok(render(&admin, &client, sent, None, &errors, StatusCode::UNPROCESSABLE_ENTITY))
        })
        .await
}

/// The client, for somebody who may change it: they will see what it would learn.
async fn found(admin: &Administrator, client_id: &str) -> Result<Client, PageError> {
    let client = admin.client(client_id).await?;
    if admin.author().may_change_client(&client) {
        Ok(client)
    } else {
        Err(ChangeError::Lacks(Powers::of(&[Permission::ClientsWrite])).into())
    }
}

/// Where the sign-in of a client is tested.
pub(super) fn path(client_id: &str) -> String {
    form::link(PATH, &[("client", client_id)])
}

/// Why a client's sign-in cannot be tested.
fn hindered(client: &Client) -> Option<&'static str> {
    if client.client_type == ClientType::Service {
        Some("Nobody signs in to this client: it is a service, which gets tokens for itself.")
    } else if !client.enabled {
        Some("This client is disabled, so nobody can sign in to it. Enable it first.")
    } else if client.redirect_uris.is_empty() {
        Some("This client has no redirect URI, so nobody can sign in to it. Add one first.")
    } else {
        None
    }
}

/// The APIs that a client has scopes of. A token is for one of them, so the first is chosen if they are several.
fn apis(admin: &Administrator, client: &Client, typed: &Parameters) -> Vec<Choice> {
    let apis = admin.snapshot.registry().owners(&client.scopes);
    let mut choices = vec![Choice::new("", "Not named", "")];
    choices.extend(apis.iter().map(|api| Choice::new(&api.identifier, &api.name, "")));
    let first = if apis.len() > 1 { apis.first().map(|api| api.identifier.as_str()) } else { None };
    form::choose(choices, typed.raw("resource").or(first).unwrap_or_default())
}

/// The request as the client could send it.
fn request(
    admin: &Administrator,
    client: &Client,
    sent: &Parameters,
) -> Result<AuthorizationRequest, AuthorizationError> {
    let registry = admin.snapshot.registry();
    let resource = form::text(sent, "resource");
    let typed = form::text(sent, "scope").split_whitespace().collect::<Vec<_>>().join(" ");
    let is_for_it =
        |scope: &str| resource.is_empty() || registry.owner(scope).is_none_or(|api| api.identifier == resource);
    let scope = if typed.is_empty() { client.scopes.filtered(is_for_it).to_string() } else { typed };
    let challenge = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
    let pairs = [
        ("response_type", "code"),
        ("client_id", &client.client_id),
        ("redirect_uri", client.redirect_uris.first().map(String::as_str).unwrap_or_default()),
        ("scope", &scope),
        ("resource", resource),
        ("prompt", "consent"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let parameters = Parameters::from_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
    let refused = |why: UnsafeRequest| AuthorizationError::new(Code::InvalidRequest, why.to_string());
    let destination = Destination::find(&parameters, client).map_err(refused)?.of_test(time_ordered_id(admin.now));
    let nothing = Scope::default();
    let request = AuthorizationRequest::parse(&parameters, client, destination, None, nothing, admin.now)?;
    let held = entitlement::of_request(&request, client, Holder::Anybody, registry)?;
    Ok(request.narrowed(held.scope))
}

/// Beside which field it is said what is wrong with a request.
const fn field(code: Code) -> &'static str {
    match code {
        Code::InvalidScope => "scope",
        Code::InvalidTarget => "resource",
        _ => "main",
    }
}

/// What came of a test, if somebody came to its end.
fn told(admin: &Administrator, client: &Client, test: &SignInTest) -> Option<Told> {
    let name = |text: &str, path: String| Piece { text: text.to_owned(), is_name: true, path };
    let words = |text: String| Piece { text, ..Piece::default() };
    let outcome = test.outcome.as_ref()?;
    let (user, what) = match outcome {
        Outcome::Tokens(tokens) => (Some((tokens.user_id, tokens.username.as_str())), "tokens"),
        Outcome::Error { user, .. } => (user.as_ref().map(|(user_id, name)| (*user_id, name.as_str())), "an error"),
    };
    let mut sentence = Vec::new();
    let mut why = String::new();
    // The client would not learn a username by this, so it is for those alone who see users.
    match user {
        Some((user_id, username)) if admin.may(Permission::UsersRead) => {
            why = question(client, user_id, test);
            let path = format!("/admin/users/{user_id}");
            sentence.extend([name(username, path), words(" signed in, and ".to_owned())]);
        }
        Some(_) => sentence.push(words("Somebody signed in, and ".to_owned())),
        None => {}
    }
    sentence.extend([name(&client.name, String::new()), words(format!(" would have got {what}."))]);
    let told = Told { sentence, error: None, refresh_token: false, said: Vec::new(), why };
    Some(match outcome {
        Outcome::Tokens(tokens) => {
            let id_token = tokens.id_token.as_ref().map(|claims| ("ID token", json(claims)));
            let userinfo = tokens.userinfo.as_ref().map(|claims| ("Userinfo", json(claims)));
            let access_token = Some(("Access token", json(&tokens.access_token)));
            let said = [access_token, id_token, userinfo].into_iter().flatten().collect();
            Told { refresh_token: tokens.refresh_token, said, ..told }
        }
        Outcome::Error { error, description, .. } => Told { error: Some((error.clone(), description.clone())), ..told },
    })
}

/// Where the reason for each scope is.
fn question(client: &Client, user_id: Uuid, test: &SignInTest) -> String {
    let resource = test.resources.first().map(String::as_str).unwrap_or_default();
    let user_id = user_id.to_string();
    let question =
        [("client", client.client_id.as_str()), ("user", &user_id), ("scope", &test.scope), ("resource", resource)];
    form::link("/admin/why", &question)
}

fn json(claims: &impl Serialize) -> String {
    serde_json::to_string_pretty(claims).unwrap_or_default()
}

fn render(
    admin: &Administrator,
    client: &Client,
    typed: &Parameters,
    test: Option<&SignInTest>,
    errors: &FormErrors,
    status: StatusCode,
) -> Response {
    let shell = admin.shell(Section::Clients);
    let content = SignInTestPage {
        shell: &shell,
        errors,
        client_id: &client.client_id,
        name: &client.name,
        hindered: hindered(client),
        scope: form::text(typed, "scope"),
        apis: apis(admin, client, typed),
        link: test
            .map(|test| format!("{}/oauth2/authorize/{}", admin.app.issuer(), test.request_id))
            .unwrap_or_default(),
        outcome: test.and_then(|test| told(admin, client, test)),
    };
    shell.page(&content).with_status(status).into_response()
}
