//! What can be changed of clients, APIs, roles and users, as values.
//!
//! [`Change`] says what is to be different. [`plan`] is the rule: it looks at what the change stands on ([`State`]) and says
//! what will be different ([`Plan`]), or why not ([`Denied`]). It touches nothing, so that a change can be checked, shown,
//! kept, and made together with others. [`registry`](crate::registry) holds the state, asks, and writes.

mod apis;
mod author;
mod clients;
mod described;
mod keys;
mod right;
mod roles;
mod state;
pub mod taken;
mod users;

use std::fmt;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use apis::{ApiSettings, problems as problems_of_api};
pub use author::{Author, powers_given};
pub use clients::{LONGEST_OVERLAP, MOST_SECRETS};
pub use described::{described, differences};
pub use keys::{Hold, Key, keys};
pub use right::{Deed, Right, right, right_of};
pub use roles::{ADMINISTRATOR, RoleSettings, is_role_name};
pub use state::State;
pub use users::{RESTORABLE, UserSettings, problems as problems_of_user, same_mailbox};

use super::{event::Event, permission::Powers, refusal::Refusal};
use crate::{
    model::{
        office::Office,
        registry::{Api, Role},
        user::User,
    },
    outbound::OutboundSettings,
    protocol::{
        client::{Client, ClientSecret},
        client_id_url::ClientIdUrl,
        client_metadata::ClientMetadata,
        standard_claims::Profile,
    },
};

/// What is to be different. The `revision` of an edit is that of what its author saw: another one is refused.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Change {
    /// A client is registered. `secret`: only if it authenticates.
    RegisterClient { client_id: String, metadata: Box<ClientMetadata>, secret: Option<ClientSecret>, enabled: bool },
    /// All its metadata is replaced.
    EditClient { client_id: String, revision: i32, metadata: Box<ClientMetadata> },
    /// A client is what its document says of it: it is registered, or its metadata is replaced. Whether it is enabled is
    /// not for the document to say.
    DescribeClient { url: ClientIdUrl, metadata: Box<ClientMetadata> },
    /// It is switched on or off. Either way it loses every grant and token that it has: switched on again, it brings none
    /// back, not even what another node issued in the second before it learned of the switch.
    SwitchClient { client_id: String, enabled: bool },
    /// It gets a secret. The newest that it has of the same name works for `overlap` more, older ones of that name end.
    /// `None`: there must be none of that name.
    AddClientSecret { client_id: String, secret: ClientSecret, overlap: Option<Duration> },
    /// One of its secrets ends.
    EndClientSecret { client_id: String, secret_id: Uuid },
    /// Another user owns it, or nobody.
    GiveClient { client_id: String, owner: Option<Uuid> },
    /// It goes, with everything that it was granted.
    DeleteClient { client_id: String },
    /// An API is registered with its scopes.
    RegisterApi { api_id: Uuid, settings: ApiSettings },
    /// All its settings are replaced, but the identifier. Scopes that are gone are taken from roles and clients.
    EditApi { api_id: Uuid, revision: i32, settings: ApiSettings },
    /// It goes with its scopes: nobody gets a token for it any more.
    DeleteApi { api_id: Uuid },
    /// A role is added. Its office does not change later.
    AddRole { name: String, office: Option<Office>, settings: RoleSettings },
    /// All its settings are replaced.
    EditRole { name: String, revision: i32, settings: RoleSettings },
    /// It goes, and its users lose it. Who administers by it alone is signed out everywhere.
    DeleteRole { name: String },
    /// An account is added. Without a password nobody can sign in to it yet.
    AddUser { user_id: Uuid, settings: Box<UserSettings>, password_hash: Option<String> },
    /// Its details and roles are replaced, all but its name. Another address is one that somebody else set
    /// ([`recovery`](super::recovery)).
    EditUser { user_id: Uuid, revision: i32, settings: Box<UserSettings> },
    /// What it says of its user is replaced.
    EditProfile { user_id: Uuid, revision: i32, profile: Box<Profile> },
    /// It is switched on or off. Off, its sessions end and its grants are revoked.
    SwitchUser { user_id: Uuid, enabled: bool },
    /// It is deleted: nobody signs in to it any more. Its name stays taken until it is erased.
    DeleteUser { user_id: Uuid },
    /// It is brought back from deletion, without sessions and grants, and disabled: it may have been so before.
    RestoreUser { user_id: Uuid },
}

