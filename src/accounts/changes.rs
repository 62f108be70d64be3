//! Changes of what is registered, with the mails that go with those of accounts.

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
    registry::{ChangeError, Changing, NoneMade, Principal},
    store::links,
};

/// Makes one change. `None`: the thing is gone, or it was so already.
///
/// # Errors
/// Why it was not made. Then nothing has changed.
pub async fn make(app: &App, by: &Principal, change: &Change) -> Result<Option<Thing>, ChangeError> {
    let mut changing = Changing::begin(app, by, std::slice::from_ref(change)).await?;
    let after = apply(app, &mut changing, by, change).await?;
    changing.commit().await?;
    Ok(after)
}

/// Makes all these changes, or none. Each may depend on those before it.
///
/// # Errors
/// [`NoneMade`]
pub async fn make_all(app: &App, by: &Principal, changes: &[Change]) -> Result<(), NoneMade> {
    let mut changing = Changing::begin(app, by, changes).await?;
    for (place, change) in changes.iter().enumerate() {
        let applied = apply(app, &mut changing, by, change).await;
        applied.map_err(|error| NoneMade { place: Some(place), error })?;
    }
    changing.commit().await?;
    Ok(())
}

/// Makes those of these changes of accounts that can be made, and says of each why it was not. Their users are told.
///
/// # Errors
/// None was made, because of what they have in common.
pub async fn make_possible(
    app: &App,
    by: &Principal,
    changes: &[Change],
) -> Result<Vec<Result<(), ChangeError>>, ChangeError> {
    let mut changing = Changing::begin(app, by, changes).await?;
    let made = changing.apply_possible(changes).await?;
    for (change, made) in changes.iter().zip(&made) {
        if let Ok(Some(Thing::User(user))) = made {
            notice::of_change(app, changing.tx(), by, change, (None, user)).await?;
        }
    }
    changing.commit().await?;
    Ok(made.into_iter().map(|made| made.map(|_| ())).collect())
}

async fn apply(
    app: &App,
    changing: &mut Changing<'_>,
    by: &Principal,
    change: &Change,
) -> Result<Option<Thing>, ChangeError> {
    let before = match change {
        Change::EditUser { user_id, .. } => changing.state().user(*user_id).cloned(),
        _ => None,
    };
    let after = changing.apply(change).await?;
    let Some(Thing::User(user)) = &after else { return Ok(after) };
    match (change, &before) {
        (Change::AddUser { password_hash: None, .. }, _) if user.email.is_some() => {
            invitation::send_within(app, changing.tx(), by, user, Purpose::Invitation).await?;
        }
        (Change::EditUser { .. }, Some(before)) if !same_mailbox(before.email.as_deref(), user.email.as_deref()) => {
            leave_address(app, changing, before).await?;
        }
        (Change::DeleteUser { .. }, _) => {
            if let Some(to) = Recipient::of(app, user) {
                mail::send(changing.tx(), app, &to, Message::AccountDeleted).await?;
            }
        }
        _ => {}
    }
    notice::of_change(app, changing.tx(), by, change, (before.as_ref(), user)).await?;
    Ok(after)
}

/// The address that an account loses by an administrator is told, and what was mailed there to set a password ends.
async fn leave_address(app: &App, changing: &mut Changing<'_>, before: &User) -> sqlx::Result<()> {
    let now = changing.now();
    links::end_all_of_user(&mut *changing.tx(), before.user_id, &SETS_A_PASSWORD.map(Purpose::as_str), now).await?;
    hold::warn(changing.tx(), app, before, Loss::ByAdministrator).await
}
