//! How well a user is authenticated: the levels (`acr`) and methods (`amr`) that tokens tell of.
//!
//! The levels are those of NIST SP 800-63B-4 in short; the methods are named by [RFC 8176].
//!
//! [RFC 8176]: https://www.rfc-editor.org/rfc/rfc8176#section-2

use serde::{Deserialize, Serialize};

use super::client::values::UnknownValue;

/// How sure we are, from the weakest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One factor.
    #[default]
    Aal1,
    /// Two factors.
    Aal2,
    /// Two factors, one of them a key that answers to our origin only: no false page can pass it on.
    Phr,
}

impl Level {
    /// Every level, the weakest first.
    pub const ALL: [Self; 3] = [Self::Aal1, Self::Aal2, Self::Phr];

    /// What these methods, named as RFC 8176 does, amount to. `hwk` is no more than `swk`, and stands in old sessions only.
    #[must_use]
    pub fn reached_by(amr: &[String]) -> Self {
        let has = |value: &str| amr.iter().any(|known| known == value);
        match (has("mfa"), has("hwk") || has("swk")) {
            (true, true) => Self::Phr,
            (true, false) => Self::Aal2,
            (false, _) => Self::Aal1,
        }
    }

    /// Its `acr` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
            Self::Phr => "phr",
        }
    }
}

impl std::str::FromStr for Level {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(UnknownValue)
    }
}

/// What a user did to prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Gave the password.
    Password,
    /// Gave a code of an authenticator app.
    Totp,
    /// Gave one of the codes that were printed for the day when the other factors are lost.
    RecoveryCode,
    /// Signed with a passkey.
    Passkey {
        /// The device made sure that it is the user, by a PIN or a finger: two factors in one.
        verified: bool,
    },
}

impl Method {
    /// What it is called where it is counted.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "app",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey { .. } => "passkey",
        }
    }

    /// Its values of RFC 8176 §2, which has none for recovery codes: they are passwords for one use.
    const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::Totp | Self::RecoveryCode => &["otp"],
            // `hwk` says that the key is held by hardware. Only the authenticator's maker can vouch for that, by an
            // attestation, and we verify none: what an authenticator says of itself is no proof.
            Self::Passkey { verified: true } => &["swk", "user", "mfa"],
            Self::Passkey { verified: false } => &["swk", "user"],
        }
    }
}

/// Methods that were kept with a session or a grant, as we tell of them today: there was a time when we said `hwk`
/// because an authenticator said so.
#[must_use]
pub fn kept(amr: Vec<String>) -> Vec<String> {
    let mut told = Vec::with_capacity(amr.len());
    for method in amr {
        let method = if method == "hwk" { "swk".to_owned() } else { method };
        if !told.contains(&method) {
            told.push(method);
        }
    }
    told
}

/// What a session has proven so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// RFC 8176 §2
    pub amr: Vec<String>,
    /// What that amounts to.
    pub level: Level,
}

impl Proof {
    /// What one method alone proves.
    #[must_use]
    pub fn of(method: Method) -> Self {
        Self::default().with(method)
    }

    /// What another method adds.
    #[must_use]
    pub fn with(&self, method: Method) -> Self {
        let mut amr = self.amr.clone();
        let has = |amr: &[String], values: &[&str]| amr.iter().any(|known| values.contains(&known.as_str()));
        for value in method.amr() {
            if !has(&amr, &[value]) {
                amr.push((*value).to_owned());
            }
        }
        if has(&amr, &["pwd"]) && has(&amr, &["otp", "hwk", "swk"]) && !has(&amr, &["mfa"]) {
            amr.push("mfa".to_owned());
        }
        Self { level: Level::reached_by(&amr), amr }
    }
}

/// What a session lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing.
    Nothing,
    /// Another of the user's factors.
    SecondFactor {
        /// Only a passkey will do.
        phishing_resistant: bool,
    },
    /// A factor that the user does not have yet.
    Enrolment {
        /// Only a passkey will do.
        phishing_resistant: bool,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: Method = Method::Passkey { verified: false };
    const VERIFIED_KEY: Method = Method::Passkey { verified: true };

    #[test]
    fn methods_add_up_to_a_level() {
        for (methods, amr, level) in [
            (&[Method::Password][..], "pwd", Level::Aal1),
            (&[Method::Password, Method::Totp], "pwd otp mfa", Level::Aal2),
            (&[Method::Password, Method::RecoveryCode], "pwd otp mfa", Level::Aal2),
            (&[Method::Password, KEY], "pwd swk user mfa", Level::Phr),
            (&[Method::Password, Method::Totp, KEY], "pwd otp mfa swk user", Level::Phr),
            (&[VERIFIED_KEY], "swk user mfa", Level::Phr),
            (&[KEY], "swk user", Level::Aal1),
            (&[Method::Totp], "otp", Level::Aal1),
            (&[Method::Password, Method::Password], "pwd", Level::Aal1),
        ] {
            let proof = methods.iter().fold(Proof::default(), |proof, method| proof.with(*method));
            assert_eq!((proof.amr.join(" ").as_str(), proof.level), (amr, level));
        }
    }

    #[test]
    fn a_passkey_of_an_old_session_is_as_good_as_before_and_claims_no_hardware() {
        let strings = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (old, told, level) in [
            ("pwd hwk user mfa", "pwd swk user mfa", Level::Phr),
            ("hwk user", "swk user", Level::Aal1),
            ("hwk user mfa swk", "swk user mfa", Level::Phr),
            ("pwd otp mfa", "pwd otp mfa", Level::Aal2),
        ] {
            assert_eq!((kept(strings(old)), Level::reached_by(&strings(old))), (strings(told), level), "{old}");
            assert_eq!(Level::reached_by(&strings(told)), level, "{old}");
        }
    }

    proptest! {
        #[test]
        fn another_method_never_weakens(methods in prop::collection::vec(0..4_usize, 0..6)) {
            let methods = methods.into_iter().map(|n| [Method::Password, Method::Totp, KEY, VERIFIED_KEY][n]);
            let mut proof = Proof::default();
            for method in methods {
                let next = proof.with(method);
                prop_assert!(next.level >= proof.level);
                prop_assert!(proof.amr.iter().all(|value| next.amr.contains(value)));
                proof = next;
            }
        }
    }
}
