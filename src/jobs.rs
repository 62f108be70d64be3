//! Every job in one list: what a server does beside answering requests, how often, and whether its nodes take turns.
//!
//! `serve` and `dev` start all of them, commands none. How each last ran is told by the figures for operators, by the
//! console and by `portcullis doctor`.

use std::{sync::Arc, time::Duration};

use crate::{
    accounts::{deletion, link_request},
    app::{App, Job},
    authentication::back_channel_logout::Deliveries,
    mail::{delivery, smtp::Post},
    registry::client_documents,
    store::{blocked_networks, counts, defence, idempotent_requests, partitions, registry, throttles, waiting},
    web::metrics,
};

/// How long a node may know less than the others: less than half a second, since nothing older than one may decide.
const AT_ONCE: Duration = Duration::from_millis(400);
/// Somebody waits for it.
const SOON: Duration = Duration::from_secs(1);
const FILES: Duration = Duration::from_secs(5);
const FIGURES: Duration = Duration::from_secs(5);
const REPORT: Duration = Duration::from_secs(10);
const UPKEEP: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Starts every job. Without `post`, mail waits.
pub fn start(app: &App, post: Option<Post>) {
    for job in all(post) {
        job.start(app);
    }
}

/// Every job.
#[must_use]
pub fn all(post: Option<Post>) -> Vec<Job> {
    let mut jobs = on_every_node();
    jobs.push(mail(post));
    jobs.extend(on_one_node());
    jobs
}

/// What concerns the memory of each node, and what nodes share row by row.
fn on_every_node() -> Vec<Job> {
    let deliveries = Deliveries::default();
    vec![
        Job::on_every_node("changes", AT_ONCE, "Reads what other nodes changed and revoked.", |app| async move {
            app.refresh().await
        }),
        Job::on_every_node("defence", AT_ONCE, "Adds up with other nodes what attackers do.", |app| async move {
            app.exchange_defence().await
        }),
        Job::on_every_node(
            "record",
            AT_ONCE,
            "Records what strangers caused and was only counted.",
            |app| async move {
                app.write_tallies(false).await;
                anyhow::Ok(())
            },
        ),
        Job::on_every_node("sign_outs", AT_ONCE, "Tells clients that sessions have ended.", move |app| {
            let deliveries = deliveries.clone();
            async move { deliveries.begin_due(&app).await }
        }),
        Job::on_every_node("links", SOON, "Mails the links that were asked for.", |app| async move {
            link_request::answer_all(&app).await
        }),
        Job::on_every_node("uses", UPKEEP, "Writes when secrets and consents were last used.", |app| async move {
            app.write_uses().await
        }),
        Job::on_every_node("counts", MINUTE, "Adds up with other nodes what the console plots.", |app| async move {
            app.write_counts().await
        }),
        Job::on_every_node("unused_clients", HOUR, "Looks for clients that nobody uses.", |app| async move {
            app.find_unused_clients().await
        }),
        Job::on_every_node(
            "client_authorities",
            FILES,
            "Takes who vouches for the certificates of clients anew when the files change.",
            |app| async move { app.refresh_client_authorities().await },
        ),
        Job::on_every_node("memory", UPKEEP, "Forgets what no request asks for any more.", |app| async move {
            app.forget();
            anyhow::Ok(())
        }),
        Job::on_every_node("figures", FIGURES, "Adds up the figures for monitoring.", |_| async {
            metrics::add_up();
            anyhow::Ok(())
        }),
        Job::on_every_node(
            "report",
            REPORT,
            "Reports how these jobs ran.",
            |app| async move { app.report_jobs().await },
        ),
    ]
}

fn mail(post: Option<Post>) -> Job {
    let Some(post) = post.map(Arc::new) else {
        return Job::on_every_node(
            "mail",
            delivery::REMINDER,
            "Says that mail waits that nobody sends.",
            |app| async move { delivery::remind(&app).await },
        );
    };
    Job::on_every_node("mail", SOON, "Sends mail.", move |app| {
        let post = Arc::clone(&post);
        async move { delivery::deliver(&app, &post).await }
    })
}

/// What concerns the database alone. Each part is a job of its own, so that none keeps the others from their turn.
fn on_one_node() -> Vec<Job> {
    vec![
        Job::on_one_node(
            "partitions",
            UPKEEP,
            "Makes partitions ahead, and drops those that are past.",
            |app| async move { partitions::maintain(&app.db, app.clock.now()).await },
        ),
        Job::on_one_node(
            "retired_keys",
            UPKEEP,
            "Removes signing keys that nothing needs any more.",
            |app| async move { app.remove_retired_keys().await },
        ),
        Job::on_one_node("old_changes", UPKEEP, "Forgets changes that every node has followed.", |app| async move {
            registry::forget_changes(&app.db).await
        }),
        Job::on_one_node("old_revocations", UPKEEP, "Forgets revocations of what has expired.", |app| async move {
            app.forget_revocations().await
        }),
        Job::on_one_node("old_throttles", UPKEEP, "Forgets failures that count no more.", |app| async move {
            throttles::forget(&app.db, app.clock.now()).await
        }),
        Job::on_one_node(
            "old_drafts",
            UPKEEP,
            "Forgets drafts of forms, and secrets that nobody stored.",
            |app| async move { waiting::forget(&app.db, app.clock.now()).await },
        ),
        Job::on_one_node(
            "old_idempotent_requests",
            UPKEEP,
            "Forgets what our own API answered a day ago.",
            |app| async move { idempotent_requests::forget(&app.db, app.clock.now()).await },
        ),
        Job::on_one_node("old_defence", UPKEEP, "Forgets what attackers did long ago.", |app| async move {
            blocked_networks::forget(&app.db, app.clock.now()).await?;
            defence::forget(&app.db, app.clock.now()).await
        }),
        Job::on_one_node(
            "old_counts",
            HOUR,
            "Adds up old counts by the day, and forgets those of more than 90 days.",
            |app| async move { counts::forget(&app.db, app.clock.now()).await },
        ),
        Job::on_one_node(
            "old_client_documents",
            HOUR,
            "Removes clients that described themselves and that nobody uses.",
            |app| async move { client_documents::remove_unused(&app).await },
        ),
        Job::on_one_node(
            "erasure",
            HOUR,
            "Erases accounts that were deleted, and old mails and links.",
            |app| async move { deletion::erase_due(&app).await },
        ),
    ]
}
