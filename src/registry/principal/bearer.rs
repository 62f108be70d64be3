//! Who an access token for our own API stands for: a client by itself, or a user who signed in for one.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Basis, Principal};
use crate::{
    app::App,
    model::registry::Registry,
    policy::{
        assurance::{self, RECENT},
        change::Author,
        permission::{self, Permission, Powers},
        separation,
    },
    protocol::{access_token::AccessToken, assurance::Level, client::Client, introspection::stands_for},
    store::{grants, roles, users},
};

/// A token that was presented.
#[derive(Clone)]
pub(super) struct Bearer {
    pub token: AccessToken,
    /// Who signed in for it. `None`: the client got it for itself.
    pub user_id: Option<Uuid>,
}

impl Bearer {
    /// Whether its user has proven lately who they are. A client proves nothing anew: it is let do without if its
    /// registration and its token say so by name.
    pub fn is_recent(&self, now: OffsetDateTime) -> bool {
        if self.user_id.is_none() {
            return self.powers().has(Permission::Unattended);
        }
        self.token.auth_time.is_some_and(|at| now.unix_timestamp() - at <= RECENT.whole_seconds())
    }

    fn powers(&self) -> Powers {
        Powers::of_scopes(self.token.scope.iter())
    }

    /// What a user may do by it now. `None`: it does not hold any more.
    async fn author_of_person(
        &self,
        app: &App,
        tx: &mut PgConnection,
        (user_id, client): (Uuid, &Client),
    ) -> sqlx::Result<Option<Author>> {
        let Some(grant_id) = self.token.grant_id else { return Ok(None) };
        if !grants::hold(&mut *tx, grant_id).await? {
            return Ok(None);
        }
        let user = users::find(&mut *tx, user_id).await?.filter(|user| user.enabled);
        let Some(user) = user else { return Ok(None) };
        let registry = Registry::new(Vec::new(), roles::named(tx, &user.roles).await?);
        let proven = self.token.acr.as_deref().and_then(|acr| acr.parse::<Level>().ok()).unwrap_or_default();
        let demanded = assurance::of_account(&user, &registry).max(Level::Aal2);
        let is_in_place = separation::admits(client, &user, &registry, app.settings.separation_of_duties);
        let powers = permission::of_user(&user, &registry).beyond(Powers::of(&[Permission::Unattended]));
        let author = Author::Administrator { user_id: Some(user_id), powers };
        Ok((is_in_place && proven >= demanded).then_some(author))
    }
}

impl Principal {
    /// Who a token stands for, by what its client is registered for now and its user may do now. The transaction holds the
    /// client, and the account of the user. `None`: the token does not hold any more.
    pub(in crate::registry) async fn author_of_token(
        &self,
        app: &App,
        tx: &mut PgConnection,
        client: Option<&Client>,
    ) -> sqlx::Result<Option<Author>> {
        let Basis::Token(bearer) = &self.basis else { return Ok(None) };
        let live = |client: &&Client| stands_for(client, &bearer.token) && !app.is_revoked(bearer.token.jti);
        let Some(client) = client.filter(live) else { return Ok(None) };
        let within = bearer.powers().common(Powers::of_scopes(client.scopes.iter()));
        let author = if let Some(user_id) = bearer.user_id {
            bearer.author_of_person(app, tx, (user_id, client)).await?
        } else {
            // It owns nothing, so what is permitted for one's own is of no use to it.
            let powers = Powers::ALL.beyond(Powers::of(&[Permission::ClientsOwn]));
            Some(Author::Administrator { user_id: None, powers })
        };
        Ok(author.map(|author| match author {
            Author::Administrator { user_id, powers } => {
                Author::Administrator { user_id, powers: powers.common(within) }
            }
            other => other,
        }))
    }
}
