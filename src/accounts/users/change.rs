//! What every change of an account goes through.

use serde_json::json;
use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::described;
use crate::{
    app::App,
    model::{registry::Registry, user::User},
    policy::event::Event,
    registry::{ChangeError, Principal, begin_with_account},
    store::{
        grants::{self, GrantsOf},
        roles, sessions, users,
    },
};

/// A change of an account that exists.
pub(in crate::accounts) struct Change<'a> {
    pub app: &'a App,
    pub tx: Transaction<'static, Postgres>,
    pub now: OffsetDateTime,
    administrators: i64,
    pub before: User,
}

impl<'a> Change<'a> {
    pub async fn begin(app: &'a App, by: &Principal, user_id: Uuid) -> Result<Self, ChangeError> {
        let (mut tx, administrators) = begin_with_account(app, by, user_id).await?;
        let before = users::find(&mut *tx, user_id).await?.ok_or(ChangeError::Unknown)?;
        Ok(Self { app, tx, now: app.clock.now(), administrators, before })
    }

    pub async fn write(mut self, event: Event, by: &Principal, after: User) -> Result<(), ChangeError> {
        if !users::update(&mut *self.tx, &after, self.now).await? {
            return Err(ChangeError::Outdated);
        }
        users::set_roles(&mut self.tx, after.user_id, &after.roles).await?;
        self.finish(event, by, &after).await
    }

    /// Completes a change that has been written.
    pub async fn finish(self, event: Event, by: &Principal, after: &User) -> Result<(), ChangeError> {
        let Self { app, mut tx, now, administrators, before } = self;
        if administrators > 0 && users::lock_and_count_administrators(&mut tx).await? == 0 {
            return Err(ChangeError::NotPermitted(
                "This is the last enabled administrator. Make somebody else one first.".into(),
            ));
        }
        let revoked = withdraw(app, by, &mut tx, (&before, after), now).await?;
        let event = app.event(event, by.actor(), now).about_user(after.user_id);
        app.write_event(&mut tx, event.change(described(&before), described(after))).await?;
        tx.commit().await?;
        app.add_revoked(&revoked);
        Ok(())
    }
}

/// Takes back what the person may not have any more, and records it. Sessions end when the account is disabled, and when
/// the person begins or ceases to administer, which is another way to be signed in. Grants are revoked with them, and
/// all of them when a role is lost, because tokens may carry what it gave, or when the person may use no application any
/// more. Says which grants.
async fn withdraw(
    app: &App,
    by: &Principal,
    tx: &mut PgConnection,
    (before, after): (&User, &User),
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, ChangeError> {
    let held = [&before.roles[..], &after.roles].concat();
    let registry = Registry::new(Vec::new(), roles::named(&mut *tx, &held).await?);
    let disabled = before.enabled && !after.enabled;
    let ended = if disabled || before.is_administrator(&registry) != after.is_administrator(&registry) {
        sessions::end_all_of_user(&mut *tx, after.user_id, None, now).await?
    } else {
        Vec::new()
    };
    let lost_a_role = before.roles.iter().any(|role| !after.roles.contains(role));
    let stays_out = !after.may_use_applications(&registry, app.settings.separation_of_duties);
    let of = if disabled || lost_a_role || stays_out {
        GrantsOf::User(after.user_id, None)
    } else {
        GrantsOf::Sessions(&ended)
    };
    let revoked = grants::revoke(&mut *tx, of, now).await?;
    if !ended.is_empty() || !revoked.is_empty() {
        let event = app.event(Event::SessionEnded, by.actor(), now).about_user(after.user_id);
        let withdrawn = json!({"sessions": ended.len(), "revoked_grants": revoked.len()});
        app.write_event(tx, event.change(None, Some(withdrawn))).await?;
    }
    Ok(revoked)
}
