//! Sign-out: the question, and that it is done.

use askama::Template;

use crate::web::page::Shell;

/// Asks before signing out, so that no other site can do it to somebody.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut<'a> {
    /// The frame; with a `post_logout_redirect_uri`, leading there.
    pub shell: &'a Shell,
    /// Where the answer is posted to.
    pub action: &'a str,
    /// Who is signed in.
    pub person: &'a str,
    /// The name of the client that asks for it.
    pub application: Option<&'a str>,
    /// What the answer needs of the request (OpenID Connect RP-Initiated Logout 1.0 §2): names and values.
    pub parameters: Vec<(&'a str, String)>,
}

/// Says that nobody is signed in any more.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Where to sign in again.
    pub again: &'a str,
}
