//! The threads for what costs much over passwords: hashing them, and judging new ones. Before them stands one queue, bounded
//! in time.
//!
//! Who would wait too long gets no place, and the refusal is held back for a moment: programs that try again at once
//! would otherwise take the processor from the very threads that they wait for. Waiting costs no thread and no statement,
//! so a place is asked for before anything else is. What nobody waits for any more is not begun.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, LazyLock, Mutex, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use argon2::Block;
use tokio::{sync::oneshot, time::sleep};

use crate::server::waiting::Waiting;

/// The longest that anybody waits, by what the work took lately.
const LONGEST_QUEUE: Duration = Duration::from_millis(1500);
/// The longest that the judgement of a new password waits.
const LONGEST_TO_JUDGE: Duration = Duration::from_millis(750);
/// How long a refusal is held back.
const PAUSE: Duration = Duration::from_millis(1500);
/// What a hash takes, before any has been measured.
const FIRST_GUESS: Duration = Duration::from_millis(30);
/// How far the threads stand back for the rest of the server, whose answers take a thousandth of a hash's time.
const NICENESS: i32 = 5;

/// So many passwords are at work that this request would wait too long: 503 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// To hash a password.
    Hash,
    /// To judge a new one. It gets the first half of the queue only: whoever sends one bad password after the other
    /// leaves room for those who sign in.
    Judge,
}

impl Work {
    const fn longest_queue(self) -> Duration {
        match self {
            Self::Hash => LONGEST_QUEUE,
            Self::Judge => LONGEST_TO_JUDGE,
        }
    }
}

/// What a thread keeps for argon2.
pub(super) type Memory = Vec<Block>;

