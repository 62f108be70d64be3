//! Ending sessions from elsewhere than the browser that has them: by the user, or by an administrator.

use serde_json::json;
use uuid::Uuid;

use super::notice;
use crate::{
    app::App,
    mail::Act,
    policy::{change::Deed, event::Event},
    registry::{ChangeError, Principal, begin_of_account},
    store::{
        grants::{self, GrantsOf},
        sessions, users,
    },
};

/// Which of a user's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending<'a> {
    /// These, as far as they are theirs.
    These(&'a [Uuid]),
    /// All but this one.
    AllBut(Uuid),
    /// All.
    All,
}

/// Ends sessions of a user, with what they gave to clients, and says how many. Whose they are is told if another did it. The
/// browsers that they were in are known no longer. What clients may keep while the user is away (`offline_access`) stays:
/// that is for withdrawing consent.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn end(app: &App, by: &Principal, user_id: Uuid, which: Ending<'_>) -> Result<usize, ChangeError> {
    let mut tx = begin_of_account(app, by, Deed::EndSessions(user_id)).await?;
    let now = app.clock.now();
    let ended = match which {
        Ending::These(ids) => sessions::end_of_user(&mut tx, user_id, ids, now).await?,
        Ending::AllBut(kept) => sessions::end_all_of_user(&mut tx, user_id, Some(kept), now).await?,
        Ending::All => sessions::end_all_of_user(&mut tx, user_id, None, now).await?,
    };
    // Sessions that somebody picked stand in the record one by one; all together are one event, even if there was none.
    let recorded = match which {
        Ending::These(_) => ended.chunks(1).collect(),
        Ending::AllBut(_) | Ending::All => vec![ended.as_slice()],
    };
    let mut revoked = Vec::new();
    for these in recorded {
        let of_these = grants::revoke(&mut tx, GrantsOf::Sessions(these), now).await?;
        let event = app.event(Event::SessionEnded, by.actor(), now).about_user(user_id);
        let mut after = json!({ "sessions": these.len(), "revoked_grants": of_these.len() });
        if let (Ending::These(_), [session_id]) = (which, these) {
            after["session_id"] = session_id.to_string().into();
        }
        app.write_event(&mut tx, event.change(None, Some(after))).await?;
        revoked.extend(of_these);
    }
    if let Some(user) = users::find(&mut *tx, user_id).await?.filter(|_| !ended.is_empty()) {
        notice::of_act(app, &mut tx, by, &user, Act::SessionsEnded).await?;
    }
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(ended.len())
}
