//! When a link that sets a password may go to a person's address, and who may undo a change of that address.
//!
//! Whoever reads mail at an account's address can set its password. So an address that somebody other than the person
//! set is not trusted at once: the earlier address is told, and has time to object.

use time::{Duration, OffsetDateTime};

use crate::protocol::assurance::Level;

/// How long an address waits that somebody else set, unless its person confirms it while signed in.
const WAIT: Duration = Duration::hours(72);
/// How long a factor was there before a change of address, if it is the owner's: whoever stole a password may add a
/// factor and then change the address, but the mail that tells of the factor went to the owner. As long as an undo link.
const SETTLED: Duration = Duration::days(7);

/// Why no link that sets a password is mailed to a person, and none works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// Somebody at an earlier address said that the account is being taken over. An administrator lifts that.
    Held,
    /// Somebody else set the address, and its person has not confirmed it: not before this time.
    Until(OffsetDateTime),
}

/// Whether a link that sets a password is withheld from an account: held since `held_at`, its address set by somebody
/// else at `given_at`.
///
/// `in_use`: it has a password or a factor. An account that nobody has begun to use can be taken from nobody, so its
/// first link, and the one after a mistyped address was put right, go out at once.
#[must_use]
pub fn withheld(
    held_at: Option<OffsetDateTime>,
    given_at: Option<OffsetDateTime>,
    in_use: bool,
    now: OffsetDateTime,
) -> Option<Withheld> {
    if held_at.is_some() {
        return Some(Withheld::Held);
    }
    let until = given_at.filter(|_| in_use)? + WAIT;
    (now < until).then_some(Withheld::Until(until))
}

/// Whether an address counts as the person's own: they set or confirmed it, or nobody objected in time. Only such a one
/// may be taken back by whoever reads mail there.
#[must_use]
pub fn is_own(given_at: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    given_at.is_none_or(|given_at| now >= given_at + WAIT)
}

/// From when on changes of address were the owner's, if whoever is signed in proves this: links that undo those end, or
/// else they would outlive the change of password by which the owner shuts others out.
///
/// A password alone proves nothing here: a thief has it too. A second factor does, if the newest of the account was
/// there long enough before the change: whichever of them was used, the thief of a password had none of them then.
#[must_use]
pub fn owner_since(proven: Level, newest_factor: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    newest_factor.filter(|_| proven >= Level::Aal2).map(|added_at| added_at + SETTLED)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const GIVEN: OffsetDateTime = datetime!(2026-11-21 14:00 UTC);

    #[test]
    fn a_link_for_a_password_waits_for_an_address_that_somebody_else_set() {
        let until = GIVEN + Duration::hours(72);
        let (held, waits) = (Some(Withheld::Held), Some(Withheld::Until(until)));
        for (held_at, given_at, in_use, after, expected) in [
            (None, None, true, 0, None),
            (None, Some(GIVEN), true, 0, waits),
            (None, Some(GIVEN), true, 72 * 60 - 1, waits),
            (None, Some(GIVEN), true, 72 * 60, None),
            (None, Some(GIVEN), false, 0, None),
            (Some(GIVEN), None, true, 100_000, held),
            (Some(GIVEN), None, false, 0, held),
            (Some(GIVEN), Some(GIVEN), true, 0, held),
        ] {
            let now = GIVEN + Duration::minutes(after);
            assert_eq!(withheld(held_at, given_at, in_use, now), expected, "{given_at:?} {in_use} {after}");
        }
    }

    #[test]
    fn an_address_becomes_the_persons_own() {
        assert!(is_own(None, GIVEN));
        assert!(!is_own(Some(GIVEN), GIVEN + Duration::hours(71)));
        assert!(is_own(Some(GIVEN), GIVEN + Duration::hours(72)));
    }

    #[test]
    fn only_a_factor_from_long_before_the_change_of_address_proves_the_owner() {
        let changed_at = GIVEN;
        for (proven, days_before, proves) in [
            (Level::Aal1, Some(30), false),
            (Level::Aal2, Some(30), true),
            (Level::Phr, Some(7), true),
            (Level::Aal2, Some(6), false),
            (Level::Aal2, Some(-1), false),
            (Level::Aal2, None, false),
        ] {
            let newest = days_before.map(|days| changed_at - Duration::days(days));
            let since = owner_since(proven, newest);
            assert_eq!(since.is_some_and(|since| since <= changed_at), proves, "{proven:?} {days_before:?}");
        }
    }
}