impl Change {
    /// Whether it registers a client, and does nothing else.
    #[must_use]
    pub const fn registers_client(&self) -> bool {
        matches!(self, Self::RegisterClient { .. })
    }

    /// The revision that an edit names.
    #[must_use]
    pub const fn revision(&self) -> Option<i32> {
        match self {
            Self::EditClient { revision, .. }
            | Self::EditApi { revision, .. }
            | Self::EditRole { revision, .. }
            | Self::EditUser { revision, .. }
            | Self::EditProfile { revision, .. } => Some(*revision),
            _ => None,
        }
    }

    /// The same edit of what there is now, whatever its author saw. Other changes stay as they are.
    #[must_use]
    pub fn of_newest(mut self, state: &State) -> Self {
        let newest = match &self {
            Self::EditClient { client_id, .. } => state.client(client_id).map(|client| client.revision),
            Self::EditApi { api_id, .. } => state.api(*api_id).map(|api| api.revision),
            Self::EditRole { name, .. } => state.role(name).map(|role| role.revision),
            Self::EditUser { user_id, .. } | Self::EditProfile { user_id, .. } => {
                state.user(*user_id).map(|user| user.revision)
            }
            _ => None,
        };
        if let (
            Some(newest),
            Self::EditClient { revision, .. }
            | Self::EditApi { revision, .. }
            | Self::EditRole { revision, .. }
            | Self::EditUser { revision, .. }
            | Self::EditProfile { revision, .. },
        ) = (newest, &mut self)
        {
            *revision = newest;
        }
        self
    }

    /// Whether much may hang on what it is about: all clients that have a scope, all grants of a client.
    #[must_use]
    pub const fn may_concern_many(&self) -> bool {
        matches!(
            self,
            Self::EditApi { .. }
                | Self::DeleteApi { .. }
                | Self::SwitchClient { .. }
                | Self::DeleteClient { .. }
                | Self::DeleteRole { .. }
        )
    }
}

/// What it is about, and nothing of what it says: that may be secret.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Change").field(&keys(self)).finish()
    }
}

/// What there is of a thing before a change and after it.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Thing {
    Client(Box<Client>),
    Api(Box<Api>),
    Role(Role),
    User(Box<User>),
}

impl Thing {
    /// A client.
    #[must_use]
    pub fn as_client(&self) -> Option<&Client> {
        if let Self::Client(client) = self { Some(client) } else { None }
    }

    /// What the audit trail calls it: its kind and its id.
    #[must_use]
    pub fn in_record(&self) -> String {
        match self {
            Self::Client(client) => format!("client:{}", client.client_id),
            Self::Api(api) => format!("api:{}", api.api_id),
            Self::Role(role) => format!("role:{}", role.name),
            Self::User(user) => format!("user:{}", user.user_id),
        }
    }
}

/// What a change comes to.
#[derive(Clone)]
pub struct Plan {
    /// What the audit trail calls it.
    pub event: Event,
    /// What there is now. `None`: it is new.
    pub before: Option<Thing>,
    /// What there will be. `None`: it goes.
    pub after: Option<Thing>,
    /// What else ends by it.
    pub consequences: Vec<Consequence>,
}

