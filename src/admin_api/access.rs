//! How a user gets in: their factors, where they are signed in, what they allowed clients, and links that are mailed to them.

use axum::{http::StatusCode, http::request::Parts, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Id, Ids, Object, Page, whole},
    caller::Caller,
    users::existing,
};
use crate::{
    accounts::{
        self, hold, invitation,
        sign_out::{self, Ending},
    },
    store::{consents, factors, sessions},
    web::problem::Problem,
};

/// What a link is for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    /// The first password.
    Invitation,
    /// A new one.
    Recovery,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    purpose: Purpose,
}

/// `POST /users/{id}/links`
pub(super) async fn mail_link(caller: Caller, Id(id): Id, body: Object) -> Result<StatusCode, Problem> {
    let Link { purpose } = body.into_settings()?;
    let (user_id, by) = (existing(&caller, &id).await?, caller.recent()?);
    match purpose {
        Purpose::Invitation => invitation::invite(&caller.app, &by, user_id).await?,
        Purpose::Recovery => invitation::send_reset(&caller.app, &by, user_id).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /users/{id}/hold`
pub(super) async fn lift_hold(caller: Caller, Id(id): Id) -> Result<StatusCode, Problem> {
    hold::lift(&caller.app, &caller.recent()?, existing(&caller, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /users/{id}/factors`
pub(super) async fn factors(caller: Caller, Id(id): Id, parts: Parts) -> Result<Response, Problem> {
    Page::read_whole(&parts)?;
    let user_id = existing(&caller, &id).await?;
    let found = factors::list(&caller.app.db, user_id).await?;
    Ok(whole(found.iter().map(|factor| {
        json!({
            "factor_id": factor.factor_id, "kind": factor.kind.as_str(), "name": factor.name,
            "created_at": factor.created_at.unix_timestamp(),
            "last_used_at": factor.last_used_at.map(time::OffsetDateTime::unix_timestamp),
        })
    })))
}

/// `DELETE /users/{id}/factors`
pub(super) async fn reset_factors(caller: Caller, Id(id): Id) -> Result<StatusCode, Problem> {
    accounts::factors::reset(&caller.app, &caller.recent()?, existing(&caller, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /users/{id}/sessions`
pub(super) async fn sessions(caller: Caller, Id(id): Id, parts: Parts) -> Result<Response, Problem> {
    Page::read_whole(&parts)?;
    let user_id = existing(&caller, &id).await?;
    let found = sessions::of_user(&caller.app.db, user_id, caller.snapshot.now).await?;
    Ok(whole(found.iter().map(|session| {
        json!({
            "session_id": session.session_id, "administrates": session.administrates,
            "authenticated_at": session.authenticated_at.unix_timestamp(),
            "last_seen_at": session.last_seen_at.unix_timestamp(),
            "ip": session.ip, "user_agent": session.user_agent,
        })
    })))
}

/// `DELETE /users/{id}/sessions`
pub(super) async fn end_sessions(caller: Caller, Id(id): Id) -> Result<StatusCode, Problem> {
    sign_out::end(&caller.app, &caller.by, existing(&caller, &id).await?, Ending::All).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /users/{id}/sessions/{session_id}`
pub(super) async fn end_session(caller: Caller, Ids(id, session_id): Ids) -> Result<StatusCode, Problem> {
    let session_id = session_id.parse().map_err(|_| Problem::unknown())?;
    let user_id = existing(&caller, &id).await?;
    match sign_out::end(&caller.app, &caller.by, user_id, Ending::These(&[session_id])).await? {
        0 => Err(Problem::unknown()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// `GET /users/{id}/consents`
pub(super) async fn consents(caller: Caller, Id(id): Id, parts: Parts) -> Result<Response, Problem> {
    Page::read_whole(&parts)?;
    let user_id = existing(&caller, &id).await?;
    let found = consents::of_user(&caller.app.db, user_id).await?;
    Ok(whole(found.iter().map(|consent| {
        json!({
            "client_id": consent.client_id, "scope": Value::from(consent.scopes.join(" ")),
            "given_at": consent.given_at.unix_timestamp(),
            "last_used_at": consent.last_used_at.map(time::OffsetDateTime::unix_timestamp),
        })
    })))
}

/// `DELETE /users/{id}/consents/{client_id}`. There may be grants without a consent that is remembered, so whatever there is
/// ends, and nothing is no error.
pub(super) async fn withdraw(caller: Caller, Ids(id, client_id): Ids) -> Result<StatusCode, Problem> {
    accounts::consents::withdraw(&caller.app, &caller.by, existing(&caller, &id).await?, &client_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
