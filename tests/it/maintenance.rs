//! What nodes do now and then, without anybody asking.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration as RealTime,
};

use portcullis::{
    app::Job,
    mail::smtp::Post,
    store::{self, jobs::JobState, throttles},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::task::JoinSet;

use crate::{console::signed_in, mail_server::MailServer, server::Server};

const HOUR: RealTime = RealTime::from_hours(1);

/// A counter that was touched so many days ago, and refuses until so many days from now.
async fn count(server: &Server, key: &str, kind: &str, days_ago: i64, refuses_for: Option<i64>) {
    let now = server.clock.now();
    sqlx::query("insert into throttles (key, kind, recent, consecutive, since, last_at, blocked_until) values ($1, $2, 1, 1, $3, $3, $4)")
        .bind(key)
        .bind(kind)
        .bind(now - Duration::days(days_ago))
        .bind(refuses_for.map(|days| now + Duration::days(days)))
        .execute(&server.db)
        .await
        .unwrap();
}

async fn counters(server: &Server) -> Vec<String> {
    sqlx::query_scalar("select key from throttles order by key").fetch_all(&server.db).await.unwrap()
}

#[sqlx::test]
async fn counters_are_forgotten_unless_they_still_refuse(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (key, kind, days_ago, refuses_for) in [
        ("address-new", "address", 0, None),
        ("address-old", "address", 2, None),
        ("block-old", "block", 2, Some(-1)),
        ("client-old", "client", 2, None),
        ("application-old", "application", 2, None),
        ("name-new", "account", 2, None),
        ("name-old", "account", 31, Some(-30)),
        ("name-closed", "account", 31, Some(36_500)),
    ] {
        count(&server, key, kind, days_ago, refuses_for).await;
    }

    throttles::forget(&server.db, server.clock.now()).await.unwrap();

    assert_eq!(counters(&server).await, ["address-new", "name-closed", "name-new"]);
}

/// How a job ran, as all nodes reported it.
async fn state(server: &Server, job: &str) -> Option<JobState> {
    let states = store::jobs::states(&server.db, server.clock.now()).await.unwrap();
    states.into_iter().find(|state| state.job == job)
}

#[sqlx::test]
async fn a_job_that_fails_is_told_and_done_the_next_time(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    count(&server, "address-old", "address", 2, None).await;
    let change = async |sql: &'static str| sqlx::query(sql).execute(&server.db).await.unwrap();

    change("alter table throttles rename to lost").await;
    assert!(server.run_job("old_throttles").await.is_err());
    change("alter table lost rename to throttles").await;
    server.app.report_jobs().await.unwrap();
    let failed = state(&server, "old_throttles").await.unwrap();
    server.run_job("old_throttles").await.unwrap();
    server.app.report_jobs().await.unwrap();

    assert!(failed.failure.unwrap().contains("throttles"));
    assert!(state(&server, "old_throttles").await.unwrap().failure.is_none());
    assert!(counters(&server).await.is_empty(), "it was done, though its pause had not passed");
}

#[sqlx::test]
async fn a_panic_ends_one_run_and_not_the_job(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let is_first = AtomicBool::new(true);
    let job = Job::on_one_node("panics", HOUR, "", move |_| {
        let is_first = is_first.swap(false, Relaxed);
        async move {
            assert!(!is_first, "what nobody thought of");
            anyhow::Ok(())
        }
    });
    assert!(job.run(&server.app).await.is_err());
    job.run(&server.app).await.unwrap();
}

/// Of many that come at once, one does what concerns the database alone; and none again before the pause has passed.
#[sqlx::test]
async fn nodes_take_turns(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, runs) = (Server::start(options).await, Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&runs);
    let job = Arc::new(Job::on_one_node("counted", HOUR, "", move |_| {
        counted.fetch_add(1, Relaxed);
        std::future::ready(anyhow::Ok(()))
    }));
    let race = async || {
        let mut nodes = JoinSet::new();
        for _ in 0..4 {
            let (job, app) = (Arc::clone(&job), server.app.clone());
            nodes.spawn(async move { job.run(&app).await.unwrap() });
        }
        nodes.join_all().await;
    };

    race().await;
    assert_eq!(runs.load(Relaxed), 1);
    let past = "update job_turns set taken_at = taken_at - interval '1 hour' where job = 'counted'";
    sqlx::query(past).execute(&server.db).await.unwrap();
    race().await;
    assert_eq!(runs.load(Relaxed), 2);
}

#[sqlx::test]
async fn what_is_late_is_told_and_a_node_that_is_gone_is_not(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for job in ["memory", "old_defence"] {
        server.run_job(job).await.unwrap();
    }
    server.app.report_jobs().await.unwrap();

    for job in ["memory", "old_defence"] {
        assert!(!state(&server, job).await.unwrap().is_late, "{job}");
    }
    server.clock.advance(Duration::minutes(10));
    assert!(state(&server, "memory").await.is_none(), "nobody reports it any more");
    assert!(state(&server, "old_defence").await.unwrap().is_late, "no node does it any more");
    server.app.report_jobs().await.unwrap();
    assert!(state(&server, "memory").await.unwrap().is_late, "the node reports, and does it no more");
    let (mut console, _) = signed_in(&server, "admin").await;
    assert!(console.open("/admin/security").await.answer.body.contains(">Late<"));
}

/// docs/operations.md has the table of all jobs, as the code has it.
#[tokio::test]
async fn the_documentation_lists_every_job() {
    let post = Post::new(&MailServer::start(true, true).await.settings(true)).unwrap();
    let jobs = portcullis::jobs::all(Some(post));
    let rows = jobs.iter().map(|job| {
        let servers = if job.on_one_node { "one at a time" } else { "each" };
        format!("| `{}` | {} | {servers} | {} |\n", job.name, in_words(job.pause), job.purpose)
    });
    let table = format!("| job | pause | servers | purpose |\n|---|---|---|---|\n{}", rows.collect::<String>());
    let documented = include_str!("../../docs/operations.md").contains(&table);
    assert!(documented, "put this table into docs/operations.md:\n{table}");
    let names = jobs.iter().map(|job| job.name).collect::<BTreeSet<_>>();
    assert_eq!(names.len(), jobs.len(), "each has its own name");
}

fn in_words(pause: RealTime) -> String {
    match (pause.as_secs(), pause.subsec_millis()) {
        (0, millis) => format!("{millis} ms"),
        (secs, _) if secs % 3600 == 0 => format!("{} h", secs / 3600),
        (secs, _) => format!("{secs} s"),
    }
}
