//! Why a client gets what it gets, or does not: for a user, for itself, or for whoever signs in.

mod meant;
mod told;

use askama::Template;
use axum::response::{IntoResponse, Response};

use self::meant::Found;
pub use self::{
    meant::Meant,
    told::{Row, Told},
};
use super::{form, session::Administrator};
use crate::{
    accounts::why::{self, Sought},
    app::Snapshot,
    model::user::User,
    policy::permission::Permission,
    protocol::{client::Client, parameters::Parameters, scope::Scope},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::FormErrors,
    },
};

/// The question and its answer: a GET form with `client`, `user`, `scope` and `resource`.
#[derive(Template)]
#[template(path = "console/why.html")]
pub struct WhyPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is wrong with the question.
    pub errors: &'a FormErrors,
    /// The client, as it was typed.
    pub client: &'a str,
    /// The user. `None`: the reader may not see users.
    pub user: Option<&'a str>,
    /// The scopes.
    pub scope: &'a str,
    /// The API.
    pub resource: &'a str,
    /// What may be meant by a name that several have: what they are, and each with the question as it would be.
    pub meant: Vec<(&'static str, Vec<Meant>)>,
    /// The answer. `None`: the question is not complete.
    pub answer: Option<Told>,
}

/// What was asked, as far as it names something.
#[derive(Default)]
struct Named {
    client: Option<std::sync::Arc<Client>>,
    user: Option<User>,
    scope: Option<Scope>,
    resource: Vec<String>,
    meant: Vec<(&'static str, Vec<Meant>)>,
}

/// The page.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let query = form::strict(&query, &[])?;
            let mut errors = FormErrors::default();
            let mut snapshot = admin.snapshot.clone();
            let named = named(&admin, &mut snapshot, query, &mut errors).await?;
            let may_answer = errors.is_empty() && named.meant.is_empty();
            let answer = match &named.client {
                Some(client) if may_answer => Some(answer(&admin, &snapshot, client, &named).await?),
                _ => None,
            };
            let shell = admin.shell(Section::Clients);
            let content = WhyPage {
                shell: &shell,
                errors: &errors,
                client: form::text(query, "client"),
                user: admin.may(Permission::UsersRead).then(|| form::text(query, "user")),
                scope: form::text(query, "scope"),
                resource: form::text(query, "resource"),
                meant: named.meant,
                answer,
            };
            Ok(shell.page(&content).with_status(errors.status()).into_response())
        })
        .await
}

async fn answer(admin: &Administrator, snapshot: &Snapshot, client: &Client, named: &Named) -> Result<Told, PageError> {
    let Named { user, scope, resource, .. } = named;
    let sought = Sought { client, user: user.as_ref(), scope: scope.as_ref(), resource };
    let (why, _) = why::answer(snapshot, sought).await?;
    Ok(told::told(admin, client, user.as_ref(), &why))
}

/// Finds what the question names. What names nothing is said beside its field.
async fn named(
    admin: &Administrator,
    snapshot: &mut Snapshot,
    query: &Parameters,
    errors: &mut FormErrors,
) -> Result<Named, PageError> {
    let mut named = Named::default();
    if let Some(typed) = form::given(query, "client") {
        match meant::client(admin, snapshot, query, typed).await? {
            Found::One(client) => named.client = Some(client),
            Found::Several(clients) => named.meant.push(("client", clients)),
            Found::Nothing => errors.add("client", "No client has this id or name."),
        }
    }
    if let Some(typed) = form::given(query, "user") {
        match meant::user(admin, query, typed).await? {
            Found::One(user) => named.user = Some(user),
            Found::Several(users) => named.meant.push(("user", users)),
            Found::Nothing => errors.add("user", "No user has this name, email address or id."),
        }
        if form::given(query, "client").is_none() && !query_is_a_link(query) {
            errors.add("client", "Name the client.");
        }
    }
    if let Some(typed) = form::given(query, "scope") {
        match Scope::from_names(typed.split_whitespace()) {
            Ok(scope) => named.scope = Some(scope),
            Err(malformed) => errors.add("scope", format!("{malformed}.")),
        }
    }
    if let Some(typed) = form::given(query, "resource") {
        match meant::api(snapshot.registry(), typed) {
            Some(identifier) => named.resource = vec![identifier],
            None => errors.add("resource", "No API has this identifier or name."),
        }
    }
    Ok(named)
}

/// A link names the user alone; the form sends the client too, if empty.
fn query_is_a_link(query: &Parameters) -> bool {
    query.raw("client").is_none()
}
