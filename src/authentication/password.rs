//! Passwords: argon2id, on a few threads of their own.
//!
//! A hash costs 19 MiB and tens of milliseconds on purpose. Each thread keeps its memory and uses it again, as many
//! threads work as there are cores, and who finds the queue full is refused at once: a flood of sign-ins costs the rest
//! of the server neither memory nor time.

use std::{
    sync::{LazyLock, Mutex, mpsc},
    thread,
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::secret::random_bytes;

/// The fewest characters of a password that is all that protects an account (NIST SP 800-63B-4 §3.1.1.2).
pub const SHORTEST: usize = 15;
/// The longest password, in bytes.
pub const LONGEST: usize = 1024;

/// KiB, passes and lanes of a new hash (OWASP; security.md CR-01).
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// The most memory that a stored hash may ask for, in KiB.
const MOST_MEMORY: u32 = 65_536;
/// Hashes that may wait for each thread: about two seconds of work.
const QUEUE_PER_THREAD: usize = 40;

/// So many want to sign in that this request would wait too long: 503 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// Hashes a password for the database (PHC string format).
///
/// # Errors
/// [`Busy`]
pub async fn hash(password: &str) -> Result<String, Busy> {
    let salt = random_bytes::<16>();
    let output = digest(password, salt.to_vec(), COST).await?.ok_or(Busy)?;
    let ((m, t, p), salt, output) = (COST, STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(*output));
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

/// Whether this is the password. Takes the same work for a `stored` of `None`: an unknown user, or one without password.
///
/// # Errors
/// [`Busy`]
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool, Busy> {
    let known = stored.and_then(parse);
    let is_known = known.is_some();
    let (cost, salt, expected) = known.unwrap_or_else(|| (COST, vec![0; 16], vec![0; 32]));
    let output = digest(password, salt, cost).await?;
    let matches = output.is_some_and(|output| constant_time::verify_slices_are_equal(&*output, &expected).is_ok());
    Ok(matches && is_known)
}

type Cost = (u32, u32, u32);

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

type Output = Zeroizing<[u8; 32]>;

struct Job {
    password: Zeroizing<Vec<u8>>,
    salt: Vec<u8>,
    cost: Cost,
    answer: oneshot::Sender<Option<Output>>,
}

/// `None`: argon2 refused the parameters.
async fn digest(password: &str, salt: Vec<u8>, cost: Cost) -> Result<Option<Output>, Busy> {
    let normal = Zeroizing::new(password.nfc().collect::<String>().into_bytes());
    let (answer, digest) = oneshot::channel();
    QUEUE.try_send(Job { password: normal, salt, cost, answer }).map_err(|_| Busy)?;
    digest.await.map_err(|_| Busy)
}

static QUEUE: LazyLock<mpsc::SyncSender<Job>> = LazyLock::new(|| {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (queue, jobs) = mpsc::sync_channel(threads * QUEUE_PER_THREAD);
    let jobs: &'static Mutex<mpsc::Receiver<Job>> = Box::leak(Box::new(Mutex::new(jobs)));
    for n in 0..threads {
        let started = thread::Builder::new().name(format!("argon2-{n}")).spawn(move || work(jobs));
        if let Err(error) = started {
            tracing::error!(%error, "a thread for passwords could not be started");
        }
    }
    queue
});

fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    let mut memory = Vec::new();
    loop {
        let Ok(Ok(job)) = jobs.lock().map(|jobs| jobs.recv()) else { return };
        if job.answer.is_closed() {
            continue; // whoever asked has gone
        }
        let output = run(&job, &mut memory);
        let _ = job.answer.send(output);
    }
}

fn run(job: &Job, memory: &mut Vec<Block>) -> Option<Output> {
    let (m, t, p) = job.cost;
    let params = Params::new(m, t, p, Some(32)).ok()?;
    memory.resize(params.block_count().max(memory.len()), Block::new());
    let blocks = memory.get_mut(..params.block_count())?;
    let mut output = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(&job.password, &job.salt, &mut *output, blocks).ok()?;
    Some(output)
}

#[cfg(test)]
mod tests {
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

    #[tokio::test]
    async fn a_hash_of_another_program_is_understood() {
        // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify("password", Some(stored)).await.unwrap());
        for stored in
            ["", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$AAAA"]
        {
            assert!(!verify("password", Some(stored)).await.unwrap());
        }
    }
}
