//! Sign-in: a username and a password.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::FormErrors;

/// Asks who is there: for a client, for the account page, for the console.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// "Sign in", or what else it is for.
    pub heading: &'a str,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// The client's name. With one, there is a way back: the field `cancel`.
    pub application: Option<&'a str>,
    /// What was typed before, or the client's `login_hint`.
    pub username: &'a str,
    /// Why the last try failed: one message for all reasons, at the field `username`.
    pub errors: &'a FormErrors,
}
