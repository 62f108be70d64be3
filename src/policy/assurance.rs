//! The assurance level that a user must reach, and what is missing for it. Every way in asks here.

use time::Duration;

use crate::{
    model::{
        registry::{Registry, Role},
        user::User,
    },
    protocol::{
        assurance::{Level, Missing},
        authorization_request::AuthorizationRequest,
        client::Client,
        requested_level::requested,
        scope::Scope,
    },
};

/// How long a proof is recent enough to change how its user signs in (LG-19), or what administrators change only then
/// (AD-11).
pub const RECENT: Duration = Duration::minutes(5);

/// Which factors a user has beside the password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app.
    pub totp: bool,
    /// A passkey.
    pub passkey: bool,
    /// Recovery codes that are not used yet. They stand in for a lost factor, and are none of their own.
    pub recovery_code: bool,
}

impl Factors {
    /// Whether the user has a second factor.
    #[must_use]
    pub const fn any(self) -> bool {
        self.totp || self.passkey
    }

    /// Whether a code proves one of them: of an app, or on paper.
    #[must_use]
    pub const fn by_code(self) -> bool {
        self.totp || self.recovery_code
    }
}

/// What this user must always prove: what their account demands, and a second factor if they have one.
#[must_use]
pub fn of_user(user: &User, factors: Factors, registry: &Registry) -> Level {
    of_account(user, registry).max(if factors.any() { Level::Aal2 } else { Level::Aal1 })
}

/// What the account demands, whichever factors there are: a short password never stands alone, and some roles want more
/// than a password.
#[must_use]
pub fn of_account(user: &User, registry: &Registry) -> Level {
    of_roles(user, registry).max(if user.password_is_short { Level::Aal2 } else { Level::Aal1 })
}

/// What the user's roles demand.
#[must_use]
pub fn of_roles(user: &User, registry: &Registry) -> Level {
    let roles = user.roles.iter().filter_map(|name| registry.role(name));
    roles.map(Role::least_level).max().unwrap_or_default()
}

/// What a client demands, and the APIs whose scopes it asks for.
#[must_use]
pub fn of_client(client: &Client, scope: &Scope, registry: &Registry) -> Level {
    let apis = scope.iter().filter_map(|name| registry.owner(name)).map(|api| api.required_level);
    apis.max().unwrap_or_default().max(client.required_level)
}

/// What a client's request demands: by itself, by its client, by the APIs it is about.
#[must_use]
pub fn of_request(request: &AuthorizationRequest, client: &Client, registry: &Registry) -> Level {
    let asked = requested(request).ok().flatten().unwrap_or_default();
    of_client(client, &request.scope, registry).max(asked)
}

/// What a user who has proven `proven` lacks to reach `required`.
///
/// Nobody adds a factor before proving one that they have: else a stolen password would do.
#[must_use]
pub fn missing(required: Level, proven: Level, factors: Factors) -> Missing {
    let phishing_resistant = required == Level::Phr;
    let can_reach = if phishing_resistant { factors.passkey } else { factors.any() };
    if proven >= required {
        Missing::Nothing
    } else if can_reach {
        Missing::SecondFactor { phishing_resistant }
    } else if proven == Level::Aal1 && factors.any() {
        Missing::SecondFactor { phishing_resistant: false }
    } else {
        Missing::Enrolment { phishing_resistant }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: Factors = Factors { totp: false, passkey: false, recovery_code: false };
    const APP: Factors = Factors { totp: true, ..NONE };
    const KEY: Factors = Factors { passkey: true, ..NONE };
    const CODES: Factors = Factors { recovery_code: true, ..NONE };

    #[test]
    fn what_is_missing_is_what_the_person_can_do_next() {
        use Level::{Aal1, Aal2, Phr};
        let second = |phishing_resistant| Missing::SecondFactor { phishing_resistant };
        let enrolment = |phishing_resistant| Missing::Enrolment { phishing_resistant };
        for (required, proven, factors, expected) in [
            (Aal1, Aal1, NONE, Missing::Nothing),
            (Aal2, Aal1, NONE, enrolment(false)),
            (Aal2, Aal1, CODES, enrolment(false)),
            (Aal2, Aal1, APP, second(false)),
            (Aal2, Aal1, KEY, second(false)),
            (Aal2, Phr, NONE, Missing::Nothing),
            (Phr, Aal1, NONE, enrolment(true)),
            (Phr, Aal1, APP, second(false)),
            (Phr, Aal2, APP, enrolment(true)),
            (Phr, Aal1, KEY, second(true)),
            (Phr, Aal2, KEY, second(true)),
            (Phr, Phr, KEY, Missing::Nothing),
        ] {
            assert_eq!(missing(required, proven, factors), expected, "{required:?} {proven:?} {factors:?}");
        }
    }

    proptest! {
        #[test]
        fn nobody_with_a_factor_enrols_another_by_a_password_alone(required in 0..3_usize, totp: bool, passkey: bool) {
            let factors = Factors { totp, passkey, recovery_code: false };
            let next = missing(Level::ALL[required], Level::Aal1, factors);
            let enrols = matches!(next, Missing::Enrolment { .. });
            prop_assert!(!(factors.any() && enrols));
        }
    }
}
