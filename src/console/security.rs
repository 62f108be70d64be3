//! What attackers do, as all nodes saw it: failures, refusals, names that nobody has; and how the jobs of the nodes ran.

use askama::Template;
use axum::response::{IntoResponse, Response};
use time::{Duration, OffsetDateTime, macros::format_description};

use super::session::Administrator;
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
    pub networks: Vec<(String, i64)>,
    /// How jobs ran.
    pub jobs: Vec<JobRow>,
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

/// One thing that was counted, over time.
pub struct Chart {
    /// For the elements of the page.
    pub id: &'static str,
    /// What was counted.
    pub name: &'static str,
    /// How often in all.
    pub total: i64,
    /// How often in each step of time, the oldest first.
    pub bars: Vec<Bar>,
}

/// How often in one step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// When it began: `14:05`, in UTC.
    pub start: String,
    /// How often.
    pub count: i64,
    /// From 0 to 100, of the highest.
    pub height: i64,
}

/// The name of each kind of refusal, and what an operator calls it.
const REFUSALS: [(&str, &str); 7] = [
    ("password.refusals", "Sign-ins by password"),
    ("second_factor.refusals", "Second factors"),
    ("recovery.refusals", "Recovery mails"),
    ("registration.refusals", "Registrations"),
    ("client.refusals", "Clients that failed to authenticate"),
    ("requests.refusals", "Requests over the rate limit"),
    ("networks.refusals", "Requests from networks that are denied"),
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

impl Chart {
    fn new(id: &'static str, name: &'static str, steps: &[(OffsetDateTime, i64)]) -> Self {
        let most = steps.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
        let bars = steps.iter().map(|(start, count)| Bar {
            start: start.format(format_description!("[hour]:[minute]")).unwrap_or_default(),
            count: *count,
            // What happened at all is seen.
            height: (count * 100 / most).max(i64::from(*count > 0)),
        });
        Self { id, name, total: steps.iter().map(|(_, count)| count).sum(), bars: bars.collect() }
    }
}

/// What happened lately.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let is_day = query.raw("over") == Some("day");
            let (step, steps) = if is_day { (Duration::hours(1), 24) } else { (Duration::minutes(5), 12) };
            let since = beginning(admin.now, step, steps);
            let tallies = defence::tallies(&admin.app.db, since, step).await?;
            let over_time = |count: &dyn Fn(&str, i64) -> i64| {
                let at = |n: i32| since + step * n;
                let sum =
                    |start| tallies.iter().filter(|(at, ..)| *at == start).map(|(_, what, n)| count(what, *n)).sum();
                (0..steps).map(|n| (at(n), i64::max(0, sum(at(n))))).collect::<Vec<_>>()
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
                    Chart::new("failures", "Sign-ins that failed", &over_time(&failures)),
                    Chart::new("refusals", "Attempts and requests that were refused", &over_time(&refusals)),
                    Chart::new("unknown", "Usernames that nobody has", &over_time(&unknown_names)),
                ],
                refusals: REFUSALS.map(|(what, name)| (name, total(what))).into(),
                networks: defence::most_refused(&admin.app.db, since).await?,
                jobs: jobs.map(|state| JobRow::new(state, admin.now)).collect(),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// When the first of so many steps began, the last of which is going on.
fn beginning(now: OffsetDateTime, step: Duration, steps: i32) -> OffsetDateTime {
    let width = step.whole_seconds();
    let last = now.unix_timestamp().div_euclid(width) * width;
    OffsetDateTime::from_unix_timestamp(last).unwrap_or(now) - step * (steps - 1)
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

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_last_step_is_the_one_that_is_going_on() {
        let now = datetime!(2026-11-21 14:07:09 UTC);
        assert_eq!(beginning(now, Duration::minutes(5), 12), datetime!(2026-11-21 13:10 UTC));
        assert_eq!(beginning(now, Duration::hours(1), 24), datetime!(2026-11-20 15:00 UTC));
    }

    #[test]
    fn bars_are_as_high_as_their_share_of_the_highest_and_never_hidden() {
        let at = datetime!(2026-11-21 14:05 UTC);
        let chart = Chart::new("it", "it", &[(at, 0), (at, 1), (at, 1000), (at, 500)]);
        assert_eq!(chart.bars.iter().map(|bar| bar.height).collect::<Vec<_>>(), [0, 1, 100, 50]);
        assert_eq!((chart.total, chart.bars[0].start.as_str()), (1501, "14:05"));
    }
}
