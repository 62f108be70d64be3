//! What every change of a user's factors has in common: what it checks, records, and tells the user.

use serde_json::json;
use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{other_sessions, undo_links};
use crate::{
    app::App,
    mail::{self, Message, Recipient},
    model::{registry::Registry, user::User},
    policy::{
        assurance::{self, Factors},
        event::Event,
        text,
    },
    protocol::assurance::Level,
    registry::{ChangeError, RecentPrincipal, begin_of_own_account},
    store::{
        audit_events::AuditEvent,
        factors::{self, FactorKind},
        recovery_codes, roles, users,
    },
};

/// The most factors that a user may have.
pub const MOST: usize = 10;

/// A user who changes their own factors.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// What is reached.
    pub app: &'a App,
    /// Whose factors they are.
    pub user: &'a User,
    /// The same user, by the session in which it is done. It alone goes on.
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
    /// Without it, the user could not prove as much as their account demands.
    Needed,
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

/// Removes a factor, unless the user must keep it. Recovery codes go with the last one that they could stand in for.
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
    let registry = Registry::new(Vec::new(), roles::named(&mut *tx, &user.roles).await?);
    if !suffices(left, assurance::of_account(&user, &registry)) {
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
    /// Something that the user did to their own account.
    pub(super) fn event(&self, event: Event) -> AuditEvent {
        self.app.event(event, self.by.actor(), self.now).about_user(self.user.user_id)
    }
}

/// Begins a change. Those of one user wait for each other, so that what one reads stays true until it is committed. If
/// the owner proves to be one by a factor that they have had for long, links end that would undo their change of address.
pub(super) async fn begin_change(owner: &Owner<'_>) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let mut tx = begin_of_own_account(owner.app, owner.by, owner.user.user_id).await?;
    undo_links::end(&mut tx, owner.user.user_id, owner.by.session_id(), owner.now).await?;
    Ok(tx)
}

/// Whether the user may have one more.
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

/// Completes a change: it is recorded, the user is told, and their other sessions end (LG-11).
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

/// Whether a user with these factors can prove as much as this.
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
