//! Where a user is signed in and what they allowed clients, with the ways to end it.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{form, session::Administrator};
use crate::{
    accounts,
    accounts::sign_out::{self, Ending},
    app::App,
    language::Moment,
    policy::user_agent::Device,
    store::{clients, consents, sessions},
    web::form::PageForm,
};

/// The value of `end` for all sessions.
const ALL: &str = "all";

/// What a user has open. Its forms post `end` (a session's id, or `all`) to `/sessions`, and `withdraw` (a client id) to
/// `/consents`, below the user's path.
#[derive(Default)]
pub struct Access {
    /// Those that are alive, the last seen first.
    pub sessions: Vec<SessionRow>,
    /// Those given last first.
    pub consents: Vec<ConsentRow>,
}

/// A sign-in.
pub struct SessionRow {
    /// Its id, which gives no access.
    pub session_id: Uuid,
    /// The browser and its system; may be empty.
    pub device: String,
    /// The address; may be empty.
    pub address: String,
    /// It is one of this console.
    pub administrates: bool,
    /// Since when.
    pub signed_in: Moment,
    /// Until when, to the minute.
    pub last_seen: Moment,
}

/// What a client was allowed.
pub struct ConsentRow {
    /// The client's id.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// The scopes.
    pub scopes: String,
    /// Since when.
    pub given: Moment,
    /// When it last got a token, to the hour.
    pub last_used: Option<Moment>,
}

/// Reads it.
pub(super) async fn of(app: &App, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<Access> {
    let sessions = sessions::of_user(&app.db, user_id, now).await?.into_iter().map(|session| SessionRow {
        session_id: session.session_id,
        device: Device::of(session.user_agent.as_deref().unwrap_or_default()).to_string(),
        address: session.ip.unwrap_or_default(),
        administrates: session.administrates,
        signed_in: Moment::new(session.authenticated_at, now),
        last_seen: Moment::new(session.last_seen_at, now),
    });
    let consents = consents::of_user(&app.db, user_id).await?;
    let clients = consents.iter().map(|consent| consent.client_id.clone()).collect::<Vec<_>>();
    let names = clients::names(&app.db, &clients).await?;
    let consents = consents.into_iter().map(|consent| ConsentRow {
        name: names.get(&consent.client_id).cloned().unwrap_or_default(),
        client_id: consent.client_id,
        scopes: consent.scopes.join(" "),
        given: Moment::new(consent.given_at, now),
        last_used: consent.last_used_at.map(|at| Moment::new(at, now)),
    });
    Ok(Access { sessions: sessions.collect(), consents: consents.collect() })
}

/// Ends one session of the user, or all.
pub(super) async fn end_sessions(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let user_id = form::id(&id)?;
            match form::text(form::strict(&sent, &[])?, "end") {
                ALL => sign_out::end(&admin.app, &admin.by, user_id, Ending::All).await?,
                one => sign_out::end(&admin.app, &admin.by, user_id, Ending::These(&[form::id(one)?])).await?,
            };
            Ok(Redirect::to(&format!("/admin/users/{user_id}?done=ended")).into_response())
        })
        .await
}

/// Withdraws what the user allowed a client.
pub(super) async fn withdraw(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let user_id = form::id(&id)?;
            let client_id = form::text(form::strict(&sent, &[])?, "withdraw");
            accounts::consents::withdraw(&admin.app, &admin.by, user_id, client_id).await?;
            Ok(Redirect::to(&format!("/admin/users/{user_id}?done=withdrawn")).into_response())
        })
        .await
}
