//! Says what hangs on something before it goes, and asks.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{form, session::Administrator};
use crate::{
    accounts::waiting,
    language::Moment,
    protocol::parameters::Parameters,
    secret::Secret,
    store::impact::{Impact, MOST},
    web::{
        error_page::PageError,
        page::{Section, Shell},
    },
};

/// The field that says that the question was answered: what was asked.
const CONFIRMED: &str = "confirmed";

/// Asks before a form is saved that takes away what is in use. It sends the form again, with what was asked (field `confirmed`).
#[derive(Template)]
#[template(path = "console/impact.html")]
pub struct Question<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What goes.
    pub gone: &'a [String],
    /// What hangs on it, a sentence each.
    pub consequences: Vec<String>,
    /// Where the form goes.
    pub path: &'a str,
    /// Where it is shown.
    pub back: &'a str,
    /// The form.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// What a form would take away.
pub(super) struct Removal {
    pub section: Section,
    /// The path of the form.
    pub path: String,
    /// The page that shows it. `None`: it has a page of its own, at its path, which keeps drafts.
    pub back: Option<String>,
    /// What would go, by its names.
    pub gone: Vec<String>,
    /// What hangs on it, a sentence each.
    pub consequences: Vec<String>,
}

impl Removal {
    /// The question, if something hangs on what would go and nobody has answered it. The form is kept as a draft meanwhile.
    pub async fn question(self, admin: &Administrator, sent: &Parameters) -> Result<Option<Response>, PageError> {
        let asked = format!("{} {} {}", self.path, self.gone.join(" "), self.consequences.len());
        let mark = Secret::presented(&asked).hash().fingerprint();
        if self.consequences.is_empty() || form::text(sent, CONFIRMED) == mark {
            return Ok(None);
        }
        if self.back.is_none() {
            waiting::keep_draft(&admin.app, admin.user.user_id, &self.path, sent).await?;
        }
        let shell = admin.shell(self.section);
        let fields = sent.pairs().filter(|(name, _)| *name != CONFIRMED).chain([(CONFIRMED, mark.as_str())]).collect();
        let content = Question {
            shell: &shell,
            gone: &self.gone,
            consequences: self.consequences,
            path: &self.path,
            back: self.back.as_deref().unwrap_or(&self.path),
            fields,
        };
        Ok(Some(shell.page(&content).with_status(StatusCode::CONFLICT).into_response()))
    }
}

/// What hangs on something, a sentence each.
pub(super) fn sentences(impact: &Impact, admin: &Administrator) -> Vec<String> {
    let last_used = impact.last_used.map(|at| format!("It was last used {}.", Moment::new(at, admin.now).relative));
    [
        counted(impact.clients, "client is registered for it.", "clients are registered for it."),
        counted(impact.roles, "role gives it.", "roles give it."),
        counted(impact.users, "user has it by a role.", "users have it by a role."),
        counted(impact.consents, "user has allowed it.", "users have allowed it."),
        last_used,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// So many of something, in a sentence that begins with their number. None of them needs no sentence.
pub(super) fn counted(count: i64, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        more if more > MOST => Some(format!("More than {MOST} {many}")),
        more => Some(format!("{more} {many}")),
    }
}
