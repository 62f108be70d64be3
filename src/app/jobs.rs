//! A job: what a node does again and again beside answering requests. The list of all is in `src/jobs.rs`.

use std::{
    pin::Pin,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use super::App;
use crate::store::jobs::{self, Run};

/// Characters of a failure that are kept.
const LONGEST_FAILURE: usize = 256;

type Work = Box<dyn Fn(App) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// What a node does at once and again after each pause, whatever became of the last time.
pub struct Job {
    /// For figures, the console and `doctor`.
    pub name: &'static str,
    /// Between the end of a run and the next.
    pub pause: Duration,
    /// Whether nodes take turns; else each of them does it, because it concerns what that node holds in memory, or because
    /// they share the work row by row.
    pub on_one_node: bool,
    /// What it is for, as a sentence.
    pub purpose: &'static str,
    work: Work,
}

impl Job {
    /// Done by every node.
    pub fn on_every_node<F, E>(
        name: &'static str,
        pause: Duration,
        purpose: &'static str,
        work: impl Fn(App) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<anyhow::Error>,
    {
        let work: Work = Box::new(move |app| {
            let done = work(app);
            Box::pin(async { done.await.map_err(Into::into) })
        });
        Self { name, pause, on_one_node: false, purpose, work }
    }

    /// Done by one node at a time, once in each pause.
    pub fn on_one_node<F, E>(
        name: &'static str,
        pause: Duration,
        purpose: &'static str,
        work: impl Fn(App) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<anyhow::Error>,
    {
        Self { on_one_node: true, ..Self::on_every_node(name, pause, purpose, work) }
    }

    /// Begins, and ends with the last handle of the app.
    pub fn start(self, app: &App) {
        let app = Arc::downgrade(&app.0);
        tokio::spawn(async move {
            while let Some(app) = app.upgrade().map(App) {
                if let Err(error) = self.run(&app).await {
                    tracing::warn!(job = self.name, reason = %format!("{error:#}"), "a job was not done");
                }
                drop(app);
                tokio::time::sleep(self.pause).await;
            }
        });
    }

    /// Does it once, if it is the turn of this node, and notes what became of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(&self, app: &App) -> anyhow::Result<()> {
        let (began_at, began) = (app.clock.now(), Instant::now());
        let done = if self.on_one_node { self.take_turn(app).await } else { self.work(app).await.map(|()| true) };
        if matches!(done, Ok(false)) {
            return Ok(()); // another node did it
        }
        let failure =
            done.as_ref().err().map(|error| format!("{error:#}").chars().take(LONGEST_FAILURE).collect::<String>());
        let (pause, on_one_node, took) = (self.pause, self.on_one_node, began.elapsed());
        app.note_run(Run { job: self.name, on_one_node, pause, began_at, took, failure });
        done.map(|_| ())
    }

    /// Does it if no other node has done it lately. Who fails leaves the turn to the next.
    async fn take_turn(&self, app: &App) -> anyhow::Result<bool> {
        // A node waits for its pause from the end of a run, the turn counts from its beginning, and no two waits are equal.
        let Some(taken_at) = jobs::take_turn(&app.db, self.name, self.pause.mul_f64(0.9)).await? else {
            return Ok(false);
        };
        let done = self.work(app).await;
        if done.is_err()
            && let Err(error) = jobs::give_back(&app.db, self.name, taken_at).await
        {
            tracing::warn!(job = self.name, %error, "the turn of a job that failed could not be given back");
        }
        done.map(|()| true)
    }

    /// In a task of its own, so that a panic ends this run and not the job.
    async fn work(&self, app: &App) -> anyhow::Result<()> {
        tokio::spawn((self.work)(app.clone())).await?
    }
}

impl App {
    /// Remembers the last run of a job, and counts it.
    fn note_run(&self, run: Run) {
        let result = if run.failure.is_none() { "success" } else { "failure" };
        metrics::counter!("portcullis_job_runs_total", "job" => run.job, "result" => result).increment(1);
        metrics::histogram!("portcullis_job_duration_seconds", "job" => run.job).record(run.took);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact")]
        let began_at = run.began_at.unix_timestamp() as f64;
        metrics::gauge!("portcullis_job_last_run_timestamp_seconds", "job" => run.job).set(began_at);
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(run.job, run);
    }

    /// Tells the database how each job last ran on this node, for the console and `doctor`.
    ///
    /// # Errors
    /// The database refused.
    pub async fn report_jobs(&self) -> sqlx::Result<()> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect::<Vec<_>>();
        jobs::report(&self.db, &self.node, &runs, self.clock.now()).await
    }
}
