//! The networks that are blocked: what is refused, why and until when, and the forms that block and let in again.

use std::collections::HashMap;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{form, recent_form::RecentForm, session::Administrator};
use crate::{
    language::Moment,
    policy::{
        block::{self, Block, Term, Wish},
        permission::Permission,
    },
    protocol::parameters::Parameters,
    registry::{self, ChangeError},
    store::{audit_events, blocked_networks},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, FormErrors, NO_ERRORS, Notice, NoticeKind},
    },
};

/// All networks that are blocked, and a form that blocks one: `network`, `for` and `reason`. `network` in the query fills it in.
/// Each network has a form that posts it to `/unblock`.
#[derive(Template)]
#[template(path = "console/networks.html")]
pub struct Networks<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// What is wrong with the form.
    pub errors: &'a FormErrors,
    /// What the form says.
    pub wish: Wish<'a>,
    /// How long a network may be blocked.
    pub terms: Vec<Choice>,
    /// Those that are.
    pub blocked: Vec<BlockRow>,
    /// The reader may block networks, and let them in again.
    pub may_block: bool,
}

/// A network that is blocked.
pub struct BlockRow {
    /// Which.
    pub network: String,
    /// Why.
    pub reason: String,
    /// Who blocked it.
    pub by: String,
    /// When.
    pub since: Moment,
    /// Until when.
    pub ends: Moment,
}

/// The networks.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin.answer(page(&admin, &query, &NO_ERRORS, StatusCode::OK)).await
}

/// Blocks one.
pub(super) async fn block(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let wish = wish(form::strict(&sent, &[])?);
            match registry::networks::block(&admin.app, &by, &wish).await {
                Ok(_) => Ok(Redirect::to("/admin/networks?done=blocked").into_response()),
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    page(&admin, &sent, &errors, status).await
                }
            }
        })
        .await
}

/// Lets one in again.
pub(super) async fn unblock(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let network = block::parse(form::text(form::strict(&sent, &[])?, "network"));
            let network = network.map_err(|_| ChangeError::Unknown)?;
            registry::networks::unblock(&admin.app, &by, network).await?;
            Ok(Redirect::to("/admin/networks?done=unblocked").into_response())
        })
        .await
}

fn wish(sent: &Parameters) -> Wish<'_> {
    Wish { network: form::text(sent, "network"), term: form::text(sent, "for"), reason: form::text(sent, "reason") }
}

async fn page(
    admin: &Administrator,
    sent: &Parameters,
    errors: &FormErrors,
    status: StatusCode,
) -> Result<Response, PageError> {
    let blocks = blocked_networks::all(&admin.app.db, admin.now).await?;
    let names = names(admin, &blocks).await?;
    let (shell, wish) = (admin.shell(Section::Networks), wish(sent));
    let content = Networks {
        shell: &shell,
        notices: notices(sent),
        errors,
        terms: terms(wish.term),
        wish,
        blocked: blocks.into_iter().map(|block| row(admin, block, &names)).collect(),
        may_block: admin.may(Permission::NetworksWrite),
    };
    Ok(shell.page(&content).with_status(status).into_response())
}

/// How long a network may be blocked; a day, unless something else is chosen.
#[must_use]
pub fn terms(chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { Term::Day.as_str() } else { chosen };
    form::choose(Term::ALL.map(|term| Choice::new(term.as_str(), term.label(), "")).into(), chosen)
}

fn notices(query: &Parameters) -> Vec<Notice> {
    let text = match form::text(query, "done") {
        "blocked" => "Blocked. Each server refuses what comes from there within 1 second.",
        "unblocked" => "Let in again. Each server answers what comes from there within 1 second.",
        _ => return Vec::new(),
    };
    vec![Notice::new(NoticeKind::Done, text.to_owned())]
}

/// What those who blocked something are called, as far as the reader may know.
async fn names(admin: &Administrator, blocks: &[Block]) -> sqlx::Result<HashMap<String, String>> {
    let users = blocks.iter().filter_map(|block| block.blocked_by.strip_prefix("user:")?.parse::<Uuid>().ok());
    let clients = blocks.iter().filter_map(|block| Some(block.blocked_by.strip_prefix("client:")?.to_owned()));
    let users = users.filter(|_| admin.may(Permission::UsersRead)).collect::<Vec<_>>();
    audit_events::names(&admin.app.db, &users, &clients.collect::<Vec<_>>()).await
}

fn row(admin: &Administrator, block: Block, names: &HashMap<String, String>) -> BlockRow {
    let by = match (names.get(&block.blocked_by), block.blocked_by.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "cli") => "the command line".to_owned(),
        (None, who) if who == admin.by.actor().name.as_deref().unwrap_or_default() => admin.user.username.clone(),
        (None, who) => who.to_owned(),
    };
    BlockRow {
        network: block.network.to_string(),
        reason: block.reason,
        by,
        since: Moment::new(block.blocked_at, admin.now),
        ends: Moment::new(block.ends_at, admin.now),
    }
}
