//! The list of users.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{
    form,
    list::{self, Kind, List},
    session::Administrator,
};
use crate::{
    language::Moment,
    model::user::User,
    policy::permission::Permission,
    store::users::{self, Sought, State},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Notice},
    },
};

/// The list of users, as its URL may ask for it.
pub const LIST: Kind = Kind {
    path: "/admin/users",
    names: ("user", "users"),
    orders: &["name", list::CREATED],
    filters: &["q", "state", "role", "factor"],
};

/// All users, a page at a time. The filter is a GET form: `q` (words of username, email address and names), `state`, `role` and
/// `factor`.
#[derive(Template)]
#[template(path = "console/users.html")]
pub struct Users<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The list as it was asked for.
    pub list: &'a List,
    /// What may have become of an account.
    pub states: Vec<Choice>,
    /// Whether there is a second factor.
    pub factors: Vec<Choice>,
    /// What was found.
    pub users: Vec<UserRow>,
    /// The reader may switch users on and off.
    pub may_switch: bool,
}

/// A user in the list.
pub struct UserRow {
    /// The subject identifier.
    pub user_id: String,
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The email address; may be empty.
    pub email: String,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// What is out of order with the account, in a word. Empty: its user may sign in.
    pub state: &'static str,
    /// When the account was made.
    pub created: Moment,
}

const STATES: [(State, &str); 4] =
    [(State::Enabled, "Enabled"), (State::Disabled, "Disabled"), (State::Held, "On hold"), (State::Deleted, "Deleted")];
const FACTORS: [(&str, &str); 2] = [("some", "With one"), ("none", "Without")];

/// The list.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let mut list = List::read(&LIST, &query)?;
            check(&admin, &mut list)?;
            let (found, count) = if list.errors.is_empty() {
                let (sought, db) = (sought(&list)?, &admin.app.db);
                tokio::try_join!(users::page(db, sought, list.span()?), users::count(db, sought))?
            } else {
                (Vec::new(), 0)
            };
            let place = |user: &User| (user.user_id.to_string(), user.username.clone(), user.created_at);
            let found = list.arrange(found, count, place);
            let shell = admin.shell(Section::Users);
            let states = STATES.map(|(state, label)| (state.as_str(), label));
            let content = Users {
                shell: &shell,
                notices: form::notices(&query),
                states: list.choices("state", "All", &states),
                factors: list.choices("factor", "All", &FACTORS),
                users: found.into_iter().map(|user| row(user, &admin)).collect(),
                may_switch: admin.may(Permission::UsersWrite),
                list: &list,
            };
            Ok(shell.page(&content).with_status(list.errors.status()).into_response())
        })
        .await
}

/// Looks whether the filter is one that there can be.
pub(super) fn check(admin: &Administrator, list: &mut List) -> Result<(), PageError> {
    sought(list)?;
    if list.filter("role").is_some_and(|name| admin.snapshot.registry().role(name).is_none()) {
        list.errors.add("role", "There is no role with this name.");
    }
    Ok(())
}

/// Whom the filter finds.
pub(super) fn sought(list: &List) -> Result<Sought<'_>, PageError> {
    let state = list.one_of("state", &State::ALL.map(State::as_str))?;
    let factor = list.one_of("factor", &FACTORS.map(|(value, _)| value))?;
    Ok(Sought {
        text: list.filter("q"),
        state: state.and_then(|state| State::ALL.into_iter().find(|one| one.as_str() == state)),
        role: list.filter("role"),
        second_factor: factor.map(|factor| factor == "some"),
    })
}

fn row(user: User, admin: &Administrator) -> UserRow {
    let state = match (user.deleted_at, user.enabled, user.held_at) {
        (Some(_), ..) => "Deleted",
        (None, false, _) => "Disabled",
        (None, true, Some(_)) => "On hold",
        (None, true, None) => "",
    };
    UserRow {
        user_id: user.user_id.to_string(),
        username: user.username,
        name: user.profile.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        roles: user.roles,
        state,
        created: Moment::new(user.created_at, admin.now),
    }
}
