//! What was typed into a form of the console and not sent: kept when the session had ended, or when the tab was lost.

use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderMap, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{reauthentication::Waiting, session::Administrator};
use crate::{
    accounts::waiting,
    app::App,
    authentication::presence::Presence,
    language::Moment,
    protocol::parameters::Parameters,
    store::sessions::SessionKind,
    web::{
        console_path::ConsolePath,
        error_page::PageError,
        form::PageForm,
        view::{FormErrors, NO_ERRORS, Unsent},
    },
};

/// How a form is shown.
pub(super) struct Showing<'a> {
    /// Why it was refused.
    pub errors: &'a FormErrors,
    /// What the page answers with.
    pub status: StatusCode,
    /// It was typed before and not sent.
    pub unsent: Option<Unsent>,
    /// The revision that its reader saw, if that is not the newest.
    pub revision: Option<i32>,
}

impl Showing<'static> {
    /// For the first time.
    pub const FIRST: Self = Self { errors: &NO_ERRORS, status: StatusCode::OK, unsent: None, revision: None };
}

impl Showing<'static> {
    /// For the first time, with something else than what is registered.
    pub const fn holding(unsent: Unsent) -> Self {
        Self { unsent: Some(unsent), ..Self::FIRST }
    }
}

impl<'a> Showing<'a> {
    /// Again, because it was refused.
    pub const fn refused(errors: &'a FormErrors, status: StatusCode) -> Self {
        Self { errors, status, ..Showing::FIRST }
    }
}

/// What the form at this path holds: what was typed before and not sent, or else what it holds at first.
pub(super) async fn held(
    admin: &Administrator,
    path: &str,
    initial: Parameters,
) -> Result<(Parameters, Showing<'static>), PageError> {
    let Some(draft) = waiting::draft(&admin.app, admin.user.user_id, path).await? else {
        return Ok((initial, Showing::FIRST));
    };
    let unsent = Unsent::Typed { path: path.to_owned(), saved: Moment::new(draft.saved_at, admin.now) };
    let unsent = Some(unsent).filter(|_| !admin.searches());
    let revision = draft.form.one("revision").ok().flatten().and_then(|revision| revision.parse().ok());
    Ok((draft.form, Showing { unsent, revision, ..Showing::FIRST }))
}

/// Keeps what is typed into a form, or forgets it (field `discard`). Scripts send the first, people the second.
pub(super) async fn submit(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let Waiting { path, form } = Waiting::of(&sent).ok_or_else(PageError::gone)?;
            let page = ConsolePath::parse(&path).filter(ConsolePath::keeps_drafts).ok_or_else(PageError::gone)?;
            if sent.has("discard") {
                waiting::discard(&admin.app, admin.user.user_id, page.as_str()).await?;
                return Ok(Redirect::to(page.as_str()).into_response());
            }
            waiting::keep_draft(&admin.app, admin.user.user_id, page.as_str(), &form).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        })
        .await
}

/// A layer around the console: a form whose session has ended is kept for its user, until they have signed in again. One that
/// was accepted is no draft any more.
pub(super) async fn keep_drafts(State(app): State<App>, request: Request, next: Next) -> Response {
    let page = ConsolePath::of_form(request.uri().path());
    if request.method() != Method::POST || !page.keeps_drafts() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let elsewhere = match Administrator::signed_in(&mut parts, &app).await {
        Ok(admin) if admin.searches() => {
            let (query, request) = (parts.uri.query().unwrap_or_default().to_owned(), Request::from_parts(parts, body));
            return admin.answer(search(&admin, &page, &query, request)).await;
        }
        Ok(admin) => {
            let answer = next.run(Request::from_parts(parts, body)).await;
            if answer.status() == StatusCode::SEE_OTHER {
                forget(&app, admin.user.user_id, &page).await;
            }
            return answer;
        }
        Err(elsewhere) => elsewhere,
    };
    let headers = parts.headers.clone();
    if let Err(error) = keep(&app, &headers, &page, Request::from_parts(parts, body)).await {
        tracing::warn!(%error, "what was typed into a form could not be kept");
    }
    elsewhere
}

/// Keeps the form while its sender searches among the choices of one of its fields, and leads back to it.
async fn search(
    admin: &Administrator,
    page: &ConsolePath,
    query: &str,
    request: Request,
) -> Result<Response, PageError> {
    let form = match PageForm::from_request(request, &admin.app).await {
        Ok(PageForm(form)) => form,
        Err(refused) => return Ok(refused),
    };
    waiting::keep_draft(&admin.app, admin.user.user_id, page.as_str(), &form).await?;
    let there = ConsolePath::parse(&format!("{}?{query}", page.as_str())).ok_or_else(PageError::gone)?;
    Ok(Redirect::to(there.as_str()).into_response())
}

/// Keeps the form for the user whose session this was. Nothing is read for anybody else.
async fn keep(app: &App, headers: &HeaderMap, page: &ConsolePath, request: Request) -> anyhow::Result<()> {
    let Some(user_id) = Presence::past_user(app, SessionKind::Administrator, headers).await? else { return Ok(()) };
    let Ok(PageForm(form)) = PageForm::from_request(request, app).await else { return Ok(()) };
    Ok(waiting::keep_draft(app, user_id, page.as_str(), &form).await?)
}

async fn forget(app: &App, user_id: Uuid, page: &ConsolePath) {
    if let Err(error) = waiting::discard(app, user_id, page.as_str()).await {
        tracing::warn!(%error, "a draft that was sent could not be forgotten");
    }
}
