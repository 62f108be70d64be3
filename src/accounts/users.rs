//! Changes of accounts, with the mails that go with them.

use uuid::{Builder, Uuid};

use super::{
    hold::{self, SETS_A_PASSWORD},
    invitation,
    link::Purpose,
    notice,
};
use crate::{
    app::App,
    mail::{self, Loss, Message, Recipient},
    model::user::User,
    policy::change::{Change, Thing, same_mailbox},
    protocol::standard_claims::Profile,
    registry::{Attempt, ChangeError, Changing, Principal, RecentPrincipal, make, make_possible},
    secret::random_bytes,
    store::links,
};

pub use crate::policy::change::UserSettings;

/// Adds an account. Without a password nobody can sign in to it, until its user has chosen one by the invitation that is
/// mailed to their address, if they have one.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the username is taken.
pub async fn create(
    app: &App,
    by: &RecentPrincipal,
    settings: &UserSettings,
    password_hash: Option<String>,
) -> Result<User, ChangeError> {
    // Random, so that it does not tell the clients that see it when the account was made.
    let user_id = Builder::from_random_bytes(random_bytes()).into_uuid();
    let is_invited = password_hash.is_none();
    let change = Change::AddUser { user_id, settings: Box::new(settings.clone()), password_hash };
    let mut changing = Changing::begin(app, by, std::slice::from_ref(&change)).await?;
    let Some(Thing::User(user)) = changing.apply(&change).await? else { return Err(ChangeError::Unknown) };
    if is_invited && user.email.is_some() {
        invitation::send_within(app, changing.tx(), by, &user, Purpose::Invitation).await?;
    }
    changing.commit().await?;
    Ok(*user)
}

/// Replaces the details and roles of an account, all but its name. Another address is one that somebody else set
/// ([`crate::policy::recovery`]), and the old one is told.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read. [`ChangeError::NotPermitted`]:
/// nobody could administer this installation any more.
pub async fn update(
    app: &App,
    by: &RecentPrincipal,
    user_id: Uuid,
    revision: i32,
    settings: &UserSettings,
) -> Result<(), ChangeError> {
    let change = Change::EditUser { user_id, revision, settings: Box::new(settings.clone()) };
    let mut changing = Changing::begin(app, by, std::slice::from_ref(&change)).await?;
    let before = changing.state().user(user_id).cloned();
    let after = changing.apply(&change).await?;
    if let (Some(before), Some(Thing::User(after))) = (before, after) {
        if !same_mailbox(before.email.as_deref(), after.email.as_deref()) {
            leave_address(app, &mut changing, &before).await?;
        }
        notice::of_change(app, changing.tx(), by, &change, (Some(&before), &after)).await?;
    }
    changing.commit().await
}

/// The address that an account loses by an administrator is told, and what was mailed there to set a password ends.
async fn leave_address(app: &App, changing: &mut Changing<'_>, before: &User) -> sqlx::Result<()> {
    let now = changing.now();
    links::end_all_of_user(&mut *changing.tx(), before.user_id, &SETS_A_PASSWORD.map(Purpose::as_str), now).await?;
    hold::warn(changing.tx(), app, before, Loss::ByAdministrator).await
}

/// Replaces what an account says of its user, as they do themselves.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the profile was read.
pub async fn update_profile(
    app: &App,
    by: &Principal,
    (user_id, revision): (Uuid, i32),
    profile: Profile,
) -> Result<(), ChangeError> {
    make(app, by, Change::EditProfile { user_id, revision, profile: Box::new(profile) }).await.map(|_| ())
}

/// Switches an account on or off, and tells its user. Off, its sessions end and its grants are revoked.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more, or the account is deleted.
pub async fn set_enabled(app: &App, by: &RecentPrincipal, user_id: Uuid, enabled: bool) -> Result<(), ChangeError> {
    make_told(app, by, &Change::SwitchUser { user_id, enabled }).await
}

/// Switches those of these accounts on or off that can be, and says of each why it was not.
///
/// # Errors
/// None was, because of what they have in common.
pub async fn set_all_enabled(
    app: &App,
    by: &RecentPrincipal,
    user_ids: &[Uuid],
    enabled: bool,
) -> Result<Vec<Result<(), ChangeError>>, ChangeError> {
    let change = |user_id: &Uuid| Change::SwitchUser { user_id: *user_id, enabled };
    let changes = user_ids.iter().map(change).collect::<Vec<_>>();
    let made = make_possible(app, by, &changes, Attempt::Real).await?;
    Ok(made.into_iter().map(|made| made.map(|_| ())).collect())
}

/// Deletes an account: nobody signs in to it any more, its sessions and grants end, and its user is told. Its name stays
/// taken until it is erased.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more.
pub async fn delete(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    let change = Change::DeleteUser { user_id };
    let mut changing = Changing::begin(app, by, std::slice::from_ref(&change)).await?;
    if let Some(Thing::User(user)) = changing.apply(&change).await?
        && let Some(to) = Recipient::of(app, &user)
    {
        mail::send(changing.tx(), app, &to, Message::AccountDeleted).await?;
    }
    changing.commit().await
}

/// Brings a deleted account back, without its sessions and grants, and disabled: it may have been so before.
///
/// # Errors
/// [`ChangeError::Unknown`]: it is not deleted, or erased.
pub async fn restore(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    make_told(app, by, &Change::RestoreUser { user_id }).await
}

/// Makes a change of which its user is told.
async fn make_told(app: &App, by: &Principal, change: &Change) -> Result<(), ChangeError> {
    let mut changing = Changing::begin(app, by, std::slice::from_ref(change)).await?;
    if let Some(Thing::User(user)) = changing.apply(change).await? {
        notice::of_change(app, changing.tx(), by, change, (None, &user)).await?;
    }
    changing.commit().await
}