/// What else ends by a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Every grant of this client is revoked.
    GrantsOfClient(String),
    /// Every grant of this user is revoked.
    GrantsOfUser(Uuid),
    /// Every session of this user ends, with the grants that hang on it.
    SessionsOfUser(Uuid),
    /// The sessions end of those who administer by this role alone, with the grants that hang on them.
    SessionsByRole(String),
    /// These scopes are taken from the clients that have them. Otherwise a client would have, without anybody's decision, a
    /// scope of the same name that another API registers later.
    Scopes(Vec<String>),
    /// Clients that introspect the tokens of the API with this identifier do so no more.
    Introspection(String),
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// What was given breaks rules: all of them, so that everything can be put right at once.
    Refused(Vec<Refusal>),
    /// What is to be changed is not there, or not any more.
    Unknown,
    /// It was changed since it was read.
    Outdated,
    /// A rule protects it; the text says which.
    Protected(&'static str),
    /// Its author would have to be permitted this too: it is needed for the change, or held by what it touches.
    Lacks(Powers),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Vec<Refusal>> for Denied {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::Refused(refusals)
    }
}

/// What rules know of the installation and the moment.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Our issuer identifier.
    pub issuer: &'a str,
    /// What may be called from here.
    pub outbound: &'a OutboundSettings,
    /// Whether accounts that administer are kept out of client applications.
    pub separation_of_duties: bool,
    /// The claims that users may change themselves.
    pub editable_claims: &'a [&'static str],
    /// Who makes the change.
    pub author: Author,
    /// When the change is made.
    pub now: OffsetDateTime,
}

/// What a change does to what it stands on. `None`: it is so already.
///
/// # Errors
/// Every reason why it is not made.
pub fn plan(state: &State, change: &Change, setting: &Setting<'_>) -> Result<Option<Plan>, Denied> {
    author::before(state, change, setting.author)?;
    let plan = planned(state, change, setting)?;
    if let Some(plan) = &plan {
        author::after(state, plan, setting.author)?;
    }
    Ok(plan)
}

fn planned(state: &State, change: &Change, setting: &Setting<'_>) -> Result<Option<Plan>, Denied> {
    match change {
        Change::RegisterClient { client_id, metadata, secret, enabled } => {
            let new = Client { enabled: *enabled, ..Client::new(client_id.clone(), (**metadata).clone(), setting.now) };
            clients::register(state, new, secret.as_ref(), setting).map(Some)
        }
        Change::EditClient { client_id, revision, metadata } => {
            clients::edit(state, client_id, *revision, metadata, setting).map(Some)
        }
        Change::DescribeClient { url, metadata } => clients::describe(state, url, metadata, setting),
        Change::SwitchClient { client_id, enabled } => clients::switch(state, client_id, *enabled, setting.now),
        Change::AddClientSecret { client_id, secret, overlap } => {
            clients::add_secret(state, client_id, secret, *overlap, setting.now).map(Some)
        }
        Change::EndClientSecret { client_id, secret_id } => {
            clients::end_secret(state, client_id, *secret_id, setting.now).map(Some)
        }
        Change::GiveClient { client_id, owner } => clients::give(state, client_id, *owner, setting.now),
        Change::DeleteClient { client_id } => clients::delete(state, client_id).map(Some),
        Change::RegisterApi { api_id, settings } => apis::register(state, *api_id, settings, setting).map(Some),
        Change::EditApi { api_id, revision, settings } => {
            apis::edit(state, *api_id, *revision, settings, setting).map(Some)
        }
        Change::DeleteApi { api_id } => apis::delete(state, *api_id).map(Some),
        Change::AddRole { name, office, settings } => roles::add(state, name, *office, settings).map(Some),
        Change::EditRole { name, revision, settings } => roles::edit(state, name, *revision, settings).map(Some),
        Change::DeleteRole { name } => roles::delete(state, name).map(Some),
        Change::AddUser { user_id, settings, .. } => users::add(state, *user_id, settings, setting.now).map(Some),
        Change::EditUser { user_id, revision, settings } => {
            users::edit(state, (*user_id, *revision), settings, setting).map(Some)
        }
        Change::EditProfile { user_id, revision, profile } => {
            users::edit_profile(state, (*user_id, *revision), profile, setting).map(Some)
        }
        Change::SwitchUser { user_id, enabled } => users::switch(state, *user_id, *enabled, setting),
        Change::DeleteUser { user_id } => users::delete(state, *user_id, setting),
        Change::RestoreUser { user_id } => users::restore(state, *user_id, setting).map(Some),
    }
}

#[cfg(test)]
mod tests;
