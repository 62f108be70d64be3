//! What is counted by the hour for the plots of the console. What attackers do is counted by the minute elsewhere.

use super::event::{Event, Outcome};

/// Something that is counted, and of what it is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// Answers with tokens, by grant type.
    Tokens,
    /// Answers with tokens, by client: of those that got most.
    Clients,
    /// Sign-ins, by outcome.
    SignIns,
    /// How users proved who they are, by method.
    Proofs,
    /// What failed, by the event that the audit trail tells of it.
    Failures,
}

impl Counted {
    /// How the database names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Clients => "clients",
            Self::SignIns => "sign_ins",
            Self::Proofs => "proofs",
            Self::Failures => "failures",
        }
    }

    /// As what an event counts, each with the name under which it does.
    pub fn of(event: Event) -> impl Iterator<Item = (Self, &'static str)> {
        let sign_in = matches!(event, Event::SignIn | Event::SignInFailed);
        let sign_in = sign_in.then(|| (Self::SignIns, event.outcome().as_str()));
        let failure = (event.outcome() == Outcome::Failure).then(|| (Self::Failures, event.name()));
        sign_in.into_iter().chain(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_ins_and_failures_are_counted_by_their_events() {
        let counted = |event| Counted::of(event).collect::<Vec<_>>();

        assert_eq!(counted(Event::SignIn), [(Counted::SignIns, "success")]);
        assert_eq!(counted(Event::SignInFailed), [(Counted::SignIns, "failure"), (Counted::Failures, "sign_in")]);
        assert_eq!(counted(Event::CodeRefused), [(Counted::Failures, "code.refused")]);
        assert_eq!(counted(Event::TokenIssued), []);
    }
}
