//! When a link that sets a password may be mailed to a user, and who may undo a change of their e-mail address.
//!
//! Anybody who reads mail at the address of an account can set its password. So if an administrator sets the address, it is
//! not trusted at once: a mail goes to the earlier address, and its reader has time to object.

use time::{Duration, OffsetDateTime};

use crate::protocol::assurance::Level;

/// How long an address that an administrator set waits before links go there. The user can end the wait by confirming the
/// address while signed in.
const WAIT: Duration = Duration::hours(72);
/// A factor counts as the owner's if it was added at least this long before the address changed. A thief of the password could
/// add a factor and then change the address, but the owner got a mail about that factor. An undo link lives as long.
const SETTLED: Duration = Duration::days(7);

/// Why no link that sets a password is mailed to a user, and none works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// A reader of mail at an earlier address reported that the account is being taken over. An administrator lifts the hold.
    Held,
    /// An administrator set the address, and the user has not confirmed it. The wait ends at this time.
    Until(OffsetDateTime),
}

/// Whether a link that sets a password is withheld. `held_at`: since when the account is on hold. `given_at`: when an
/// administrator set its address.
///
/// `in_use`: the account has a password or a factor. Before that nobody can lose it. So the first link goes out at once, and
/// so does another one after a mistyped address was corrected.
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

/// Whether an address counts as the user's own: they set or confirmed it, or nobody objected in time. Only such an address
/// may be restored by a link that was mailed to it.
#[must_use]
pub fn is_own(given_at: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    given_at.is_none_or(|given_at| now >= given_at + WAIT)
}

/// Changes of the address from this time on were made by the owner, if the signed-in user has proven `proven`. The links that
/// undo them must end. Otherwise a thief could still use one after the owner has set a new password.
///
/// A password alone proves nothing here, because a thief may have it too. A second factor proves ownership if every factor of
/// the account is old enough: a thief who had only the password could not have used any of them.
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
