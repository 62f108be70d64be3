//! What users are told by mail when an administrator acts on their account. Addresses and deletion have mails of their own.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::{
    app::{App, user_in_record},
    mail::{self, Act, Message, Recipient},
    model::user::User,
    policy::change::Change,
    registry::Principal,
};

/// Tells the user of an account what a change did to it, if somebody else made it and their address is known.
///
/// # Errors
/// The mail could not be written.
pub async fn of_change(
    app: &App,
    tx: &mut PgConnection,
    by: &Principal,
    change: &Change,
    (before, after): (Option<&User>, &User),
) -> sqlx::Result<()> {
    let act = match change {
        Change::SwitchUser { enabled: true, .. } => Act::Enabled,
        Change::SwitchUser { enabled: false, .. } => Act::Disabled,
        Change::RestoreUser { .. } => Act::Restored,
        Change::EditUser { .. } if before.is_some_and(|before| roles(before) != roles(after)) => Act::RolesChanged,
        _ => return Ok(()),
    };
    of_act(app, tx, by, after, act).await
}

fn roles(user: &User) -> BTreeSet<&String> {
    user.roles.iter().collect()
}

/// Tells the user of an account that an administrator did this to it.
///
/// # Errors
/// The mail could not be written.
pub async fn of_act(app: &App, tx: &mut PgConnection, by: &Principal, user: &User, act: Act) -> sqlx::Result<()> {
    let is_own = by.actor().name.as_deref() == Some(&user_in_record(user.user_id));
    match Recipient::of(app, user).filter(|_| !is_own) {
        Some(to) => mail::send(tx, app, &to, Message::ByAdministrator(act)).await,
        None => Ok(()),
    }
}
