//! What stands against any token at all.

use super::{Asking, Whom};
use crate::{
    policy::issuance::{Barred, Lost, Terms, may_use},
    protocol::{
        client::GrantType,
        error::{AuthorizationError, ErrorCode, OAuthError, TokenError},
    },
};

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The client is switched off.
    ClientDisabled,
    /// The client has no secret that works, and needs one.
    NoSecret,
    /// The client is not registered for users to sign in to it.
    NobodySignsIn,
    /// The user has neither a password nor a passkey.
    NothingToSignInWith,
    /// A grant of this user gives nothing.
    Lost(Lost),
    /// The endpoint refuses what is asked for.
    Refused {
        /// The error code that the client would get.
        error: String,
        /// Its sentence.
        description: String,
    },
}

/// What can be said before it is decided what a token would hold.
pub(super) fn beforehand(asking: Asking<'_>, whom: Whom, terms: Terms<'_>) -> Vec<Obstacle> {
    let Asking { client, person, .. } = asking;
    let has_secret = !client.uses_secret() || client.secrets.iter().any(|secret| secret.works(terms.now));
    let of_client = [
        (!client.enabled).then_some(Obstacle::ClientDisabled),
        (!has_secret).then_some(Obstacle::NoSecret),
        (whom != Whom::Itself && !client.may_use(GrantType::AuthorizationCode)).then_some(Obstacle::NobodySignsIn),
    ];
    let of_person = person.into_iter().flat_map(|person| {
        let barred = may_use(client, person.user, terms).err();
        [
            barred.map(|barred| Obstacle::Lost(Lost::User(barred))),
            (!person.has_password && !person.factors.passkey).then_some(Obstacle::NothingToSignInWith),
        ]
    });
    of_client.into_iter().chain(of_person).flatten().collect()
}

impl Obstacle {
    /// A name for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::ClientDisabled => "client_disabled",
            Self::NoSecret => "no_secret",
            Self::NobodySignsIn => "nobody_signs_in",
            Self::NothingToSignInWith => "nothing_to_sign_in_with",
            Self::Lost(Lost::User(Barred::Deleted)) => "user_deleted",
            Self::Lost(Lost::User(Barred::Disabled)) => "user_disabled",
            Self::Lost(Lost::User(Barred::Administers)) => "user_administers",
            Self::Lost(Lost::Level) => "sign_in_too_weak",
            Self::Refused { error, .. } => error,
        }
    }

    /// The same, for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let sentence = match self {
            Self::ClientDisabled => "The client is disabled.",
            Self::NoSecret => "The client has no secret that works, so it cannot prove who it is.",
            Self::NobodySignsIn => {
                "Nobody signs in to this client: it is not registered for the grant authorization_code."
            }
            Self::NothingToSignInWith => {
                "The user has chosen no password yet, and has no passkey: they cannot sign in."
            }
            Self::Lost(Lost::User(Barred::Deleted)) => "The user is deleted.",
            Self::Lost(Lost::User(Barred::Disabled)) => "The user is disabled.",
            Self::Lost(Lost::User(Barred::Administers)) => {
                "The user administers this installation, and duties are separate: who administers gets into no application."
            }
            Self::Lost(Lost::Level) => "The sign-in would be too weak for what is asked for.",
            Self::Refused { error, description } => return format!("The client would be told {error}: {description}."),
        };
        sentence.to_owned()
    }
}

impl From<Lost> for Obstacle {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl From<AuthorizationError> for Obstacle {
    fn from(error: AuthorizationError) -> Self {
        Self::refused(&error)
    }
}

impl From<TokenError> for Obstacle {
    fn from(error: TokenError) -> Self {
        Self::refused(&error)
    }
}

impl Obstacle {
    fn refused<Code: ErrorCode>(refused: &OAuthError<Code>) -> Self {
        Self::Refused { error: refused.error.as_str().to_owned(), description: refused.error_description.to_string() }
    }
}