/// A place in the queue. It is given back when it goes.
#[must_use]
pub struct QueuePlace(Arc<Pool>);

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
/// [`Busy`], after a pause; at once, if nobody waits for this request any more.
pub async fn place(work: Work) -> Result<QueuePlace, Busy> {
    if !Waiting::here().goes_on() {
        return Err(Busy);
    }
    let place = POOL.place(work);
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

impl QueuePlace {
    /// Works on one of the threads. `None`: the work panicked.
    ///
    /// # Errors
    /// [`Busy`]: it was not begun, because its turn came too late, or because nobody waits for it any more.
    pub(in crate::authentication) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<Option<T>, Busy> {
        let (answer, outcome) = oneshot::channel();
        let here = Arc::new(());
        let work = move |memory: &mut Memory| {
            let done = catch_unwind(AssertUnwindSafe(|| work(memory)));
            let _ = answer.send(done.ok()); // whoever asked may have gone meanwhile
        };
        let job =
            Job { work: Box::new(work), here: Arc::downgrade(&here), waiting: Waiting::here(), since: Instant::now() };
        self.0.jobs.send(job).map_err(|_| Busy)?;
        outcome.await.map_err(|_| Busy)
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.0.places.fetch_sub(1, Relaxed);
    }
}

struct Job {
    work: Box<dyn FnOnce(&mut Memory) + Send>,
    /// Dead when the task is gone that asked.
    here: Weak<()>,
    waiting: Waiting,
    since: Instant,
}

impl Job {
    /// Whether it is of use still. It waits longer than was foreseen if the work takes longer now.
    fn is_wanted(&self) -> bool {
        self.here.strong_count() > 0 && self.waiting.goes_on() && self.since.elapsed() <= LONGEST_QUEUE
    }
}

struct Pool {
    jobs: mpsc::Sender<Job>, // as long as there are places
    threads: usize,
    places: AtomicUsize,
    /// A moving average of what the work takes, in microseconds.
    usual: AtomicU64,
}

static POOL: LazyLock<Arc<Pool>> =
    LazyLock::new(|| Pool::start(thread::available_parallelism().map_or(1, usize::from)));

impl Pool {
    fn start(threads: usize) -> Arc<Self> {
        let (pool, jobs) = Self::new(threads, FIRST_GUESS);
        let jobs = Arc::new(Mutex::new(jobs));
        for n in 0..threads {
            let (jobs, pool) = (Arc::clone(&jobs), Arc::downgrade(&pool));
            let started = thread::Builder::new().name(format!("password-{n}")).spawn(move || work(&jobs, &pool));
            if let Err(error) = started {
                tracing::error!(%error, "a thread for passwords could not be started");
            }
        }
        pool
    }

    fn new(threads: usize, usual: Duration) -> (Arc<Self>, mpsc::Receiver<Job>) {
        let (sender, jobs) = mpsc::channel();
        let usual = AtomicU64::new(micros(usual));
        (Arc::new(Self { jobs: sender, threads, places: AtomicUsize::new(0), usual }), jobs)
    }

    fn place(self: &Arc<Self>, work: Work) -> Option<QueuePlace> {
        let before = self.places.fetch_add(1, Relaxed);
        let place = QueuePlace(Arc::clone(self));
        (self.wait(before) <= work.longest_queue()).then_some(place)
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

/// Works off what is wanted, in the order in which it came, until the pool is gone.
fn work(jobs: &Mutex<mpsc::Receiver<Job>>, pool: &Weak<Pool>) {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "the threads for passwords have the priority of all others");
    }
    let mut memory = Memory::new();
    loop {
        let Ok(Ok(job)) = jobs.lock().map(|jobs| jobs.recv()) else { return };
        if !job.is_wanted() {
            continue; // who is there still is told: the answer is gone
        }
        let began = Instant::now();
        (job.work)(&mut memory);
        if let Some(pool) = pool.upgrade() {
            pool.learn(began.elapsed());
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::{sync::mpsc::unbounded_channel, task::JoinHandle};

    use super::*;
    use crate::server::waiting::Caller;

    fn places(pool: &Arc<Pool>, work: Work) -> Vec<QueuePlace> {
        std::iter::from_fn(|| pool.place(work)).collect()
    }

    #[test]
    fn the_queue_is_bounded_in_time_and_a_place_is_given_back() {
        let (pool, _jobs) = Pool::new(2, Duration::from_millis(100));

        let mut places = places(&pool, Work::Hash);
        assert_eq!(places.len(), 32, "a tenth of a second each, two at a time, for a second and a half");
        places.pop();
        assert!(pool.place(Work::Hash).is_some());

        for _ in 0..100 {
            pool.learn(Duration::from_millis(50));
        }
        assert!(pool.place(Work::Hash).is_some(), "they are faster now");
    }

    /// DO-03: who signs in finds room though new passwords are sent without end.
    #[test]
    fn do_03_new_passwords_fill_half_of_the_queue_at_most() {
        let (pool, _jobs) = Pool::new(2, Duration::from_millis(100));

        let judged = places(&pool, Work::Judge);
        let hashed = places(&pool, Work::Hash);

        assert_eq!((judged.len(), hashed.len()), (16, 16));
        assert!(pool.place(Work::Judge).is_none());
    }

    /// A pool of one thread, which is at work until it is told to go on.
    struct Held {
        pool: Arc<Pool>,
        go_on: mpsc::Sender<()>,
        first: JoinHandle<Result<Option<()>, Busy>>,
    }

    impl Held {
        async fn begin() -> Self {
            let pool = Pool::start(1);
            let (go_on, told) = mpsc::channel();
            let (begun, mut has_begun) = unbounded_channel();
            let place = pool.place(Work::Hash).unwrap();
            let first = tokio::spawn(place.run(move |_| {
                begun.send(()).unwrap();
                told.recv().unwrap();
            }));
            has_begun.recv().await.unwrap();
            Self { pool, go_on, first }
        }

        async fn end(self) {
            self.go_on.send(()).unwrap();
            self.first.await.unwrap().unwrap();
        }
    }

    /// D13
    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_begun() {
        let held = Held::begin().await;
        let (caller, stays) = (Caller::default(), Caller::default());
        let left = tokio::spawn(caller.wait_for(held.pool.place(Work::Judge).unwrap().run(|_| "begun")));
        let waits = tokio::spawn(stays.wait_for(held.pool.place(Work::Judge).unwrap().run(|_| "begun")));
        tokio::task::yield_now().await; // both stand in the queue

        drop(caller);
        held.end().await;

        assert_eq!(left.await.unwrap(), Err(Busy));
        assert_eq!(waits.await.unwrap(), Ok(Some("begun")));
    }

    #[tokio::test]
    async fn work_is_done_in_the_order_in_which_it_came() {
        let held = Held::begin().await;
        let (done, mut in_order) = unbounded_channel();
        let mut all = Vec::new();
        for n in 0..8 {
            let (done, work) = (done.clone(), if n % 2 == 0 { Work::Judge } else { Work::Hash });
            all.push(tokio::spawn(held.pool.place(work).unwrap().run(move |_| done.send(n).unwrap())));
            tokio::task::yield_now().await; // it stands in the queue
        }

        held.end().await;

        for (n, one) in all.into_iter().enumerate() {
            one.await.unwrap().unwrap();
            assert_eq!(in_order.recv().await, Some(n));
        }
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_work_only() {
        let pool = Pool::start(1);
        let run = |work: fn(&mut Memory) -> &'static str| pool.place(Work::Judge).unwrap().run(work);

        assert_eq!(run(|_| panic!("on purpose")).await, Ok(None));
        assert_eq!(run(|_| "done").await, Ok(Some("done")));
        assert_eq!(pool.places.load(Relaxed), 0, "places are given back");
    }
}
