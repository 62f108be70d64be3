//! What can be tried too often.

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To sign in by a password.
    Password,
    /// To prove a second factor: one-time code and recovery code share their counter (LG-05, LG-17).
    SecondFactor,
    /// To have a recovery mail sent. Who is refused is told nothing (LG-25).
    Recovery,
    /// To register.
    Registration,
    /// To authenticate as a client.
    Client,
}

/// What is counted of attempts, for those who watch.
pub(super) struct Tallies {
    pub attempts: &'static str,
    pub successes: &'static str,
    pub refusals: &'static str,
}

impl Kind {
    pub(super) const fn tallies(self) -> Tallies {
        macro_rules! tallies {
            ($kind:literal) => {
                Tallies {
                    attempts: concat!($kind, ".attempts"),
                    successes: concat!($kind, ".successes"),
                    refusals: concat!($kind, ".refusals"),
                }
            };
        }
        match self {
            Self::Password => tallies!("password"),
            Self::SecondFactor => tallies!("second_factor"),
            Self::Recovery => tallies!("recovery"),
            Self::Registration => tallies!("registration"),
            Self::Client => tallies!("client"),
        }
    }

    /// Its name in keys and in the audit trail.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
            Self::Recovery => "recovery",
            Self::Registration => "registration",
            Self::Client => "client",
        }
    }
}
