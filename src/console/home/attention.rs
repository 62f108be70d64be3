//! What needs doing: a sentence each, with the way there.

use time::{Duration, OffsetDateTime};

use crate::{
    console::{chart::thousands, client, session::Administrator},
    policy::throttle::Tightness,
    store::{
        attention::{self, MOST, SomeClients},
        jobs::{self, JobState},
        outbox,
        signing_keys::{self, SigningKeyRow},
        users,
    },
    web::error_page::PageError,
};

/// How long before a secret or a certificate ends somebody should know.
const ENDING: Duration = Duration::days(14);
/// Signing keys should be rotated at least that often.
const OLD_KEY: Duration = Duration::days(365);
/// Mail is sent within seconds: what waits longer waits for a reason.
const LATE_MAIL: Duration = Duration::minutes(10);
const FAILED_MAIL: Duration = Duration::days(7);
const MOST_HELD: i64 = 20;

/// Something that needs doing.
pub struct Task {
    /// It cannot wait.
    pub urgent: bool,
    /// What there is, as a sentence with its number.
    pub text: String,
    /// Where it can be done: the names of things, or of a page.
    pub links: Vec<(String, String)>,
    /// How many more there are than are named, or empty.
    pub more: String,
}

/// All of it, what cannot wait first.
pub(super) async fn tasks(admin: &Administrator) -> Result<Vec<Task>, PageError> {
    let (db, now) = (&admin.app.db, admin.now);
    let (held, states, late, failed, keys, ending, anonymous) = tokio::try_join!(
        users::held(db, MOST_HELD),
        jobs::states(db, now),
        outbox::count_waiting_since(db, now - LATE_MAIL),
        attention::failed_mails(db, now - FAILED_MAIL),
        signing_keys::all(db),
        attention::clients_with_ending_secrets(db, now, now + ENDING),
        attention::clients_without_contacts(db),
    )?;
    let tasks = [
        certificate(admin.app.settings.tls.as_ref().map(|tls| tls.ends_at()), now),
        attack(admin.app.tightness()),
        takeovers(held.len()),
        hindered(&states),
        of_clients(
            &ending,
            true,
            "has no secret that works longer than 14 days",
            "have no secret that works longer than 14 days",
        ),
        mail(late, "waits for more than ten minutes", "wait for more than ten minutes"),
        mail(failed, "could not be delivered in the last 7 days", "could not be delivered in the last 7 days"),
        old_keys(&keys, now),
        of_clients(
            &admin.app.unused_clients(),
            false,
            "has not used its secret for 90 days",
            "have not used their secrets for 90 days",
        ),
        of_clients(&anonymous, false, "names nobody who answers for it", "name nobody who answers for them"),
    ];
    let mut tasks = tasks.into_iter().flatten().collect::<Vec<_>>();
    tasks.sort_by_key(|task| !task.urgent);
    Ok(tasks)
}

fn certificate(ends_at: Option<OffsetDateTime>, now: OffsetDateTime) -> Option<Task> {
    let left = ends_at? - now;
    let text = match left.whole_days() {
        _ if left > ENDING => return None,
        _ if left <= Duration::ZERO => {
            "The TLS certificate of this server has ended: nobody trusts it any more.".to_owned()
        }
        1 => "The TLS certificate of this server ends in 1 day.".to_owned(),
        days => format!("The TLS certificate of this server ends in {days} days."),
    };
    Some(Task::at(true, text, "In force", "/admin/settings"))
}

fn attack(tightness: Tightness) -> Option<Task> {
    let text = match tightness {
        Tightness::Normal => return None,
        Tightness::Half => "Many sign-ins fail: somebody may be guessing passwords. All limits are halved.",
        Tightness::Quarter => "Very many sign-ins fail: somebody may be guessing passwords. All limits are quartered.",
    };
    Some(Task::at(true, text.to_owned(), "Attacks", "/admin/security"))
}

fn takeovers(held: usize) -> Option<Task> {
    let count = i64::try_from(held).unwrap_or(i64::MAX);
    let text = of(count, "account", "may be being taken over", "may be being taken over");
    (held > 0).then(|| Task::at(true, text, "Attacks", "/admin/security"))
}

fn hindered(states: &[JobState]) -> Option<Task> {
    let hindered = states.iter().filter(|state| state.failure.is_some() || state.is_late);
    let count = i64::try_from(hindered.count()).unwrap_or(i64::MAX);
    let text = of(count, "job", "of the servers was not done, or is late", "of the servers were not done, or are late");
    (count > 0).then(|| Task::at(true, text, "What the servers do", "/admin/security#jobs-heading"))
}

fn mail(count: i64, one: &str, several: &str) -> Option<Task> {
    let text = of(count, "mail", one, several);
    (count > 0).then(|| Task::at(true, text, "What the servers do", "/admin/security#jobs-heading"))
}

fn old_keys(keys: &[SigningKeyRow], now: OffsetDateTime) -> Option<Task> {
    let active = keys.iter().filter(|key| key.state == "active");
    let old = active.filter(|key| now - key.activated_at.unwrap_or(key.created_at) > OLD_KEY).count();
    let count = i64::try_from(old).unwrap_or(i64::MAX);
    let text = of(count, "signing key", "has signed for more than a year", "have signed for more than a year");
    (old > 0).then(|| Task::at(false, text, "Keys", "/admin/keys"))
}

fn of_clients(clients: &SomeClients, urgent: bool, one: &str, several: &str) -> Option<Task> {
    let named = clients.first.iter().map(|(id, name)| (name.clone(), client::path(id)));
    let more = clients.count - i64::try_from(clients.first.len()).unwrap_or_default();
    (clients.count > 0).then(|| Task {
        urgent,
        text: of(clients.count, "client", one, several),
        links: named.collect(),
        more: match more {
            ..=0 => String::new(),
            _ if clients.count > MOST => "and many more".to_owned(),
            more => format!("and {} more", thousands(more)),
        },
    })
}

impl Task {
    fn at(urgent: bool, text: String, name: &str, url: &str) -> Self {
        Self { urgent, text, links: vec![(name.to_owned(), url.to_owned())], more: String::new() }
    }
}

/// "1 client has …", "3 clients have …"
fn of(count: i64, thing: &str, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {thing} {one}.") } else { format!("{} {thing}s {several}.", count_of(count)) }
}

/// Beyond the most that are counted, nobody knows how many.
fn count_of(count: i64) -> String {
    if count > MOST { format!("More than {}", thousands(MOST)) } else { thousands(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_with_what_it_counts() {
        let clients = |count| SomeClients { count, first: vec![("a b".into(), "One".into())] };
        let told = |count| of_clients(&clients(count), true, "has it", "have it").map(|task| (task.text, task.more));

        assert_eq!(told(0), None);
        assert_eq!(told(1), Some(("1 client has it.".to_owned(), String::new())));
        assert_eq!(told(3), Some(("3 clients have it.".to_owned(), "and 2 more".to_owned())));
        assert_eq!(told(1001).unwrap().0, "More than 1,000 clients have it.");
        assert_eq!(of_clients(&clients(1), true, "", "").unwrap().links[0].1, "/admin/clients/a+b");
    }

    #[test]
    fn an_attack_is_told_while_it_goes_on() {
        assert!(attack(Tightness::Normal).is_none());
        assert!(attack(Tightness::Quarter).is_some_and(|task| task.urgent));
    }
}
