//! Passwords: argon2id, on a few threads of their own.
//!
//! A hash costs 19 MiB and tens of milliseconds on purpose. Each thread keeps its memory and uses it again, as many
//! threads work as there are cores, and who would wait too long is refused: a flood of sign-ins costs the rest of the
//! server neither memory nor time.

mod pool;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use pool::Memory;
pub use pool::{Busy, Load, QueuePlace, Work, load, place};

use crate::secret::random_bytes;

/// The longest password, in bytes.
pub const LONGEST: usize = 1024;
/// The longest that is looked at, in bytes: composing letters (NFC) makes a text up to three times shorter.
pub(super) const LONGEST_TYPED: usize = 4 * LONGEST;

/// KiB, passes and lanes of a new hash (OWASP; security.md CR-01).
const COST: Cost = (19_456, 2, 1);
/// The most memory that a stored hash may ask for, in KiB.
const MOST_MEMORY: u32 = 65_536;

/// KiB, passes and lanes.
type Cost = (u32, u32, u32);
type Output = Zeroizing<[u8; 32]>;

/// Hashes a password for the database (PHC string format).
///
/// # Errors
/// [`Busy`]
pub async fn hash(password: &str) -> Result<String, Busy> {
    let salt = random_bytes::<16>();
    let place = place(Work::Hash).await?;
    let output = place.digest(normal(password), salt.to_vec(), COST).await?.ok_or(Busy)?;
    let ((m, t, p), salt, output) = (COST, STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(*output));
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

/// Whether this is the password, for those who have not taken a [`QueuePlace`] before.
///
/// # Errors
/// [`Busy`]
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool, Busy> {
    place(Work::Hash).await?.verify(password, stored).await
}

impl QueuePlace {
    /// Whether this is the password. Takes the same work for a `stored` of `None`: an unknown user, or one without
    /// password.
    ///
    /// # Errors
    /// [`Busy`]
    pub async fn verify(self, password: &str, stored: Option<&str>) -> Result<bool, Busy> {
        let known = stored.and_then(parse);
        let is_known = known.is_some();
        let (cost, salt, expected) = known.unwrap_or_else(|| (COST, vec![0; 16], vec![0; 32]));
        let output = self.digest(normal(password), salt, cost).await?;
        let matches = output.is_some_and(|output| constant_time::verify_slices_are_equal(&*output, &expected).is_ok());
        Ok(matches && is_known)
    }

    /// `None`: argon2 refused the parameters.
    async fn digest(self, password: Zeroizing<Vec<u8>>, salt: Vec<u8>, cost: Cost) -> Result<Option<Output>, Busy> {
        Ok(self.run(move |memory| argon2id(&password, &salt, cost, memory)).await?.flatten())
    }
}

/// Whether a stored hash was made with other parameters than new ones are: time to make it anew, while the password is
/// at hand.
#[must_use]
pub fn needs_rehash(stored: &str) -> bool {
    parse(stored).is_none_or(|(cost, ..)| cost != COST)
}

fn argon2id(password: &[u8], salt: &[u8], (m, t, p): Cost, memory: &mut Memory) -> Option<Output> {
    let params = Params::new(m, t, p, Some(32)).ok()?;
    let usual = memory.len();
    memory.resize(params.block_count().max(usual), Block::new());
    let blocks = memory.get_mut(..params.block_count())?;
    let mut output = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done = argon2.hash_password_into_with_memory(password, salt, &mut *output, blocks);
    if usual > 0 && memory.len() > usual {
        memory.truncate(usual); // what a costlier hash of another program took is not kept
        memory.shrink_to_fit();
    }
    done.ok().map(|()| output)
}

/// The form that is hashed. What is too long is nobody's password, so its end does not matter.
fn normal(password: &str) -> Zeroizing<Vec<u8>> {
    let looked_at = &password[..password.floor_char_boundary(LONGEST_TYPED)];
    Zeroizing::new(looked_at.nfc().collect::<String>().into_bytes())
}

fn parse(stored: &str) -> Option<(Cost, Vec<u8>, Vec<u8>)> {
    let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
    let (costs, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
    let mut costs = costs.split(',');
    let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let cost = (cost("m=")?, cost("t=")?, cost("p=")?);
    let output = STANDARD_NO_PAD.decode(output).ok()?;
    let is_sane = cost.0 <= MOST_MEMORY && cost.1 <= 10 && output.len() == 32;
    is_sane.then_some((cost, STANDARD_NO_PAD.decode(salt).ok()?, output))
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use super::*;

    #[tokio::test]
    async fn cr_01_a_password_matches_its_own_hash_only() {
        let stored = hash("correct horse").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse", Some(&stored)).await.unwrap());
        assert!(!verify("correct hors", Some(&stored)).await.unwrap());
        assert!(!verify("", None).await.unwrap());
    }

    #[tokio::test]
    async fn the_same_letters_in_another_form_are_the_same_password() {
        let stored = hash("na\u{ef}ve").await.unwrap();
        assert!(verify("nai\u{308}ve", Some(&stored)).await.unwrap());
    }

    /// DO-03: all tasks here share one thread. A hash that was made on it would leave the others a turn or two.
    #[tokio::test]
    async fn do_03_other_tasks_go_on_while_passwords_are_hashed() {
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        tokio::spawn(async move {
            loop {
                counted.fetch_add(1, Relaxed);
                tokio::task::yield_now().await;
            }
        });

        let stored = hash("correct horse").await.unwrap();
        let of_hash = turns.swap(0, Relaxed);
        assert!(verify("correct horse", Some(&stored)).await.unwrap());
        let of_verify = turns.load(Relaxed);

        assert!(of_hash > 100 && of_verify > 100, "{of_hash} and {of_verify} turns");
    }

    #[tokio::test]
    async fn a_hash_of_another_program_is_understood() {
        // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify("password", Some(stored)).await.unwrap());
        assert!(needs_rehash(stored) && !needs_rehash(&hash("password").await.unwrap()));
        for stored in
            ["", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$AAAA"]
        {
            assert!(!verify("password", Some(stored)).await.unwrap());
        }
    }
}
