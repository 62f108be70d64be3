//! The answer, in sentences with links.

use crate::{
    console::{audit::Piece, form, level, session::Administrator},
    model::user::User,
    policy::{
        entitlement::Against,
        issuance::access_token_lifetime,
        permission::Permission,
        why::{Obstacle, ScopeWhy, Whom, Why},
    },
    protocol::{client::Client, standard_claims::is_oidc_scope},
};

/// The most APIs that are offered as `resource`.
const MOST_APIS: usize = 10;

/// The answer.
pub struct Told {
    /// Whether there would be a token, of which client and for whom.
    pub sentence: Vec<Piece>,
    /// There would be one.
    pub is_issued: bool,
    /// Why there would be none.
    pub obstacles: Vec<String>,
    /// The same question about one API: where a token would be for several.
    pub apis: Vec<Piece>,
    /// What is decided about each scope.
    pub scopes: Vec<Row>,
    /// What else there is to know: names and values.
    pub facts: Vec<(&'static str, Vec<String>)>,
    /// What the access token would say, as JSON. Empty: there is none, or nobody it could be about.
    pub access_token: String,
    /// The same of the ID token.
    pub id_token: String,
}

/// A scope that is asked for.
pub struct Row {
    /// Its name.
    pub scope: String,
    /// The API that has it.
    pub api: Piece,
    /// The token would hold it, if there were one.
    pub is_held: bool,
    /// Why, or why not: sentences.
    pub why: Vec<Vec<Piece>>,
}

pub(super) fn told(admin: &Administrator, client: &Client, user: Option<&User>, why: &Why) -> Told {
    let json = |claims: Option<_>| claims.and_then(|it| serde_json::to_string_pretty(&it).ok()).unwrap_or_default();
    Told {
        sentence: sentence(client, user, why),
        is_issued: why.obstacles.is_empty(),
        obstacles: why.obstacles.iter().map(Obstacle::sentence).collect(),
        apis: apis(admin, client, user, why),
        scopes: why.scopes.iter().map(|scope| row(admin, client, why.whom, scope)).collect(),
        facts: facts(admin, client, why),
        access_token: json(why.access_token()),
        id_token: json(why.id_token()),
    }
}

fn plain(text: &str) -> Piece {
    Piece { text: text.to_owned(), ..Piece::default() }
}

fn linked(text: &str, path: String) -> Piece {
    Piece { text: text.to_owned(), is_name: true, path }
}

fn sentence(client: &Client, user: Option<&User>, why: &Why) -> Vec<Piece> {
    let held = why.scopes.iter().filter(|scope| scope.is_held()).count();
    let whose = match (why.whom, user) {
        (Whom::Itself, _) => vec![plain(" for itself")],
        (_, Some(user)) => vec![plain(" for "), linked(&user.username, format!("/admin/users/{}", user.user_id))],
        (_, None) => vec![plain(" for whoever signs in")],
    };
    let client = linked(&client.name, form::client_path(&client.client_id));
    let what = if why.obstacles.is_empty() {
        let of = why.scopes.len();
        let most = if why.whom == Whom::Anybody { " at most" } else { "" };
        format!(" would get an access token with{most} {held} of {of} {}", if of == 1 { "scope" } else { "scopes" })
    } else {
        " would get no token".to_owned()
    };
    [vec![client, plain(&what)], whose, vec![plain(".")]].concat()
}

/// Where the scopes belong to several APIs and none is named: each of them, as the question that names it.
fn apis(admin: &Administrator, client: &Client, user: Option<&User>, why: &Why) -> Vec<Piece> {
    let is_named = why.scopes.iter().any(|scope| scope.against.contains(&Against::OtherResource));
    let is_several = !is_named && why.obstacles.iter().any(|obstacle| obstacle.code() == "invalid_target");
    let scope = client.scopes.filtered(|name| why.scopes.iter().any(|it| it.name == name));
    let user = user.map(|user| user.user_id.to_string()).unwrap_or_default();
    let asked = why.scopes.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" ");
    let of_api = |identifier: &str| {
        let pairs =
            [("client", client.client_id.as_str()), ("user", &user), ("scope", &asked), ("resource", identifier)];
        form::link("/admin/why", &pairs)
    };
    let apis = admin.snapshot.registry().owners(&scope);
    let some = apis.iter().filter(|_| is_several && apis.len() > 1).take(MOST_APIS);
    some.map(|api| linked(&api.name, of_api(&api.identifier))).collect()
}

