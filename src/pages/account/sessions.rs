//! Where a user is signed in. They end one session, or all others.

use std::slice;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::{Person, device, notices};
use crate::{
    accounts::sign_out::{self, Ending},
    language::Moment,
    store::sessions::{self, LiveSession},
    web::{
        form::{PageForm, Query},
        page::Shell,
        view::Notice,
    },
};

/// The value of `end` for all sessions but this one.
const OTHERS: &str = "others";

/// All sessions. Its forms post `end`: the id of one, or `others`.
#[derive(Template)]
#[template(path = "account/sessions.html")]
pub struct Sessions<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The one of this browser first, then the last seen.
    pub sessions: Vec<SessionRow>,
}

/// A session.
pub struct SessionRow {
    /// Its id, which gives no access.
    pub session_id: Uuid,
    /// The browser and its system, in words.
    pub device: String,
    /// The address that it came from; may be empty.
    pub address: String,
    /// It is one of the console.
    pub administrates: bool,
    /// It is the one that looks at this page.
    pub is_this: bool,
    /// Since when.
    pub signed_in: Moment,
    /// Until when, to the minute.
    pub last_seen: Moment,
}

/// The list.
pub async fn show(person: Person, Query(query): Query) -> Response {
    let work = async {
        let mut found = sessions::of_user(&person.app.db, person.user.user_id, person.now).await?;
        found.sort_by_key(|session| session.session_id != person.session.session_id);
        let shell = person.shell();
        let content = Sessions {
            shell: &shell,
            notices: notices::done(&person, &query, &[("ended", "sessions-ended")]),
            sessions: found.into_iter().map(|session| row(&person, session)).collect(),
        };
        Ok(shell.page(&content).into_response())
    };
    person.answer(work).await
}

/// Ends what is asked for.
pub async fn submit(person: Person, PageForm(form): PageForm) -> Response {
    let one = form.raw("end").and_then(|end| end.parse::<Uuid>().ok());
    let which = match form.raw("end") {
        Some(OTHERS) => Some(Ending::AllBut(person.session.session_id)),
        _ => one.as_ref().map(|one| Ending::These(slice::from_ref(one))),
    };
    let work = async {
        let Some(which) = which else { return Ok(Redirect::to("/account/sessions").into_response()) };
        sign_out::end(&person.app, &person.by, person.user.user_id, which).await?;
        Ok(Redirect::to("/account/sessions?done=ended").into_response())
    };
    person.answer(work).await
}

fn row(person: &Person, session: LiveSession) -> SessionRow {
    SessionRow {
        is_this: session.session_id == person.session.session_id,
        session_id: session.session_id,
        device: device::in_words(session.user_agent.as_deref(), person.language),
        address: session.ip.unwrap_or_default(),
        administrates: session.administrates,
        signed_in: person.moment(session.authenticated_at),
        last_seen: person.moment(session.last_seen_at),
    }
}
