//! What is plotted: the same thing has the same name and colour everywhere.

use crate::{
    console::chart::{Chart, Series, Steps, thousands},
    policy::counted::Counted,
    store::counts::{BusyClient, Count},
};

/// A thing that is plotted: its name, its colour, and under which names it is counted. None: all that others do not name.
type Thing = (&'static str, &'static str, &'static [&'static str]);

const TOKENS: &[Thing] = &[
    ("After a sign-in", "plot-1", &["authorization_code"]),
    ("Refreshed", "plot-2", &["refresh_token"]),
    ("For services", "plot-3", &["client_credentials"]),
];
const SIGN_INS: &[Thing] = &[("Signed in", "plot-1", &["success"]), ("Failed", "plot-bad", &["failure"])];
const PROOFS: &[Thing] = &[
    ("Password", "plot-4", &["password"]),
    ("Authenticator app", "plot-5", &["app"]),
    ("Passkey", "plot-1", &["passkey"]),
    ("Recovery code", "plot-3", &["recovery_code"]),
];
const FAILURES: &[Thing] = &[
    ("Sign-ins", "plot-bad", &["sign_in"]),
    ("Second factors", "plot-5", &["factor.used"]),
    ("Clients that did not authenticate", "plot-3", &["client.authentication"]),
    ("Authorization requests", "plot-2", &["authorization.refused", "redirect.refused"]),
    (
        "Codes and refresh tokens",
        "plot-4",
        &["code.refused", "code.replayed", "refresh_token.refused", "refresh_token.reused"],
    ),
    ("Other", "plot-6", &[]),
];

/// Things by their size.
pub struct Ranked {
    /// What it is.
    pub name: String,
    /// Where it leads. May be empty.
    pub url: String,
    /// The class of its colour.
    pub colour: &'static str,
    /// Its size in words.
    pub value: String,
    /// Its share of the largest, from 1 to 100.
    pub share: i64,
}

impl Ranked {
    /// A client with how often it got tokens. `most`: how often the busiest did.
    pub(super) fn client(client: BusyClient, url: String, most: i64) -> Self {
        let share = (client.count * 100 / most.max(1)).clamp(1, 100);
        Self { name: client.name, url, colour: "plot-1", value: thousands(client.count), share }
    }
}

/// The plots of what was counted.
pub(super) fn charts(counted: &[Count], steps: &Steps) -> Vec<Chart> {
    let chart = |id, title, what: Counted, things: &[Thing]| {
        let counted = counted.iter().filter(|count| count.what == what.as_str()).collect::<Vec<_>>();
        Chart::new(id, title, steps, series(&counted, things, steps))
    };
    vec![
        chart("tokens", "Tokens", Counted::Tokens, TOKENS),
        chart("sign-ins", "Sign-ins", Counted::SignIns, SIGN_INS),
        chart("failures", "Failures", Counted::Failures, FAILURES),
        chart("proofs", "How people prove who they are", Counted::Proofs, PROOFS),
    ]
}

fn series(counted: &[&Count], things: &[Thing], steps: &Steps) -> Vec<Series> {
    let is_named = |which: &str| things.iter().any(|(.., names)| names.contains(&which));
    let one = |(name, colour, names): &Thing| {
        let of_it = counted.iter().filter(|count| {
            let which = count.which.as_str();
            names.contains(&which) || names.is_empty() && !is_named(which)
        });
        Series { name, colour, counts: steps.counts(of_it.map(|count| (count.start, count.count))) }
    };
    things.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn what_has_no_name_of_its_own_is_counted_with_the_others() {
        let now = datetime!(2026-11-21 14:07 UTC);
        let count = |which: &str, count| Count {
            start: datetime!(2026-11-21 14:00 UTC),
            what: "failures".to_owned(),
            which: which.to_owned(),
            count,
        };
        let counted = [count("sign_in", 2), count("code.refused", 1), count("code.replayed", 1), count("new.event", 5)];

        let charts = charts(&counted, &Steps::until(now, Duration::hours(1), 24));

        let told = charts[2].series.iter().map(|series| (series.name, series.total.as_str())).collect::<Vec<_>>();
        assert_eq!(told, [("Sign-ins", "2"), ("Codes and refresh tokens", "2"), ("Other", "5")]);
        assert_eq!((charts[2].total.as_str(), charts[0].total.as_str()), ("9", "0"));
    }
}
