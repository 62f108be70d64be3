//! The factors that a person has beside the password: how one is proven, and what goes with every change of them.

use serde_json::{Value, json};
use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{email, other_sessions, recovery_code, totp};
use crate::{
    app::{Actor, App, user_in_record},
    mail::{self, Message, Recipient},
    policy::{
        assurance::{self, Factors},
        event::Event,
        user::User,
    },
    protocol::assurance::{Level, Method},
    registry::{ChangeError, RecentPrincipal, begin_of_account, text},
    store::{
        audit_events::AuditEvent,
        factors::{self, FactorKind},
        pool, recovery_codes, users,
    },
    web::error::InternalError,
};

/// The most factors that a person may have.
pub const MOST: usize = 10;

/// A person who changes their own factors.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// What is reached.
    pub app: &'a App,
    /// Whose factors they are.
    pub user: &'a User,
    /// The same person, by the session in which it is done. It alone goes on.
    pub by: &'a RecentPrincipal,
    /// When the request arrived.
    pub now: OffsetDateTime,
}

/// What became of a wish to remove a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// There is no such factor.
    Unknown,
    /// Without it, the person could not prove as much as their account demands.
    Needed,
}

/// Which kinds of factors the person has.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(app: &App, user_id: Uuid) -> sqlx::Result<Factors> {
    factors::of(&app.db, user_id).await
}

/// Uses up a code of an authenticator app or a recovery code. `None`: it is neither, or was used before.
///
/// # Errors
/// The database refused, or a secret does not open. Then nothing is used up.
pub async fn verify_code(
    app: &App,
    user_id: Uuid,
    code: &str,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<Option<Method>, InternalError> {
    let mut tx = pool::begin(&app.db).await?;
    let proven = if let Some(factor_id) = totp::verify(app, &mut tx, user_id, code, now).await? {
        Some((Method::Totp, json!({"kind": "totp", "factor_id": factor_id})))
    } else if recovery_code::verify(&mut tx, user_id, code, now).await? {
        Some((Method::RecoveryCode, json!({"kind": "recovery_code"})))
    } else {
        None
    };
    let used = Use { app, user_id: Some(user_id), actor, now };
    let event = match &proven {
        Some((_, factor)) => used.proven(factor.clone()),
        None => used.refused("the code is of no factor of this person, or was used before"),
    };
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(proven.map(|(method, _)| method))
}

/// The name of a factor as it is kept. `None`: it is empty, too long, or not all of it can be seen.
#[must_use]
pub fn name(given: &str) -> Option<String> {
    text::name("name", given).ok()
}

/// Gives a factor another name. `false`: there is no such factor.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn rename(owner: &Owner<'_>, factor_id: Uuid, name: &str) -> Result<bool, ChangeError> {
    let mut tx = begin_change(owner).await?;
    let Some(kind) = factors::rename(&mut *tx, owner.user.user_id, factor_id, name).await? else { return Ok(false) };
    let event = owner.event(Event::FactorRenamed).change(None, Some(json!({"kind": kind.as_str(), "name": name})));
    owner.app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a factor, unless the person must keep it. Recovery codes go with the last one that they could stand in for.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn remove(owner: &Owner<'_>, factor_id: Uuid) -> Result<Removal, ChangeError> {
    let user_id = owner.user.user_id;
    let mut tx = begin_change(owner).await?;
    let Some((kind, name)) = factors::remove(&mut *tx, user_id, factor_id).await? else { return Ok(Removal::Unknown) };
    let left = factors::of(&mut *tx, user_id).await?;
    // As the account is now: a short password may have been chosen since the page was asked for.
    let Some(user) = users::find(&mut *tx, user_id).await? else { return Ok(Removal::Unknown) };
    if !suffices(left, assurance::of_account(&user, &owner.app.registry())) {
        return Ok(Removal::Needed);
    }
    if !left.any() {
        recovery_codes::remove(&mut *tx, user_id).await?;
    }
    let event = owner.event(Event::FactorRemoved).change(Some(json!({"kind": kind.as_str(), "name": name})), None);
    finish(owner, tx, event, Message::FactorRemoved { name: &name }).await?;
    Ok(Removal::Done)
}

impl Owner<'_> {
    /// Something that the person did to their own account.
    pub(super) fn event(&self, event: Event) -> AuditEvent {
        self.app.event(event, self.by.actor(), self.now).about_user(self.user.user_id)
    }
}

