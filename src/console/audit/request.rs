//! One request: all that was done and refused in it, in order, and on what grounds.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    difference,
    row::{EventRow, row},
    sentence::{Names, Piece},
};
use crate::{
    console::{form, session::Administrator},
    language::Moment,
    policy::{permission::Permission, user_agent::Device},
    registry::ChangeError,
    server::request_id::RequestId,
    store::audit_events::{Borne, RecordedEvent, bearing},
    web::{
        error_page::PageError,
        page::{Section, Shell},
    },
};

/// The most events that are shown.
const MOST: i64 = 100;
/// The most things that are named of each kind.
const MOST_NAMED: usize = 5;
/// How long an id of a request may be.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;

/// One request.
#[derive(Template)]
#[template(path = "console/request.html")]
pub struct RequestPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Its id.
    pub request_id: &'a str,
    /// When it came.
    pub came: Moment,
    /// Whom it concerned, and where it came from: names and values.
    pub concerned: Vec<(&'static str, Vec<Piece>)>,
    /// What happened in it, in order.
    pub rows: Vec<EventRow>,
    /// There is more than is shown.
    pub has_more: bool,
    /// The question why the client gets what it gets now. Empty: no client was concerned, or the reader may not ask.
    pub why: String,
}

/// The page.
pub(in crate::console) async fn show(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let Some((request, uuid)) = RequestId::typed(&id) else { return elsewhere(&id) };
            let made_at = made_at(uuid).ok_or(ChangeError::Unknown)?;
            let borne = Borne::Request(request.as_str());
            let mut events = bearing(&admin.app.db, borne, made_at, MOST + 1).await?;
            let shown = usize::try_from(MOST).unwrap_or_default();
            let has_more = events.len() > shown;
            events.truncate(shown);
            events.reverse();
            let names = Names::of(&admin, &events).await?;
            let shell = admin.shell(Section::Audit);
            let whole = |event| EventRow { changes: difference::of(event), ..row(&admin, &names, event) };
            let content = RequestPage {
                shell: &shell,
                request_id: request.as_str(),
                came: Moment::new(made_at, admin.now),
                concerned: concerned(&names, &events),
                rows: events.iter().map(whole).collect(),
                has_more,
                why: why(&admin, &events),
            };
            let status = if events.is_empty() { StatusCode::NOT_FOUND } else { StatusCode::OK };
            Ok(shell.page(&content).with_status(status).into_response())
        })
        .await
}

/// The id that a proxy gave does not tell its time: the log itself is searched for it.
fn elsewhere(id: &str) -> Result<Response, PageError> {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if LENGTHS.contains(&id.len()) && id.bytes().all(is_good) {
        return Ok(Redirect::to(&form::link("/admin/audit", &[("trace", id)])).into_response());
    }
    Err(ChangeError::Unknown.into())
}

/// When an id was made, if it tells, and if anything could have happened then.
pub(in crate::console) fn made_at(id: Uuid) -> Option<OffsetDateTime> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let at = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?.replace_nanosecond(nanos).ok()?;
    (2000..2200).contains(&at.year()).then_some(at)
}

fn concerned(names: &Names<'_>, events: &[RecordedEvent]) -> Vec<(&'static str, Vec<Piece>)> {
    let all = |of: &dyn Fn(&RecordedEvent) -> Vec<String>| {
        let found = events.iter().flat_map(of).collect::<BTreeSet<_>>();
        found.into_iter().take(MOST_NAMED).collect::<Vec<_>>()
    };
    let pieces = |things: Vec<String>| things.iter().map(|thing| names.thing(thing)).collect::<Vec<_>>();
    let plain =
        |texts: Vec<String>| texts.into_iter().map(|text| Piece { text, ..Piece::default() }).collect::<Vec<_>>();
    let device = |event: &RecordedEvent| Device::of(event.user_agent.as_deref().unwrap_or_default()).to_string();
    let concerned = [
        ("Client", pieces(all(&|event| event.client_id.iter().map(|id| format!("client:{id}")).collect()))),
        ("User", pieces(all(&|event| users(event).map(str::to_owned).collect()))),
        ("Address", plain(all(&|event| event.ip.clone().into_iter().collect()))),
        (
            "Browser or program",
            plain(all(&|event| Some(device(event)).filter(|it| !it.is_empty()).into_iter().collect())),
        ),
    ];
    concerned.into_iter().filter(|(_, pieces)| !pieces.is_empty()).collect()
}

fn users(event: &RecordedEvent) -> impl Iterator<Item = &str> {
    let things = [&event.actor, &event.subject].into_iter().flatten();
    things.map(String::as_str).filter(|thing| thing.starts_with("user:"))
}

/// The same question as it would be answered now: for the client, and for the one user that was concerned.
fn why(admin: &Administrator, events: &[RecordedEvent]) -> String {
    let client = events.iter().find_map(|event| event.client_id.as_deref());
    let Some(client) = client.filter(|_| admin.may(Permission::ClientsRead)) else { return String::new() };
    let mut asked =
        events.iter().filter_map(|event| event.after.as_ref()?.get("asked").or(event.after.as_ref()?.get("scope")));
    let scope = asked.find_map(|scope| scope.as_str()).unwrap_or_default();
    let user = events.iter().find_map(|event| users(event).next()).unwrap_or_default();
    let user = if admin.may(Permission::UsersRead) { user.trim_start_matches("user:") } else { "" };
    form::link("/admin/why", &[("client", client), ("user", user), ("scope", scope)])
}
