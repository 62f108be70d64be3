//! The sessions of all users that are alive.

use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use super::{
    answer::{Id, Page},
    caller::Caller,
};
use crate::{
    accounts::sign_out::{self, Ending},
    store::{
        sessions::{self, OpenSession, Proven, SessionKind, Sought},
        span::{Order, Span},
    },
    web::problem::Problem,
};

/// `GET /sessions`: the latest first.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts)?;
    let after = page.given("after").map(|after| after.parse::<Uuid>().map_err(|_| Page::no_cursor())).transpose()?;
    let order = Order::Name(after.map(|id| ("", id)));
    let span = Span { order, descending: true, limit: page.limit + 1 };
    let (found, _) = sessions::search(&caller.app.db, sought(&page)?, span, caller.snapshot.now).await?;
    Ok(page.answer(found, view, |session| session.session_id.to_string()))
}

/// `DELETE /sessions/{id}`
pub(super) async fn end(caller: Caller, Id(id): Id) -> Result<StatusCode, Problem> {
    let session_id = id.parse::<Uuid>().map_err(|_| Problem::unknown())?;
    let found = sessions::of(&caller.app.db, &[session_id], caller.snapshot.now).await?;
    let session = found.first().ok_or_else(Problem::unknown)?;
    match sign_out::end(&caller.app, &caller.by, session.user_id, Ending::These(&[session_id])).await? {
        0 => Err(Problem::unknown()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

fn sought(page: &Page) -> Result<Sought<'_>, Problem> {
    let kinds = [("applications", SessionKind::User), ("console", SessionKind::Administrator)];
    let factors = [("some", true), ("none", false)];
    Ok(Sought {
        text: page.given("q"),
        kind: one_of(page, "for", kinds)?,
        proven: one_of(page, "by", Proven::ALL.map(|proven| (proven.as_str(), proven)))?,
        second_factor: one_of(page, "factor", factors)?,
        idle: page.given("idle").map(minutes).transpose()?,
    })
}

fn one_of<T, const N: usize>(page: &Page, name: &str, values: [(&str, T); N]) -> Result<Option<T>, Problem> {
    let Some(given) = page.given(name) else { return Ok(None) };
    let names = values.iter().map(|(value, _)| *value).collect::<Vec<_>>().join(", ");
    let found = values.into_iter().find(|(value, _)| *value == given);
    found.map(|(_, value)| Some(value)).ok_or_else(|| Problem::malformed(format!("{name} is one of {names}.")))
}

fn minutes(text: &str) -> Result<Duration, Problem> {
    let minutes = text.parse::<u16>().map_err(|_| Problem::malformed("idle is a number of minutes."))?;
    Ok(Duration::minutes(minutes.into()))
}

fn view(session: &OpenSession) -> Value {
    json!({
        "session_id": session.session_id, "user_id": session.user_id, "username": session.username,
        "administrates": session.administrates, "amr": session.amr, "acr": session.acr,
        "started_at": session.started_at().unix_timestamp(),
        "authenticated_at": session.authenticated_at.unix_timestamp(),
        "last_seen_at": session.last_seen_at.unix_timestamp(), "ip": session.ip, "user_agent": session.user_agent,
    })
}
