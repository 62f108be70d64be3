//! The front page: what this server is, and where to go from here.

use askama::Template;

use crate::web::page::Shell;

/// Says what this is, who is signed in, and what there is to see.
#[derive(Template)]
#[template(path = "home.html")]
pub struct Home<'a> {
    /// The frame, with the person who is signed in.
    pub shell: &'a Shell,
    /// The issuer, as tokens name it.
    pub issuer: &'a str,
    /// There is a playground: `portcullis dev` runs this server.
    pub playground: bool,
}
