//! Who may make which change: one table.

use uuid::Uuid;

use super::Change;

/// Who may make a change. Operators at the command line, who have the database and its keys, may make every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// An administrator.
    Administrator,
    /// An administrator who has proven within the last minutes who they are.
    RecentAdministrator,
    /// Nobody: this program does it of its own accord.
    Program,
    /// The user of this account.
    User(Uuid),
    /// The user of this account, or an administrator, who has proven within the last minutes who they are.
    RecentUserOrAdministrator(Uuid),
}

/// Who may make this change.
#[must_use]
pub const fn right(change: &Change) -> Right {
    match change {
        Change::EditClient { .. }
        | Change::SwitchClient { .. }
        | Change::RegisterApi { .. }
        | Change::EditApi { .. }
        | Change::DeleteApi { .. } => Right::Administrator,
        // What gives somebody a secret, or rights, or takes them away for good.
        Change::RegisterClient { .. }
        | Change::AddClientSecret { .. }
        | Change::DeleteClient { .. }
        | Change::AddRole { .. }
        | Change::EditRole { .. }
        | Change::DeleteRole { .. }
        | Change::AddUser { .. }
        | Change::EditUser { .. }
        | Change::SwitchUser { .. }
        | Change::RestoreUser { .. } => Right::RecentAdministrator,
        Change::DescribeClient { .. } => Right::Program,
        Change::EditProfile { user_id, .. } => Right::User(*user_id),
        Change::DeleteUser { user_id } => Right::RecentUserOrAdministrator(*user_id),
    }
}