fn row(admin: &Administrator, client: &Client, whom: Whom, scope: &ScopeWhy) -> Row {
    let is_of_openid = is_oidc_scope(&scope.name);
    let api = match &scope.api {
        Some(api) if admin.may(Permission::ApisRead) => linked(&api.name, format!("/admin/apis/{}", api.api_id)),
        Some(api) => linked(&api.name, String::new()),
        None => plain(if is_of_openid { "OpenID Connect" } else { "No API has it" }),
    };
    let mut why = if scope.is_held() {
        vec![held_by(admin, whom, scope)]
    } else {
        scope.against.iter().map(|against| stands_against(admin, client, *against, scope)).collect()
    };
    if whom == Whom::Person && scope.is_held() && scope.was_allowed {
        why.push(vec![plain("The user has allowed it before.")]);
    }
    Row { scope: scope.name.clone(), api, is_held: scope.is_held(), why }
}

fn held_by(admin: &Administrator, whom: Whom, scope: &ScopeWhy) -> Vec<Piece> {
    match (whom, &scope.api) {
        (Whom::Itself, _) => vec![plain("The client is registered for it.")],
        (_, None) => vec![plain("It is about the user themselves, so no role is needed.")],
        (Whom::Anybody, Some(_)) => {
            vec![plain("The client is registered for it; a role of the user must give it too.")]
        }
        (Whom::Person, Some(_)) => {
            let by = if scope.roles.len() == 1 { "By the role " } else { "By the roles " };
            [vec![plain(by)], roles(admin, scope), vec![plain(".")]].concat()
        }
    }
}

fn stands_against(admin: &Administrator, client: &Client, against: Against, scope: &ScopeWhy) -> Vec<Piece> {
    let sentence = plain(against.sentence());
    match against {
        Against::NotRegistered if scope.api.is_some() && admin.author().may_change_client(client) => {
            let edit = format!("{}/edit", form::client_path(&client.client_id));
            vec![sentence, plain(" "), linked("Change client", edit)]
        }
        Against::NoRole | Against::NoOffice if scope.roles.is_empty() => vec![sentence, plain(" No role at all does.")],
        Against::NoRole | Against::NoOffice => {
            let would = if scope.roles.len() == 1 { " This one would: " } else { " These would: " };
            [vec![sentence, plain(would)], roles(admin, scope), vec![plain(".")]].concat()
        }
        _ => vec![sentence],
    }
}

/// The roles of a scope, a comma between them.
fn roles(admin: &Administrator, scope: &ScopeWhy) -> Vec<Piece> {
    let path =
        |name: &str| if admin.may(Permission::RolesRead) { format!("/admin/roles/{name}") } else { String::new() };
    let mut pieces = Vec::new();
    for name in &scope.roles {
        if !pieces.is_empty() {
            pieces.push(plain(", "));
        }
        pieces.push(linked(name, path(name)));
    }
    if scope.more_roles > 0 {
        pieces.push(plain(&format!(" and {} more", scope.more_roles)));
    }
    pieces
}

fn facts(admin: &Administrator, client: &Client, why: &Why) -> Vec<(&'static str, Vec<String>)> {
    let grants = client.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect();
    let mut facts = vec![("Grant types of the client", grants)];
    if let Some(held) = &why.held {
        facts.push(("Audience", held.audience(admin.app.issuer()).as_slice().to_vec()));
        let seconds = format!("{} seconds", access_token_lifetime(client, held));
        facts.push(("Access token lifetime", vec![seconds]));
        let refresh = if why.refresh_token { "Yes" } else { "No" };
        facts.push(("Refresh token", vec![refresh.to_owned()]));
    }
    if why.whom != Whom::Itself && why.held.is_some() {
        facts.push(("Minimum sign-in strength", vec![level::in_words(why.level).to_owned()]));
    }
    if !why.steps.is_empty() {
        facts.push(("Before that", why.steps.iter().map(|step| step.sentence()).collect()));
    }
    facts
}
