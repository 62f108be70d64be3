//! Users: the people with an account.

use askama::Template;

use crate::console::audit::EventRow;
use crate::web::page::Shell;
use crate::web::view::{ChoiceGroup, FormErrors, Moment, Notice, Paging};

/// All users, a page at a time. The filter is a GET form: `q` (in username or email address).
#[derive(Template)]
#[template(path = "console/users.html")]
pub struct Users<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// What is searched for.
    pub query: &'a str,
    /// What was found.
    pub users: Vec<UserRow>,
    /// The ways on.
    pub paging: Paging,
}

/// A user in the list.
pub struct UserRow {
    /// The subject identifier.
    pub user_id: String,
    /// The username.
    pub username: String,
    /// The email address; may be empty.
    pub email: String,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// They may sign in.
    pub enabled: bool,
}

/// Adds a user, or changes one. `roles` repeats for each role; `password` is asked of new users only.
#[derive(Template)]
#[template(path = "console/user_form.html")]
pub struct UserForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The id of the user that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The row's revision when the form was shown.
    pub revision: i32,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `username`.
    pub username: &'a str,
    /// `email`.
    pub email: &'a str,
    /// What a new password must be like, as sentences.
    pub password_rule: &'a str,
    /// `roles`, in one group.
    pub roles: Vec<ChoiceGroup>,
}

/// One user. Its form posts `enabled` = `true` or `false` to `/enabled` below its own path.
#[derive(Template)]
#[template(path = "console/user.html")]
pub struct UserPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The subject identifier.
    pub user_id: &'a str,
    /// The username.
    pub username: &'a str,
    /// The email address; may be empty.
    pub email: &'a str,
    /// They answered a mail sent there.
    pub email_verified: bool,
    /// They may sign in.
    pub enabled: bool,
    /// When the account was made.
    pub created: Moment,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// The clients that may act for them, by name.
    pub consents: Vec<ConsentRow>,
    /// What happened lately.
    pub history: Vec<EventRow>,
}

/// What a user allowed a client.
pub struct ConsentRow {
    /// The client's id, for its address.
    pub client_id: String,
    /// The client's name.
    pub client_name: String,
    /// The scopes, by name.
    pub scopes: Vec<String>,
    /// When it was last allowed.
    pub given: Moment,
}
