//! What waits for somebody who is signed in: secrets that are shown until they are stored, answers that others give, and drafts
//! of forms.
//!
//! A secret is shown on a page of its own, after a redirect, so that reloading shows it again and makes no second one. It is
//! seen in the session only in which it was made, for [`SHOWN`] at most, and is gone once its reader says that they have it.
//! A question that somebody else answers waits in the same way, until the answer takes its place.
//! A draft is what somebody typed whose session ended, or whose tab was lost. It waits for the same user, and never holds a
//! secret.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    app::{App, InternalError},
    clock::time_ordered_id,
    keys::SealContext,
    protocol::parameters::Parameters,
    store::waiting::{self, Kind, Place, Waiting},
};

/// How long secrets are shown.
pub const SHOWN: Duration = Duration::minutes(5);
/// How long a draft waits: a day at work.
pub const DRAFTS_WAIT: Duration = Duration::hours(12);
/// What fields are called that may hold a secret.
const SECRET: [&str; 5] = ["password", "secret", "code", "credential", "document"];

/// A session, and the page on which secrets wait for it.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Reader<'a> {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub path: &'a str,
}

/// A form that was not sent.
pub struct Draft {
    /// What was typed.
    pub form: Parameters,
    /// When.
    pub saved_at: OffsetDateTime,
}

impl<'a> Reader<'a> {
    const fn place(&self) -> Place<'a> {
        let Self { user_id, session_id, path } = *self;
        Place { kind: Kind::Secrets, user_id, session_id: Some(session_id), path }
    }
}

const fn draft_place(user_id: Uuid, path: &str) -> Place<'_> {
    Place { kind: Kind::Draft, user_id, session_id: None, path }
}

/// Keeps secrets until they are stored.
///
/// # Errors
/// The database refused: then nobody will ever see them.
pub async fn show<S: Serialize>(app: &App, reader: &Reader<'_>, secrets: &S) -> Result<(), InternalError> {
    keep(app, &reader.place(), secrets, SHOWN).await
}

/// Keeps a question that somebody else will answer, in place of the one before.
///
/// # Errors
/// The database refused.
pub(super) async fn ask<S: Serialize>(
    app: &App,
    tx: &mut PgConnection,
    reader: &Reader<'_>,
    (waiting_id, question): (Uuid, &S),
    lives: Duration,
) -> Result<(), InternalError> {
    let waiting = sealed(app, waiting_id, question)?;
    Ok(waiting::put(tx, &reader.place(), &waiting, waiting.saved_at + lives).await?)
}

/// Puts the answer in the place of a question, if somebody waits for it still.
///
/// # Errors
/// The database refused.
pub(super) async fn answer<S: Serialize>(
    app: &App,
    tx: &mut PgConnection,
    (waiting_id, answer): (Uuid, &S),
    lives: Duration,
) -> Result<bool, InternalError> {
    let waiting = sealed(app, waiting_id, answer)?;
    Ok(waiting::replace(tx, &waiting, waiting.saved_at + lives).await?)
}

/// The secrets that wait on this page. `None`: there are none, or not any more, or not for this session.
///
/// # Errors
/// The database cannot be asked.
pub async fn shown<S: DeserializeOwned>(app: &App, reader: &Reader<'_>) -> Result<Option<S>, InternalError> {
    Ok(open(app, &reader.place()).await?.map(|(secrets, _)| secrets))
}

/// Forgets the secrets of this page: their reader has them.
///
/// # Errors
/// The database refused.
pub async fn stored(app: &App, reader: &Reader<'_>) -> Result<(), InternalError> {
    Ok(waiting::remove(&app.db, &reader.place()).await?)
}

/// Keeps what somebody typed into the form of this page, but nothing that may be secret.
///
/// # Errors
/// The database refused.
pub async fn keep_draft(app: &App, user_id: Uuid, path: &str, form: &Parameters) -> Result<(), InternalError> {
    let is_secret = |name: &str| SECRET.iter().any(|part| name.contains(part));
    let kept = form.pairs().filter(|(name, _)| !is_secret(name)).collect::<Vec<_>>();
    keep(app, &draft_place(user_id, path), &kept, DRAFTS_WAIT).await
}

/// What this user typed into the form of this page and did not send.
///
/// # Errors
/// The database cannot be asked.
pub async fn draft(app: &App, user_id: Uuid, path: &str) -> Result<Option<Draft>, InternalError> {
    let found = open::<Vec<(String, String)>>(app, &draft_place(user_id, path)).await?;
    Ok(found.map(|(pairs, saved_at)| Draft { form: Parameters::from_pairs(pairs), saved_at }))
}

/// Forgets a draft: it was sent, or is not wanted.
///
/// # Errors
/// The database refused.
pub async fn discard(app: &App, user_id: Uuid, path: &str) -> Result<(), InternalError> {
    Ok(waiting::remove(&app.db, &draft_place(user_id, path)).await?)
}

async fn keep<S: Serialize>(app: &App, place: &Place<'_>, content: &S, lives: Duration) -> Result<(), InternalError> {
    let waiting = sealed(app, time_ordered_id(app.clock.now()), content)?;
    Ok(waiting::put(&app.db, place, &waiting, waiting.saved_at + lives).await?)
}

fn sealed<S: Serialize>(app: &App, waiting_id: Uuid, content: &S) -> Result<Waiting, InternalError> {
    let plain = Zeroizing::new(serde_json::to_vec(content).map_err(InternalError::bug)?);
    let content = app.master_key().seal(&context(&waiting_id.to_string()), &plain).map_err(InternalError::bug)?;
    Ok(Waiting { waiting_id, content, saved_at: app.clock.now() })
}

async fn open<S: DeserializeOwned>(app: &App, place: &Place<'_>) -> Result<Option<(S, OffsetDateTime)>, InternalError> {
    let found = waiting::find(&app.db, place, app.clock.now()).await?;
    Ok(found.and_then(|Waiting { waiting_id, content, saved_at }| {
        let opened = app.master_key().open(&context(&waiting_id.to_string()), &content).ok()?;
        Some((serde_json::from_slice(&opened).ok()?, saved_at))
    }))
}

const fn context(row: &str) -> SealContext<'_> {
    SealContext { table: "waiting", row, purpose: "content" }
}
