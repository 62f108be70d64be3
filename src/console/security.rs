//! What attackers do, as all nodes saw it: failures, refusals, names that nobody has; and how the jobs of the nodes ran.

use askama::Template;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use time::{Duration, OffsetDateTime};

use super::{
    chart::{Chart, Series, Steps},
    session::Administrator,
};
use crate::{
    language::Moment,
    policy::throttle::Tightness,
    store::{
        defence,
        jobs::{self, JobState},
        users,
    },
    web::{
        form::Query,
        page::{Section, Shell},
    },
};

/// How many of the accounts that are held the page names.
const MOST_HELD: i64 = 20;

/// The last hour, or the last day: `over=day`.
#[derive(Template)]
#[template(path = "console/security.html")]
pub struct Security<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Accounts that somebody says are being taken over.
    pub held: Vec<HeldRow>,
    /// How tight the limits are now.
    pub tightness: Tightness,
    /// Whether the day is shown.
    pub is_day: bool,
    /// What was counted over time.
    pub charts: Vec<Chart>,
    /// What was refused, by kind.
    pub refusals: Vec<(&'static str, i64)>,
    /// The networks that were refused most.
    pub networks: Vec<RefusedNetwork>,
    /// How jobs ran.
    pub jobs: Vec<JobRow>,
}

/// A network that was refused.
pub struct RefusedNetwork {
    /// Which.
    pub network: String,
    /// How often.
    pub count: i64,
    /// It is blocked.
    pub is_blocked: bool,
}

/// How a job ran.
pub struct JobRow {
    /// Which.
    pub name: String,
    /// Where it runs.
    pub place: String,
    /// When the last run began.
    pub last: Moment,
    /// How long the longest of the last runs took.
    pub took: String,
    /// What became of it, and the class of that.
    pub result: (&'static str, &'static str),
    /// On which node it was not done, and why.
    pub failure: Option<String>,
}

/// An account that somebody says is being taken over.
pub struct HeldRow {
    /// The subject identifier.
    pub user_id: String,
    /// The username.
    pub username: String,
    /// Since when it is held.
    pub since: Moment,
}

/// The name of each kind of refusal, and what an operator calls it.
const REFUSALS: [(&str, &str); 8] = [
    ("password.refusals", "Sign-ins by password"),
    ("second_factor.refusals", "Second factors"),
    ("recovery.refusals", "Recovery mails"),
    ("registration.refusals", "Registrations"),
    ("client.refusals", "Clients that failed to authenticate"),
    ("requests.refusals", "Requests over the rate limit"),
    ("networks.refusals", "Requests from networks that the settings deny"),
    ("blocked_networks.refusals", "Requests from networks that are blocked"),
];

impl Security<'_> {
    const fn state(&self) -> (&'static str, &'static str, &'static str) {
        match self.tightness {
            Tightness::Normal => ("Normal", "plain", "The limits of sign-ins are as they are set."),
            Tightness::Half => ("Tight", "soon", "Many sign-ins fail: all limits of sign-ins are halved."),
            Tightness::Quarter => {
                ("Very tight", "off", "Very many sign-ins fail: all limits of sign-ins are quartered.")
            }
        }
    }
}

impl JobRow {
    fn new(state: JobState, now: OffsetDateTime) -> Self {
        let result = match (&state.failure, state.is_late) {
            (Some(_), _) => ("Failed", "off"),
            (None, true) => ("Late", "soon"),
            (None, false) => ("Done", "plain"),
        };
        let place = if state.on_one_node { "One at a time".to_owned() } else { format!("Each of {}", state.nodes) };
        let took = format!("{:.3} s", state.longest_seconds);
        Self { name: state.job, place, last: Moment::new(state.last_at, now), took, result, failure: state.failure }
    }
}

/// What happened lately.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let is_day = query.raw("over") == Some("day");
            let (step, count) = if is_day { (Duration::hours(1), 24) } else { (Duration::minutes(5), 12) };
            let steps = Steps::until(admin.now, step, count);
            let since = steps.since;
            let tallies = defence::tallies(&admin.app.db, since, step).await?;
            let chart = |id, title, name, colour, count: &dyn Fn(&str, i64) -> i64| {
                let counted = tallies.iter().map(|(start, what, n)| (*start, count(what, *n)));
                let counts = steps.counts(counted).into_iter().map(|count| count.max(0)).collect();
                Chart::new(id, title, &steps, vec![Series { name, colour, counts }])
            };
            let total = |what: &str| tallies.iter().filter(|(_, found, _)| found == what).map(|(.., n)| n).sum();
            let held = users::held(&admin.app.db, MOST_HELD).await?.into_iter().map(|user| HeldRow {
                user_id: user.user_id.to_string(),
                username: user.username,
                since: Moment::new(user.held_at, admin.now),
            });
            let jobs = jobs::states(&admin.app.db, admin.now).await?.into_iter();
            let shell = admin.shell(Section::Attacks);
            let content = Security {
                shell: &shell,
                held: held.collect(),
                tightness: admin.app.tightness(),
                is_day,
                charts: vec![
                    chart("failures", "Sign-ins that failed", "Failed", "plot-bad", &failures),
                    chart("refusals", "Attempts and requests that were refused", "Refused", "plot-2", &refusals),
                    chart("unknown", "Unknown usernames tried", "Tried", "plot-5", &unknown_names),
                ],
                refusals: REFUSALS.map(|(what, name)| (name, total(what))).into(),
                networks: defence::most_refused(&admin.app.db, since)
                    .await?
                    .into_iter()
                    .map(|row| refused(&admin, row))
                    .collect(),
                jobs: jobs.map(|state| JobRow::new(state, admin.now)).collect(),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

fn refused(admin: &Administrator, (network, count): (String, i64)) -> RefusedNetwork {
    let is_blocked = network.parse::<IpNet>().is_ok_and(|network| admin.app.is_blocked(network.addr()));
    RefusedNetwork { network, count, is_blocked }
}

/// Each attempt is counted when it is made, and each success when it is known.
fn failures(what: &str, count: i64) -> i64 {
    match what {
        "password.attempts" | "second_factor.attempts" => count,
        "password.successes" | "second_factor.successes" => -count,
        _ => 0,
    }
}

fn refusals(what: &str, count: i64) -> i64 {
    if what.ends_with(".refusals") { count } else { 0 }
}

fn unknown_names(what: &str, count: i64) -> i64 {
    if what == "unknown_names" { count } else { 0 }
}
