//! Who may do what: one table, of the changes and of what is done beside them.

use uuid::Uuid;

use super::Change;
use crate::policy::permission::{Permission, Powers};

/// Who may do something. Operators at the command line, who have the database and its keys, may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// What who administers must be permitted. `None`: it is not for them.
    pub needs: Option<Powers>,
    /// The user who may do it in their own account.
    pub own: Option<Uuid>,
    /// Whoever does it has proven within the last minutes who they are.
    pub recent: bool,
}

/// What is done that is no [`Change`] of what is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Signing keys are rotated or withdrawn.
    ChangeKeys,
    /// What the master key seals is sealed by another one.
    SealAnew,
    /// Every session, grant and token ends.
    RevokeEverything,
    /// The logo is uploaded or removed.
    ChangeLogo,
    /// A network is blocked, or let in again.
    BlockNetworks,
    /// The sign-in of a client is tested.
    TestSignIn,
    /// Sessions of this user end.
    EndSessions(Uuid),
    /// What this user allowed a client is taken back.
    WithdrawConsent(Uuid),
    /// This user loses all factors.
    ResetFactors(Uuid),
    /// This user is mailed a link to set a password.
    MailLink(Uuid),
    /// The hold on this user's account is lifted.
    LiftHold(Uuid),
}

impl Right {
    const fn administrator(permission: Permission) -> Self {
        Self { needs: Some(Powers::of(&[permission])), own: None, recent: false }
    }

    /// Only with a recent proof.
    const fn recent(self) -> Self {
        Self { recent: true, ..self }
    }

    /// Or in one's own account.
    const fn or_own(self, user_id: Uuid) -> Self {
        Self { own: Some(user_id), ..self }
    }

    /// The same for somebody whose proof was looked at already: what is done since may have taken its time.
    #[must_use]
    pub const fn proven(self) -> Self {
        Self { recent: false, ..self }
    }
}

/// Who may make this change.
#[must_use]
pub const fn right(change: &Change) -> Right {
    use Permission::{ApisWrite, ClientsWrite, RolesWrite, UsersWrite};
    match change {
        Change::EditClient { .. } | Change::SwitchClient { .. } => Right::administrator(ClientsWrite),
        Change::RegisterApi { .. } | Change::EditApi { .. } | Change::DeleteApi { .. } => {
            Right::administrator(ApisWrite)
        }
        // What gives somebody a secret, or rights, or takes them away for good.
        Change::RegisterClient { .. }
        | Change::AddClientSecret { .. }
        | Change::EndClientSecret { .. }
        | Change::GiveClient { .. }
        | Change::DeleteClient { .. } => Right::administrator(ClientsWrite).recent(),
        Change::AddRole { .. } | Change::EditRole { .. } | Change::DeleteRole { .. } => {
            Right::administrator(RolesWrite).recent()
        }
        Change::AddUser { .. } | Change::EditUser { .. } | Change::SwitchUser { .. } | Change::RestoreUser { .. } => {
            Right::administrator(UsersWrite).recent()
        }
        Change::DeleteUser { user_id } => Right::administrator(UsersWrite).or_own(*user_id).recent(),
        // The program does it of its own accord.
        Change::DescribeClient { .. } => Right { needs: None, own: None, recent: false },
        Change::EditProfile { user_id, .. } => Right { needs: None, own: Some(*user_id), recent: false },
    }
}

/// Who may do this.
#[must_use]
pub const fn right_of(deed: Deed) -> Right {
    use Permission::{ClientsWrite, KeysWrite, NetworksWrite, SessionsWrite, SettingsWrite, UsersWrite};
    match deed {
        Deed::ChangeKeys => Right::administrator(KeysWrite).recent(),
        Deed::SealAnew => Right { needs: None, own: None, recent: true },
        // It reaches everybody, administrators too.
        Deed::RevokeEverything => Right { needs: Some(Powers::ALL), own: None, recent: true },
        Deed::ChangeLogo => Right::administrator(SettingsWrite),
        // Whoever could do it with a session that they took over could shut everybody out.
        Deed::BlockNetworks => Right::administrator(NetworksWrite).recent(),
        // Who tests it sees what the client would learn, and could lead that elsewhere by changing the client.
        Deed::TestSignIn => Right::administrator(ClientsWrite),
        Deed::EndSessions(user_id) | Deed::WithdrawConsent(user_id) => {
            Right::administrator(SessionsWrite).or_own(user_id)
        }
        Deed::ResetFactors(_) | Deed::MailLink(_) | Deed::LiftHold(_) => Right::administrator(UsersWrite).recent(),
    }
}

impl Deed {
    /// Whose account it is about.
    #[must_use]
    pub const fn account(self) -> Option<Uuid> {
        match self {
            Self::EndSessions(user_id)
            | Self::WithdrawConsent(user_id)
            | Self::ResetFactors(user_id)
            | Self::MailLink(user_id)
            | Self::LiftHold(user_id) => Some(user_id),
            Self::ChangeKeys
            | Self::SealAnew
            | Self::RevokeEverything
            | Self::ChangeLogo
            | Self::BlockNetworks
            | Self::TestSignIn => None,
        }
    }
}
