//! Passwords: argon2id, on a few threads of their own.
//!
//! A hash costs 19 MiB and tens of milliseconds on purpose. Each thread keeps its memory and uses it again, as many
//! threads work as there are cores, and who would wait too long is refused: a flood of sign-ins costs the rest of the
//! server neither memory nor time.

mod foreign;
mod pool;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use pool::Memory;
pub use pool::{Busy, Load, QueuePlace, Work, load, place};

use crate::{
    policy::moving::password::{ForeignPassword, Recipe},
    secret::random_bytes,
};

/// The longest password, in bytes.
pub const LONGEST: usize = 1024;
/// The longest that is looked at, in bytes: composing letters (NFC) makes a text up to three times shorter.
pub(super) const LONGEST_TYPED: usize = 4 * LONGEST;

/// KiB, passes and lanes of a new hash (OWASP; security.md CR-01).
const COST: Cost = (19_456, 2, 1);
/// The most memory that a stored hash may ask for, in KiB.
const MOST_MEMORY: u32 = 65_536;

/// What stands before the hash of a password that was brought from elsewhere: how that was hashed there, before ours.
const BROUGHT: &str = "$brought$";

/// KiB, passes and lanes.
type Cost = (u32, u32, u32);
type Output = Zeroizing<[u8; 32]>;

/// Hashes a password for the database (PHC string format).
///
/// # Errors
/// [`Busy`]
pub async fn hash(password: &str) -> Result<String, Busy> {
    hash_bytes(normal(password)).await
}

/// Hashes once more what another server has hashed, for the database: it holds nothing that is easier to try than our own
/// hashes.
///
/// # Errors
/// [`Busy`]
pub async fn wrap(foreign: &ForeignPassword) -> Result<String, Busy> {
    let wrapped = hash_bytes(Zeroizing::new(foreign.output.clone())).await?;
    Ok(format!("{BROUGHT}{}{wrapped}", foreign.recipe))
}

async fn hash_bytes(bytes: Zeroizing<Vec<u8>>) -> Result<String, Busy> {
    let salt = random_bytes::<16>();
    let output = place(Work::Hash).await?.run(move |memory| argon2id(&bytes, &salt, COST, memory)).await?;
    let output = output.flatten().ok_or(Busy)?;
    let ((m, t, p), salt, output) = (COST, STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(*output));
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

/// Whether this is the password, for those who have not taken a [`QueuePlace`] before.
///
/// # Errors
/// [`Busy`]
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool, Busy> {
    place(Work::Hash).await?.verify(password, stored, None).await
}

impl QueuePlace {
    /// Whether this is the password. Takes the same work for a `stored` of `None`: an unknown user, or one without
    /// password; and, as long as there is a `brought` one, the work of such a password for every other.
    ///
    /// # Errors
    /// [`Busy`]
    pub async fn verify(self, password: &str, stored: Option<&str>, brought: Option<&str>) -> Result<bool, Busy> {
        let known = stored.and_then(parse);
        let is_known = known.is_some();
        let Stored { recipe, cost, salt, expected } = known.unwrap_or_else(Stored::nobodys);
        let instead = recipe.is_none().then(|| brought.and_then(parse)?.recipe).flatten();
        let (typed, normal) = (typed(password), normal(password));
        let output = self.run(move |memory| {
            let foreign = match (&recipe, &instead) {
                (Some(recipe), _) => Some(foreign::work_out(recipe, &typed, memory)?),
                (None, Some(instead)) => foreign::work_out(instead, &typed, memory).and(None),
                (None, None) => None,
            };
            argon2id(foreign.as_ref().unwrap_or(&normal), &salt, cost, memory)
        });
        let output = output.await?.flatten();
        let matches = output.is_some_and(|output| constant_time::verify_slices_are_equal(&*output, &expected).is_ok());
        Ok(matches && is_known)
    }
}

/// Whether a password was hashed by another server, so that it was never judged here.
#[must_use]
pub fn is_brought(stored: &str) -> bool {
    stored.starts_with(BROUGHT)
}

/// Whether a stored hash was made with other parameters than new ones are: time to make it anew, while the password is
/// at hand.
#[must_use]
pub fn needs_rehash(stored: &str) -> bool {
    parse(stored).is_none_or(|stored| stored.cost != COST || stored.recipe.is_some())
}

fn argon2id(password: &[u8], salt: &[u8], cost: Cost, memory: &mut Memory) -> Option<Output> {
    let mut output = Zeroizing::new([0; 32]);
    argon2id_into(&mut *output, password, salt, cost, memory).map(|()| output)
}

/// `None`: argon2 refused the parameters.
fn argon2id_into(output: &mut [u8], password: &[u8], salt: &[u8], (m, t, p): Cost, memory: &mut Memory) -> Option<()> {
    let params = Params::new(m, t, p, Some(output.len())).ok()?;
    let usual = memory.len();
    memory.resize(params.block_count().max(usual), Block::new());
    let blocks = memory.get_mut(..params.block_count())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done = argon2.hash_password_into_with_memory(password, salt, output, blocks);
    if usual > 0 && memory.len() > usual {
        memory.truncate(usual); // what a costlier hash of another program took is not kept
        memory.shrink_to_fit();
    }
    done.ok()
}

/// The form that is hashed. What is too long is nobody's password, so its end does not matter.
fn normal(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(looked_at(password).nfc().collect::<String>().into_bytes())
}

/// The form that other servers hash: as it was typed.
fn typed(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(looked_at(password).as_bytes().to_vec())
}

fn looked_at(password: &str) -> &str {
    &password[..password.floor_char_boundary(LONGEST_TYPED)]
}

/// What the database keeps of a password.
struct Stored {
    /// How it was hashed elsewhere, before it was hashed here.
    recipe: Option<Recipe>,
    cost: Cost,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

impl Stored {
    /// What is worked out for somebody who has none.
    fn nobodys() -> Self {
        Self { recipe: None, cost: COST, salt: vec![0; 16], expected: vec![0; 32] }
    }
}

fn parse(stored: &str) -> Option<Stored> {
    let (recipe, stored) = match stored.strip_prefix(BROUGHT) {
        Some(brought) => {
            let (recipe, ours) = brought.split_at(brought.find("$argon2id$")?);
            (Some(recipe.parse::<Recipe>().ok()?), ours)
        }
        None => (None, stored),
    };
    let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
    let (costs, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
    let mut costs = costs.split(',');
    let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let cost = (cost("m=")?, cost("t=")?, cost("p=")?);
    let output = STANDARD_NO_PAD.decode(output).ok()?;
    let is_sane = cost.0 <= MOST_MEMORY && cost.1 <= 10 && output.len() == 32;
    is_sane.then_some(Stored { recipe, cost, salt: STANDARD_NO_PAD.decode(salt).ok()?, expected: output })
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
