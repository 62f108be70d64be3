//! The list of all sessions: who is signed in, where, and how they proved who they are.

pub mod ending;

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Response};
use time::Duration;
use uuid::Uuid;

use super::{
    form,
    list::{Kind, List},
    session::Administrator,
};
use crate::{
    language::Moment,
    policy::{
        change::{Deed, powers_given, right_of},
        user_agent::Device,
    },
    store::{
        sessions::{self, OpenSession, Proven, SessionKind, Sought},
        users,
    },
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Notice},
    },
};

/// The list of sessions, as its URL may ask for it.
pub const LIST: Kind = Kind {
    path: "/admin/sessions",
    names: ("session", "sessions"),
    orders: &["-created"],
    filters: &["q", "for", "by", "factor", "idle"],
};

/// All sessions that are alive, a page at a time, the latest first. The filter is a GET form: `q` (words of its user's username,
/// email address and names, or an IP address), `for`, `by`, `factor` and `idle`. Its forms post `end`, a session's id, or the
/// ids that are ticked.
#[derive(Template)]
#[template(path = "console/sessions.html")]
pub struct Sessions<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The list as it was asked for.
    pub list: &'a List,
    /// What each filter may be set to, in the order of the list.
    pub choices: Choices,
    /// What was found.
    pub sessions: Vec<SessionRow>,
    /// The reader may end sessions, if not all of them.
    pub may_end: bool,
}

/// What the filters of the list may be set to.
pub struct Choices {
    /// Applications, or this console.
    pub places: Vec<Choice>,
    /// What was proven.
    pub proven: Vec<Choice>,
    /// How many factors were.
    pub factors: Vec<Choice>,
    /// For how long it was not used.
    pub idle: Vec<Choice>,
}

/// A session in the list.
pub struct SessionRow {
    /// Its id, which gives no access.
    pub session_id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Their username.
    pub username: String,
    /// The browser and its system; may be empty.
    pub device: String,
    /// The address; may be empty.
    pub address: String,
    /// It is one of this console.
    pub administrates: bool,
    /// It is the one that looks at this page.
    pub is_this: bool,
    /// The reader may end it.
    pub may_end: bool,
    /// How its user proved who they are, in words.
    pub proven: String,
    /// When it began.
    pub started: Moment,
    /// Until when it was used, to the minute.
    pub last_seen: Moment,
}

const PLACES: [(&str, &str); 2] = [("applications", "Applications"), ("console", "This console")];
const PROVEN: [(Proven, &str); 3] =
    [(Proven::PasswordAlone, "Password alone"), (Proven::Code, "Code"), (Proven::Passkey, "Passkey")];
const FACTORS: [(&str, &str); 2] = [("some", "With one"), ("none", "Without")];
/// Minutes. A session that is idle for longer than half an hour has ended.
const IDLE: [(&str, &str); 3] = [("5", "5 minutes"), ("10", "10 minutes"), ("20", "20 minutes")];

/// The list.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let mut list = List::read(&LIST, &query)?;
            let (found, count) = if list.errors.is_empty() {
                sessions::search(&admin.app.db, sought(&list)?, list.span()?, admin.now).await?
            } else {
                (Vec::new(), 0)
            };
            let place = |found: &OpenSession| (found.session_id.to_string(), String::new(), found.started_at());
            let found = list.arrange(found, count, place);
            let may_end = may_end(&admin, &found).await?;
            let shell = admin.shell(Section::Sessions);
            let content = Sessions {
                shell: &shell,
                notices: form::notices(&query),
                choices: choices(&list),
                may_end: may_end.values().any(|may| *may),
                sessions: found.into_iter().map(|session| row(&admin, session, &may_end)).collect(),
                list: &list,
            };
            Ok(shell.page(&content).with_status(list.errors.status()).into_response())
        })
        .await
}

/// What the filter finds.
fn sought(list: &List) -> Result<Sought<'_>, PageError> {
    let place = list.one_of("for", &PLACES.map(|(value, _)| value))?;
    let proven = list.one_of("by", &Proven::ALL.map(Proven::as_str))?;
    let factor = list.one_of("factor", &FACTORS.map(|(value, _)| value))?;
    let idle = list.one_of("idle", &IDLE.map(|(value, _)| value))?;
    Ok(Sought {
        text: list.filter("q"),
        kind: place.map(|place| if place == "console" { SessionKind::Administrator } else { SessionKind::User }),
        proven: proven.and_then(|proven| Proven::ALL.into_iter().find(|one| one.as_str() == proven)),
        second_factor: factor.map(|factor| factor == "some"),
        idle: idle.and_then(|minutes| minutes.parse().ok()).map(Duration::minutes),
    })
}

fn choices(list: &List) -> Choices {
    Choices {
        places: list.choices("for", "All", &PLACES),
        proven: list.choices("by", "All", &PROVEN.map(|(proven, label)| (proven.as_str(), label))),
        factors: list.choices("factor", "All", &FACTORS),
        idle: list.choices("idle", "Any time", &IDLE),
    }
}

/// The users of these sessions, and whether the reader may end those of each: who holds no more than they do.
async fn may_end(admin: &Administrator, found: &[OpenSession]) -> Result<BTreeMap<Uuid, bool>, PageError> {
    let ids = found.iter().map(|session| session.user_id).collect::<Vec<_>>();
    let users = users::of(&admin.app.db, &ids).await?;
    let may = |user| {
        let given = powers_given(user, |name| admin.snapshot.registry().role(name));
        let author = admin.author();
        author.check(right_of(Deed::EndSessions(user.user_id))).and_then(|()| author.exceeds(given)).is_ok()
    };
    Ok(users.iter().map(|user| (user.user_id, may(user))).collect())
}

fn row(admin: &Administrator, session: OpenSession, may_end: &BTreeMap<Uuid, bool>) -> SessionRow {
    let is_this = session.session_id == admin.session.session_id;
    SessionRow {
        is_this,
        may_end: !is_this && may_end.get(&session.user_id).is_some_and(|may| *may),
        proven: in_words(&session.amr),
        started: Moment::new(session.started_at(), admin.now),
        last_seen: Moment::new(session.last_seen_at, admin.now),
        session_id: session.session_id,
        user_id: session.user_id,
        username: session.username,
        device: Device::of(session.user_agent.as_deref().unwrap_or_default()).to_string(),
        address: session.ip.unwrap_or_default(),
        administrates: session.administrates,
    }
}

/// What was proven, in words: "Password, code".
fn in_words(amr: &[String]) -> String {
    const METHODS: [(&[&str], &str); 3] = [(&["pwd"], "Password"), (&["otp"], "code"), (&["swk", "hwk"], "passkey")];
    let has = |values: &&[&str]| amr.iter().any(|method| values.contains(&method.as_str()));
    let words = METHODS.iter().filter(|(values, _)| has(values)).map(|(_, word)| *word).collect::<Vec<_>>().join(", ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_proven_is_said_in_words() {
        for (amr, words) in [
            ("pwd", "Password"),
            ("pwd otp mfa", "Password, code"),
            ("swk user mfa", "Passkey"),
            ("pwd hwk user mfa", "Password, passkey"),
            ("", ""),
        ] {
            let amr = amr.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(in_words(&amr), words);
        }
    }
}
