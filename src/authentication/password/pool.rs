//! The threads that hash passwords, and the queue before them, bounded in time.
//!
//! Who would wait too long gets no place, and the refusal is held back for a moment: programs that try again at once
//! would otherwise take the processor from the very threads that they wait for. Waiting costs no thread and no statement,
//! so a place is asked for before anything else is.

use std::{
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::{sync::oneshot, time::sleep};
use zeroize::Zeroizing;

/// The longest that somebody waits for their hash, by what hashes took lately.
const LONGEST_QUEUE: Duration = Duration::from_millis(1500);
/// How long a refusal is held back.
const PAUSE: Duration = Duration::from_millis(1500);
/// What a hash takes, before any has been measured.
const FIRST_GUESS: Duration = Duration::from_millis(30);
/// How far the threads stand back for the rest of the server, whose answers take a thousandth of a hash's time.
const NICENESS: i32 = 5;

/// So many want to sign in that this request would wait too long: 503 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// KiB, passes and lanes.
pub(super) type Cost = (u32, u32, u32);
pub(super) type Output = Zeroizing<[u8; 32]>;

/// A place in the queue. It is given back when it goes.
#[must_use]
pub struct Place(&'static Pool);

/// How full the queue is.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Who has a place.
    pub places: usize,
    /// How long the next one would wait.
    pub wait: Duration,
}

/// Takes a place in the queue.
///
/// # Errors
/// [`Busy`], after a pause.
pub async fn place() -> Result<Place, Busy> {
    let place = POOL.place();
    if place.is_none() {
        sleep(PAUSE).await;
    }
    place.ok_or(Busy)
}

/// How full the queue is now.
#[must_use]
pub fn load() -> Load {
    let places = POOL.places.load(Relaxed);
    Load { places, wait: POOL.wait(places) }
}

impl Place {
    /// `None`: argon2 refused the parameters.
    pub(super) async fn digest(
        self,
        password: Zeroizing<Vec<u8>>,
        salt: Vec<u8>,
        cost: Cost,
    ) -> Result<Option<Output>, Busy> {
        let (answer, digest) = oneshot::channel();
        let job = Job { password, salt, cost, answer, since: Instant::now() };
        self.0.jobs.send(job).map_err(|_| Busy)?;
        digest.await.map_err(|_| Busy)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.places.fetch_sub(1, Relaxed);
    }
}

struct Job {
    password: Zeroizing<Vec<u8>>,
    salt: Vec<u8>,
    cost: Cost,
    answer: oneshot::Sender<Option<Output>>,
    since: Instant,
}

struct Pool {
    jobs: mpsc::Sender<Job>, // as long as there are places
    threads: usize,
    places: AtomicUsize,
    /// A moving average of what a hash takes, in microseconds.
    usual: AtomicU64,
}

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (sender, jobs) = mpsc::channel();
    let jobs: &'static Mutex<mpsc::Receiver<Job>> = Box::leak(Box::new(Mutex::new(jobs)));
    for n in 0..threads {
        let started = thread::Builder::new().name(format!("argon2-{n}")).spawn(move || work(jobs));
        if let Err(error) = started {
            tracing::error!(%error, "a thread for passwords could not be started");
        }
    }
    let usual = AtomicU64::new(micros(FIRST_GUESS));
    Pool { jobs: sender, threads, places: AtomicUsize::new(0), usual }
});

impl Pool {
    fn place(&'static self) -> Option<Place> {
        let before = self.places.fetch_add(1, Relaxed);
        let place = Place(self);
        (self.wait(before) <= LONGEST_QUEUE).then_some(place)
    }

    /// How long somebody waits who has so many before them.
    fn wait(&self, before: usize) -> Duration {
        let rounds = (before / self.threads) as u64;
        Duration::from_micros(self.usual.load(Relaxed).saturating_mul(rounds))
    }

    fn learn(&self, took: Duration) {
        let usual = self.usual.load(Relaxed);
        // Of two threads that learn at once one is not heard, which does no harm.
        self.usual.store((usual * 15 + micros(took)) / 16, Relaxed);
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "the threads for passwords have the priority of all others");
    }
    let mut memory = Vec::new();
    loop {
        let Ok(Ok(job)) = jobs.lock().map(|jobs| jobs.recv()) else { return };
        // Whoever asked has gone, or waits longer than was foreseen, because hashes take longer now: they are told.
        if job.answer.is_closed() || job.since.elapsed() > LONGEST_QUEUE {
            continue;
        }
        let began = Instant::now();
        let output = run(&job, &mut memory);
        POOL.learn(began.elapsed());
        let _ = job.answer.send(output);
    }
}

fn run(job: &Job, memory: &mut Vec<Block>) -> Option<Output> {
    let (m, t, p) = job.cost;
    let params = Params::new(m, t, p, Some(32)).ok()?;
    let usual = memory.len();
    memory.resize(params.block_count().max(usual), Block::new());
    let blocks = memory.get_mut(..params.block_count())?;
    let mut output = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done = argon2.hash_password_into_with_memory(&job.password, &job.salt, &mut *output, blocks);
    if usual > 0 && memory.len() > usual {
        memory.truncate(usual); // what a costlier hash of another program took is not kept
        memory.shrink_to_fit();
    }
    done.ok().map(|()| output)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_bounded_in_time_and_a_place_is_given_back() {
        let (jobs, _kept) = mpsc::channel();
        let usual = AtomicU64::new(micros(Duration::from_millis(100)));
        let pool: &'static Pool = Box::leak(Box::new(Pool { jobs, threads: 2, places: AtomicUsize::new(0), usual }));

        let mut places = Vec::new();
        while let Some(place) = pool.place() {
            places.push(place);
        }
        assert_eq!(places.len(), 32, "a tenth of a second each, two at a time, for a second and a half");
        places.pop();
        assert!(pool.place().is_some());

        for _ in 0..100 {
            pool.learn(Duration::from_millis(50));
        }
        assert!(pool.place().is_some(), "they are faster now");
    }
}
