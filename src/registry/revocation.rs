//! Revokes every session, grant and token.

use serde_json::json;

use super::{ChangeError, Changing, RecentPrincipal};
use crate::{
    app::App,
    policy::{
        change::{Deed, right_of},
        event::Event,
        feed::Part,
    },
    store::{grants, links, registry, sessions},
};

/// How much was revoked.
#[derive(Clone, Copy, Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Revoked {
    pub sessions: usize,
    pub grants: u64,
}

/// Revokes every session, code, token and mailed link, on all nodes within a second. For after a restore (a backup brings back
/// what was revoked since), and for when an attacker may have everything. Clients that have a back channel are told.
///
/// # Errors
/// The database refused, or [`ChangeError::NoLongerAllowed`]: then nothing has ended.
pub async fn revoke_all(app: &App, by: &RecentPrincipal) -> Result<Revoked, ChangeError> {
    let now = app.clock.now();
    let mut changing = Changing::begin_other(app, by, right_of(Deed::RevokeEverything)).await?;
    changing.allow_time().await?;
    let revoked = Revoked {
        sessions: sessions::end_all(changing.tx(), now).await?.len(),
        grants: grants::revoke_all(&mut *changing.tx(), now).await?,
    };
    links::end_all(&mut *changing.tx(), now).await?;
    let event = app.event(Event::EverythingRevoked, by.actor(), now).change(None, Some(json!(revoked)));
    changing.record(event);
    // Last, and by the time it is then: tokens may have been made of the same grants until now.
    registry::end_all_tokens(&mut *changing.tx(), app.clock.now()).await?;
    changing.touch(Part::Clients);
    changing.commit().await?;
    Ok(revoked)
}
