//! Recovery codes: ten at a time, for the day when every other factor is lost. Each counts once.
//!
//! A code is 120 random bits in Crockford's base32, which has no letters that look alike: what is misread when it is
//! typed from paper is put right. So many bits cannot be guessed from a hash, so a fast one is kept (OWASP ASVS 6.5.2),
//! together with its owner's id: it opens no other account.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::factor_change::{self, Owner};
use crate::{
    mail::Message,
    policy::event::Event,
    registry::ChangeError,
    secret::{Secret, SecretHash, random_bytes},
    store::recovery_codes,
};

/// How many a user gets.
pub const SET: usize = 10;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, five bits each.
const LENGTH: usize = 24;
/// Characters that are read together.
const GROUP: usize = 4;

/// Gives the user a new set of codes, to be shown once. The old set is worth nothing any more.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn make(owner: &Owner<'_>) -> Result<Vec<Zeroizing<String>>, ChangeError> {
    let codes = (0..SET).map(|_| new_code()).collect::<Vec<_>>();
    let hashes = codes.iter().map(|code| hash(owner.user.user_id, code)).collect::<Vec<_>>();
    let mut tx = factor_change::begin_change(owner).await?;
    recovery_codes::replace(&mut tx, owner.user.user_id, &hashes, owner.now).await?;
    factor_change::finish(owner, tx, owner.event(Event::RecoveryCodesMade), Message::RecoveryCodesMade).await?;
    Ok(codes.iter().map(|code| in_groups(code)).collect())
}

/// Uses a code up. `false`: it is none of this user's, or was used before.
///
/// # Errors
/// The database refused.
pub async fn verify(tx: &mut PgConnection, user_id: Uuid, code: &str, now: OffsetDateTime) -> sqlx::Result<bool> {
    let Some(code) = normalised(code) else { return Ok(false) };
    recovery_codes::take(tx, user_id, &hash(user_id, &code), now).await
}

/// A code that somebody typed, as it is shown. `None`: it cannot be one.
#[must_use]
pub fn tidy(typed: &str) -> Option<Zeroizing<String>> {
    normalised(typed).map(|code| in_groups(&code))
}

fn new_code() -> Zeroizing<String> {
    let letters = random_bytes::<LENGTH>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    Zeroizing::new(letters.iter().collect())
}

/// `ABCD-EFGH-JKMN-PQRS-TVWX-YZ01`
fn in_groups(code: &str) -> Zeroizing<String> {
    let mut groups = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
    for (place, letter) in code.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            groups.push('-');
        }
        groups.push(letter);
    }
    groups
}

/// The code as it was made, however it was typed. `None`: it cannot be one.
fn normalised(typed: &str) -> Option<Zeroizing<String>> {
    let letters = typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    let code = Zeroizing::new(letters.take(LENGTH + 1).collect::<String>());
    (code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(code)
}

fn hash(user_id: Uuid, code: &str) -> SecretHash {
    Secret::presented(&format!("{user_id} {code}")).hash()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_however_it_is_typed() {
        for typed in [
            "01KD-5N8W-XZ10-7RTA-9Q2M-3C4D",
            "01kd5n8wxz107rta9q2m3c4d",
            " O1kd 5n8w-xzLo 7rta 9q2m 3c4d ",
            "oIKD-5N8W-XZiO-7RTA-9Q2M-3C4D",
        ] {
            assert_eq!(normalised(typed).as_deref().map(String::as_str), Some("01KD5N8WXZ107RTA9Q2M3C4D"), "{typed:?}");
        }
        for wrong in [
            "",
            "123456",
            "01KD-5N8W-XZ10-7RTA-9Q2M-3C4",
            "01KD-5N8W-XZ10-7RTA-9Q2M-3C4DA",
            "01KD-5N8W-XZ10-7RTA-9Q2M-3C4U",
            "０1KD5N8WXZ107RTA9Q2M3C4D",
        ] {
            assert!(normalised(wrong).is_none(), "{wrong:?}");
        }
        assert!(normalised(&"A".repeat(100_000)).is_none());
    }

    #[test]
    fn a_new_code_is_one_that_is_understood() {
        let code = new_code();

        assert_eq!(normalised(&in_groups(&code)).as_deref(), Some(&*code));
        assert_ne!(code, new_code());
    }

    #[test]
    fn lg_18_a_code_belongs_to_its_owner() {
        assert!(hash(Uuid::nil(), "01KD5N8WXZ107RTA9Q2M3C4D") != hash(Uuid::max(), "01KD5N8WXZ107RTA9Q2M3C4D"));
    }
}
