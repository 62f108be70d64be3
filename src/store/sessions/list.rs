//! Sessions that are alive, as the list of all of them has them, and what can be looked for there.

use std::net::IpAddr;

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::SessionKind;
use crate::clock::time_of;

/// Which sessions are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'a> {
    /// An IP address that they come from; or words of the username, e-mail address or names of their user, or beginnings of
    /// such words.
    pub text: Option<&'a str>,
    /// Whose cookie it is.
    pub kind: Option<SessionKind>,
    /// What was proven.
    pub proven: Option<Proven>,
    /// Two factors were proven, or one.
    pub second_factor: Option<bool>,
    /// They were not used for so long.
    pub idle: Option<Duration>,
}

/// By what somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// A password and nothing else.
    PasswordAlone,
    /// Among others a code, of an app or one that was printed.
    Code,
    /// Among others a passkey.
    Passkey,
}

impl Proven {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PasswordAlone, Self::Code, Self::Passkey];

    /// What queries call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordAlone => "password",
            Self::Code => "code",
            Self::Passkey => "passkey",
        }
    }
}

impl Sought<'_> {
    pub(super) const fn is_everything(&self) -> bool {
        let is_any = self.kind.is_none() && self.proven.is_none() && self.second_factor.is_none();
        self.text.is_none() && is_any && self.idle.is_none()
    }

    /// The address that is typed into the search, in its usual spelling.
    pub(super) fn address(&self) -> Option<String> {
        self.text.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|address| address.to_string())
    }
}

/// A session that is alive, with its user.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OpenSession {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub username: String,
    /// It is one of the console.
    pub administrates: bool,
    /// What was proven (RFC 8176), and the level that it reaches.
    pub amr: Vec<String>,
    pub acr: String,
    /// When it was last proven by all that it has.
    pub authenticated_at: OffsetDateTime,
    /// To the minute.
    pub last_seen_at: OffsetDateTime,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl OpenSession {
    /// When it began.
    #[must_use]
    pub fn started_at(&self) -> OffsetDateTime {
        time_of(self.session_id)
    }
}

/// The moments before which sessions of users, and of the console, were last seen that are alive no more.
pub(super) fn seen_after(now: OffsetDateTime) -> [OffsetDateTime; 2] {
    [SessionKind::User, SessionKind::Administrator].map(|kind| now - kind.lifetimes().0)
}

/// Those of these sessions that are alive.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(db: impl PgExecutor<'_>, session_ids: &[Uuid], now: OffsetDateTime) -> sqlx::Result<Vec<OpenSession>> {
    let [users, console] = seen_after(now);
    sqlx::query_as!(
        OpenSession,
        r#"
        select session_id, user_id, (select username from users where users.user_id = sessions.user_id) as "username!",
            kind = 'administrator' as "administrates!", amr, acr, authenticated_at, last_seen_at, ip, user_agent
        from sessions
        where session_id = any($1) and ended_at is null and expires_at > $2
          and last_seen_at > case kind when 'user' then $3::timestamptz else $4 end
        "#,
        session_ids,
        now,
        users,
        console,
    )
    .fetch_all(db)
    .await
}
