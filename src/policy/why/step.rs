//! What a user does before a token.

use time::{Duration, OffsetDateTime, UtcOffset, macros::format_description};

use crate::{
    policy::assurance::{self, Factors},
    protocol::assurance::{Level, Missing},
};

/// A refusal that is longer than this ends only when the user proves in another way who they are.
const FOR_GOOD: Duration = Duration::days(365);

/// What a user does before the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Signs in with a passkey, or waits: too many passwords were wrong.
    Wait {
        /// When the next is looked at. `None`: not until they prove in another way who they are.
        until: Option<OffsetDateTime>,
    },
    /// Adds a factor, which they have not yet.
    Enrol {
        /// Only a passkey will do.
        phishing_resistant: bool,
    },
    /// Allows the client what it asks for.
    Consent {
        /// They are asked each time, whatever they allowed before.
        each_time: bool,
    },
}

impl Step {
    /// For a user whose passwords are refused until then.
    pub(super) fn wait(until: Option<OffsetDateTime>, now: OffsetDateTime) -> Option<Self> {
        let until = until.filter(|until| *until > now)?;
        Some(Self::Wait { until: Some(until).filter(|until| *until - now < FOR_GOOD) })
    }

    /// A name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Wait { .. } => "wait",
            Self::Enrol { phishing_resistant: true } => "add_passkey",
            Self::Enrol { phishing_resistant: false } => "add_second_factor",
            Self::Consent { .. } => "consent",
        }
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn sentence(self) -> String {
        let sentence = match self {
            Self::Wait { until: None } => {
                "Too many passwords were wrong: none is looked at any more until the user signs in with a passkey, on a device \
                 where they have signed in, or sets a new password."
            }
            Self::Wait { until: Some(until) } => {
                return format!(
                    "Too many passwords were wrong: none is looked at until {}, but on devices where the user has signed in. A \
                     passkey works.",
                    at(until)
                );
            }
            Self::Enrol { phishing_resistant: true } => "The user has no passkey, and adds one first.",
            Self::Enrol { phishing_resistant: false } => "The user has no second factor, and adds one first.",
            Self::Consent { each_time: true } => {
                "The user is asked for consent at each sign-in, because any program could pose as this client."
            }
            Self::Consent { each_time: false } => "The user is asked for consent first.",
        };
        sentence.to_owned()
    }
}

fn at(until: OffsetDateTime) -> String {
    let format = format_description!("[hour]:[minute] UTC");
    until.to_offset(UtcOffset::UTC).format(format).unwrap_or_default()
}

/// A factor that the user does not have and would need.
pub(super) fn to_add(required: Level, factors: Factors) -> Option<Step> {
    let best = match factors {
        Factors { passkey: true, .. } => Level::Phr,
        Factors { totp: true, .. } => Level::Aal2,
        _ => Level::Aal1,
    };
    match assurance::missing(required, best, factors) {
        Missing::Enrolment { phishing_resistant } => Some(Step::Enrol { phishing_resistant }),
        Missing::Nothing | Missing::SecondFactor { .. } => None,
    }
}
