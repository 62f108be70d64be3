//! What a monitoring system asks: figures in Prometheus' text format, on the listener for operators only.
//!
//! No label holds a user, a client, an address, or anything else that comes from outside (LP-08). What every node sees is
//! counted by each of them; what stands in the database is the same at all nodes, so it is to be read from one.

use std::{sync::OnceLock, time::Instant};

use axum::{
    extract::{MatchedPath, State},
    http::{Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::{
    app::App,
    authentication::password,
    store::{outbox, signing_keys},
};

/// Upper bounds in seconds: from what no database is asked for, to what is given up.
const DURATIONS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
/// What counts, once it was started.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to count. Without it, as in `portcullis dev`, counting does nothing.
///
/// # Errors
/// The bounds of the histograms are not accepted.
pub fn start(app: &App) -> anyhow::Result<Metrics> {
    let recorder = PrometheusBuilder::new().set_buckets(&DURATIONS)?.build_recorder();
    let handle = recorder.handle();
    // One process has one recorder: whoever comes second shares the first.
    if metrics::set_global_recorder(recorder).is_ok() {
        let _ = HANDLE.set(handle.clone());
        describe();
    }
    let handle = HANDLE.get().unwrap_or(&handle).clone();
    Ok(Metrics { app: app.clone(), handle })
}

/// Adds up what was observed, so that it does not wait in memory for somebody who asks.
pub fn add_up() {
    if let Some(handle) = HANDLE.get() {
        handle.run_upkeep();
    }
}

/// What [`show`] reads.
#[derive(Clone)]
pub struct Metrics {
    app: App,
    handle: PrometheusHandle,
}

/// All figures as they are now.
pub async fn show(State(Metrics { app, handle }): State<Metrics>) -> Response {
    gauge!("portcullis_database_connections", "state" => "idle").set(count(app.db.num_idle()));
    let busy = (app.db.size() as usize).saturating_sub(app.db.num_idle());
    gauge!("portcullis_database_connections", "state" => "busy").set(count(busy));
    let load = password::load();
    gauge!("portcullis_password_queue").set(count(load.places));
    gauge!("portcullis_password_wait_seconds").set(load.wait.as_secs_f64());
    gauge!("portcullis_tightness").set(f64::from(app.tightness() as u8));
    let (clients, bytes) = app.clients_in_memory();
    gauge!("portcullis_clients_in_memory").set(count(clients));
    gauge!("portcullis_clients_in_memory_bytes").set(count(usize::try_from(bytes).unwrap_or(usize::MAX)));
    if let Err(error) = ask_database(&app).await {
        tracing::warn!(%error, "some figures could not be read");
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

/// Counts a request at its end.
pub fn count_request(method: &Method, route: Option<&MatchedPath>, status: StatusCode, began: Instant) {
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "1xx",
    };
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    histogram!("portcullis_http_request_duration_seconds", "route" => route.clone()).record(began.elapsed());
    counter!("portcullis_http_requests_total", "route" => route, "method" => method, "status" => class).increment(1);
}

async fn ask_database(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    let waiting = outbox::count_waiting_since(&app.db, now).await?;
    gauge!("portcullis_mails_waiting").set(count(usize::try_from(waiting).unwrap_or_default()));
    for key in signing_keys::all(&app.db).await?.into_iter().filter(|key| key.state == "active") {
        let age = now - key.activated_at.unwrap_or(key.created_at);
        gauge!("portcullis_signing_key_age_seconds", "alg" => key.alg.as_str()).set(age.as_seconds_f64());
    }
    Ok(())
}

fn describe() {
    describe_histogram!("portcullis_http_request_duration_seconds", Unit::Seconds, "Time to answer, by route.");
    describe_counter!("portcullis_http_requests_total", "Requests answered, by route, method and class of status.");
    describe_counter!("portcullis_events_total", "Events of the audit record, by name and outcome.");
    describe_counter!("portcullis_tokens_issued_total", "Token answers, by grant type.");
    describe_counter!(
        "portcullis_defence_total",
        "Attempts, successes and refusals of what is throttled; unknown names; refused requests."
    );
    describe_gauge!("portcullis_connections", "Open connections of all listeners.");
    describe_counter!(
        "portcullis_connections_closed_total",
        "Connections that were closed because of others, by reason: their address has its share, or the table is full."
    );
    describe_gauge!("portcullis_database_connections", "Connections to the database, by state.");
    describe_gauge!("portcullis_password_queue", "Passwords that are being checked or wait for it.");
    describe_gauge!("portcullis_password_wait_seconds", Unit::Seconds, "How long the next password would wait.");
    describe_gauge!("portcullis_tightness", "How often the limits of sign-ins are halved now.");
    describe_counter!(
        "portcullis_client_lookups_total",
        "Clients that were asked for, by result: in memory (hit), or not (miss)."
    );
    describe_gauge!("portcullis_clients_in_memory", "Clients that this node holds in memory.");
    describe_gauge!("portcullis_clients_in_memory_bytes", Unit::Bytes, "What they weigh.");
    describe_counter!("portcullis_job_runs_total", "Runs of the jobs of this node, by job and result.");
    describe_histogram!("portcullis_job_duration_seconds", Unit::Seconds, "How long a run took, by job.");
    describe_gauge!(
        "portcullis_job_last_run_timestamp_seconds",
        Unit::Seconds,
        "When the last run on this node began, since 1970, by job."
    );
    describe_gauge!("portcullis_mails_waiting", "Mails that are not sent yet.");
    describe_gauge!(
        "portcullis_signing_key_age_seconds",
        Unit::Seconds,
        "For how long the active key has signed, by algorithm."
    );
}

/// Whole numbers up to 2^32 are exact; nothing that is counted here comes near.
fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
