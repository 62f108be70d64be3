//! The question before something is destroyed.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::FormErrors;

/// Says what will stop working, and asks for the name to be typed (field `confirmation`).
#[derive(Template)]
#[template(path = "console/confirm.html")]
pub struct Confirm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is destroyed: "client", "API", "role", "user".
    pub kind: &'static str,
    /// Its name, which must be typed.
    pub name: &'a str,
    /// Where it is shown, for the way back.
    pub back: &'a str,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// What will stop working, a sentence each.
    pub consequences: Vec<String>,
    /// The name was not typed right.
    pub errors: &'a FormErrors,
}
