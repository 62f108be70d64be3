//! A user opens an account, if the installation lets them: its name is the e-mail address that they have shown to be
//! theirs, so that nobody learns by trying which names are taken.

use uuid::Builder;

use super::{
    link::{self, Purpose},
    new_password::NotSet,
};
use crate::{
    app::{Actor, App},
    authentication::password_policy::{self, PasswordOwner},
    model::user::User,
    policy::event::Event,
    protocol::standard_claims::Profile,
    secret::random_bytes,
    store::{pool, users},
};

/// Opens the account that a link was sent for, and gives its username. It has no roles.
///
/// # Errors
/// [`NotSet`]. A weak password does not use the link up.
pub async fn open(app: &App, link: &str, name: &str, password: &str, caller: &Actor) -> Result<String, NotSet> {
    let found = link::find(app, Purpose::Registration, link).await?.ok_or(NotSet::Gone)?;
    let owner = PasswordOwner::described_by(&[name, &found.address]);
    let hash = password_policy::accept(app, password, &owner).await?.hash().await?;
    let now = app.clock.now();
    let user = User {
        user_id: Builder::from_random_bytes(random_bytes()).into_uuid(),
        username: found.address.clone(),
        email: Some(found.address),
        email_verified: true,
        profile: Profile { name: Some(name.to_owned()), ..Profile::default() },
        enabled: true,
        roles: Vec::new(),
        created_at: now,
        updated_at: now,
        revision: 1,
        deleted_at: None,
        password_is_short: false,
        email_given_at: None,
        held_at: None,
    };
    let mut tx = pool::begin(&app.db).await?;
    let is_ours = link::take(&mut tx, Purpose::Registration, link, now).await?.is_some();
    // The name may have been given to another account since the mail was sent.
    if !is_ours || !users::insert(&mut *tx, &user, Some(&hash)).await? {
        return Err(NotSet::Gone);
    }
    let event = app.event(Event::UserRegistered, &caller.user(user.user_id), now).about_user(user.user_id);
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(user.username)
}
