//! Who makes a change, as the rules see them, and how far they reach: nobody grants what they do not hold, and nobody takes
//! over what holds more than they do.

use uuid::Uuid;

use super::{Change, Denied, Plan, Right, State, Thing, right};
use crate::{
    model::{registry::Role, user::User},
    policy::permission::{self, Permission, Powers},
    protocol::client::Client,
};

/// Who makes a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Whoever runs this program. They have the database and the master key.
    Operator,
    /// A user, in their own account.
    User(Uuid),
    /// Somebody who administers, with what they may do now.
    Administrator {
        /// Whose account it is. `None`: a client acts by itself.
        user_id: Option<Uuid>,
        /// What they may do.
        powers: Powers,
    },
}

impl Author {
    /// The user who owns what they register.
    #[must_use]
    pub const fn owner(self) -> Option<Uuid> {
        if let Self::Administrator { user_id, .. } = self { user_id } else { None }
    }

    /// What they may do in the administration.
    #[must_use]
    pub const fn powers(self) -> Powers {
        match self {
            Self::Operator => Powers::ALL,
            Self::User(_) => Powers::NONE,
            Self::Administrator { powers, .. } => powers,
        }
    }

    /// Refuses what they have no right to. For a client that is nobody's yet, or one's own, less will do.
    ///
    /// # Errors
    /// [`Denied::Lacks`]
    pub fn check(self, right: Right) -> Result<(), Denied> {
        match (self, right.needs) {
            (Self::Operator, _) => Ok(()),
            (Self::User(user_id), _) if right.own == Some(user_id) => Ok(()),
            (Self::Administrator { powers, user_id }, Some(needed)) => {
                // A client cannot prove anew who it is.
                let is_let_do = right.recent && user_id.is_none();
                let needed = if is_let_do { needed.and(Powers::of(&[Permission::Unattended])) } else { needed };
                match needed.iter().filter(|permission| !powers.has_for_own(*permission)).collect::<Vec<_>>() {
                    lacking if lacking.is_empty() => Ok(()),
                    lacking => Err(Denied::Lacks(Powers::of(&lacking))),
                }
            }
            _ => Err(Denied::Lacks(right.needs.unwrap_or_default())),
        }
    }

    /// Whether they see this client: who sees only their own sees no other, not even that it is there.
    #[must_use]
    pub fn sees(self, client: &Client) -> bool {
        self.reaches(client, Permission::ClientsRead)
    }

    /// Whether they may change this client.
    #[must_use]
    pub fn may_change_client(self, client: &Client) -> bool {
        self.reaches(client, Permission::ClientsWrite) && self.exceeds(of_client(client)).is_ok()
    }

    fn reaches(self, client: &Client, permission: Permission) -> bool {
        let owns = self.owner().is_some() && self.owner() == client.owner;
        let powers = self.powers();
        powers.has(permission) || (owns && powers.has_for_own(permission))
    }

    /// Refuses to touch what holds more than they do.
    ///
    /// # Errors
    /// [`Denied::Lacks`]: what they would need too.
    pub fn exceeds(self, held: Powers) -> Result<(), Denied> {
        let lacking = match self {
            // Their own account holds what they do, and more that they are not using here.
            Self::User(_) => Powers::NONE,
            _ => held.beyond(self.powers()),
        };
        if lacking.is_empty() { Ok(()) } else { Err(Denied::Lacks(lacking)) }
    }
}

/// Refuses a change that its author may not make, as far as that is known before it is planned.
pub(super) fn before(state: &State, change: &Change, author: Author) -> Result<(), Denied> {
    author.check(right(change))?;
    author.exceeds(touched(state, change))?;
    match change {
        Change::EditClient { client_id, .. }
        | Change::SwitchClient { client_id, .. }
        | Change::AddClientSecret { client_id, .. }
        | Change::EndClientSecret { client_id, .. }
        | Change::DeleteClient { client_id } => match state.client(client_id) {
            Some(client) if !author.sees(client) && !author.reaches(client, Permission::ClientsWrite) => {
                Err(Denied::Unknown)
            }
            Some(client) if !author.reaches(client, Permission::ClientsWrite) => {
                Err(Denied::Lacks(Powers::of(&[Permission::ClientsWrite])))
            }
            _ => Ok(()),
        },
        // Who has it is not for its owner to say: they would hand on what somebody trusted them with.
        Change::GiveClient { .. } if !author.powers().has(Permission::ClientsWrite) => {
            Err(Denied::Lacks(Powers::of(&[Permission::ClientsWrite])))
        }
        _ => Ok(()),
    }
}

/// What the role or account that a change is about holds already. Of clients that is not said to somebody who does not see
/// them ([`after`]).
fn touched(state: &State, change: &Change) -> Powers {
    match change {
        Change::EditRole { name, .. } | Change::DeleteRole { name } => state.role(name).map(of_role),
        Change::EditUser { user_id, .. }
        | Change::SwitchUser { user_id, .. }
        | Change::DeleteUser { user_id }
        | Change::RestoreUser { user_id } => state.user(*user_id).map(|user| state.powers_given_to(user)),
        _ => None,
    }
    .unwrap_or_default()
}

/// Refuses a plan that gives more than its author holds, or touches what does.
pub(super) fn after(state: &State, plan: &Plan, author: Author) -> Result<(), Denied> {
    let things = plan.before.iter().chain(&plan.after);
    author.exceeds(things.map(|thing| held_by(state, thing)).fold(Powers::NONE, Powers::and))
}

fn held_by(state: &State, thing: &Thing) -> Powers {
    match thing {
        Thing::Client(client) => of_client(client),
        Thing::Role(role) => of_role(role),
        Thing::User(user) => state.powers_given_to(user),
        Thing::Api(_) => Powers::NONE,
    }
}

/// What a client holds: who has its secrets, or its users' tokens, could do this.
fn of_client(client: &Client) -> Powers {
    Powers::of_scopes(client.scopes.iter())
}

/// What a role gives, by its office, and what its users may let clients do in their name.
fn of_role(role: &Role) -> Powers {
    permission::of_role(role).and(Powers::of_scopes(role.scopes.iter().map(String::as_str)))
}

/// What all roles of a user give together, those that are given.
#[must_use]
pub fn powers_given<'a>(user: &User, role: impl Fn(&str) -> Option<&'a Role>) -> Powers {
    user.roles.iter().filter_map(|name| role(name)).map(of_role).fold(Powers::NONE, Powers::and)
}