/// Begins a change. Those of one person wait for each other, so that what one reads stays true until it is committed. If
/// the owner proves to be one by a factor that they have had for long, links end that would undo their change of address.
pub(super) async fn begin_change(owner: &Owner<'_>) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let mut tx = begin_of_account(owner.app, owner.by, owner.user.user_id).await?;
    email::end_undo(&mut tx, owner.user.user_id, owner.by.session_id(), owner.now).await?;
    Ok(tx)
}

/// Whether the person may have one more.
pub(super) async fn has_room(tx: &mut PgConnection, owner: &Owner<'_>) -> sqlx::Result<bool> {
    Ok(factors::list(tx, owner.user.user_id).await?.len() < MOST)
}

/// Completes a change that added a factor.
pub(super) async fn added(
    owner: &Owner<'_>,
    tx: Transaction<'static, Postgres>,
    kind: FactorKind,
    name: &str,
) -> sqlx::Result<()> {
    let event = owner.event(Event::FactorAdded).change(None, Some(json!({"kind": kind.as_str(), "name": name})));
    finish(owner, tx, event, Message::FactorAdded { name }).await
}

/// Completes a change: it is recorded, the person is told, and their other sessions end (LG-11).
pub(super) async fn finish(
    owner: &Owner<'_>,
    mut tx: Transaction<'static, Postgres>,
    event: AuditEvent,
    message: Message<'_>,
) -> sqlx::Result<()> {
    let Owner { app, user, by, now } = *owner;
    let revoked = other_sessions::end(&mut tx, user.user_id, by.session_id(), now).await?;
    let user = users::find(&mut *tx, user.user_id).await?; // their address may be another one by now
    if let Some(to) = user.and_then(|user| Recipient::of(app, &user)) {
        mail::send(&mut tx, app, &to, message).await?;
    }
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}

/// That somebody wanted to prove a factor, for the record.
pub(super) struct Use<'a> {
    pub app: &'a App,
    /// Whose it would be, as far as that is known.
    pub user_id: Option<Uuid>,
    pub actor: &'a Actor,
    pub now: OffsetDateTime,
}

impl Use<'_> {
    /// They did, with this factor, and so are who they say.
    pub fn proven(&self, factor: Value) -> AuditEvent {
        let event = self.event(Event::FactorUsed).change(None, Some(factor));
        AuditEvent { actor: event.subject.clone(), ..event }
    }

    /// They did not, for this reason.
    pub fn refused(&self, reason: &str) -> AuditEvent {
        self.event(Event::FactorRefused).because(reason)
    }

    fn event(&self, event: Event) -> AuditEvent {
        let event = self.app.event(event, self.actor, self.now);
        AuditEvent { subject: self.user_id.map(user_in_record), ..event }
    }
}

/// A failure that nothing a person does explains.
pub(super) fn broken(error: impl Into<anyhow::Error>) -> InternalError {
    InternalError::Bug(error.into())
}

/// Whether a person with these factors can prove as much as this.
const fn suffices(left: Factors, demanded: Level) -> bool {
    match demanded {
        Level::Aal1 => true,
        Level::Aal2 => left.any(),
        Level::Phr => left.passkey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_factor_of_somebody_who_must_have_one_stays() {
        for (totp, passkey, levels) in [
            (false, false, &[Level::Aal1][..]),
            (true, false, &[Level::Aal1, Level::Aal2]),
            (false, true, &Level::ALL),
            (true, true, &Level::ALL),
        ] {
            let left = Factors { totp, passkey, recovery_code: true };
            assert_eq!(Level::ALL.map(|level| suffices(left, level)), Level::ALL.map(|level| levels.contains(&level)));
        }
    }
}
