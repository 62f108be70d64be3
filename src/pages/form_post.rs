//! The answer to an authorization request by POST (OAuth 2.0 Form Post Response Mode §2).

use askama::Template;

use crate::web::page::Shell;

/// Carries the answer to the client in a form, which a script sends at once, or a person without scripts by a button.
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPost<'a> {
    /// The frame, leading to the redirect URI.
    pub shell: &'a Shell,
    /// The client's name.
    pub application: &'a str,
    /// Where the form goes.
    pub redirect_uri: &'a str,
    /// The answer: names and values.
    pub parameters: Vec<(&'a str, String)>,
}
