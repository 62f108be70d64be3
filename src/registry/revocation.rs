//! The end of everything that was ever given.

use serde_json::json;

use super::{ChangeError, RecentPrincipal, begin, commit};
use crate::{
    app::App,
    policy::{event::Event, feed::Part},
    store::{clients, grants, links, pool, sessions},
};

/// What came to its end.
#[derive(Clone, Copy, Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Revoked {
    pub sessions: usize,
    pub grants: u64,
}

/// Ends every session, code, token and mailed link there is, on all nodes within a second: after a backup was restored,
/// which brings back what had been revoked since, or when everything may be in somebody's hands. Clients that have a
/// back channel are told.
///
/// # Errors
/// The database refused, or [`ChangeError::NoLongerAllowed`]: then nothing has ended.
pub async fn revoke_all(app: &App, by: &RecentPrincipal) -> Result<Revoked, ChangeError> {
    let now = app.clock.now();
    let mut tx = begin(app, by).await?;
    pool::allow_time(&mut tx).await?;
    let revoked = Revoked {
        sessions: sessions::end_all(&mut tx, now).await?.len(),
        grants: grants::revoke_all(&mut *tx, now).await?,
    };
    links::end_all(&mut *tx, now).await?;
    let event = app.event(Event::EverythingRevoked, by.actor(), now).change(None, Some(json!(revoked)));
    app.write_event(&mut tx, event).await?;
    // Last, and by the time it is then: tokens may have been made of the same grants until now.
    clients::end_all_tokens(&mut *tx, app.clock.now()).await?;
    commit(app, tx, Part::Clients).await?;
    Ok(revoked)
}
