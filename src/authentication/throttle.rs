//! Who has failed too often must wait, before anything expensive or secret is looked at.
//!
//! Counters are rows that all nodes share. An attempt counts as a failure at once, in one transaction that holds its
//! rows, so that a hundred attempts side by side get no further than a hundred in a row; a success gives back what it
//! counted. Refused attempts count nothing: a block ends in time, however often somebody knocks. Known and unknown
//! names are counted alike.
//!
//! | what | whose | failures |
//! |---|---|---|
//! | password | account | 10 in 15 min, then 15 min, 30 min, 1 h … 24 h; 100 in a row, then only by known device, passkey, recovery |
//! | password | account, from its known devices | the same, of its own |
//! | second factor | account | 5 in 15 min, then as above |
//! | second factor | account, from its known devices | the same, of its own |
//! | password, second factor | address; block (/24, /48) | 30 in a minute each (settings); not from known devices |
//! | password | client application | above 100 in a minute: the limits above are halved |
//! | recovery, registration | address; block | 10, 30 in an hour |
//! | client | client and address; address, for ids that no client has | 20 different ones in a minute each; IPv6 /56 80, /48 320 |
//! | client | client, everywhere | above 200 in a minute: halves that |

mod counted;
mod kind;

use std::{hash::Hash, net::IpAddr};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use counted::{WINDOW_OF_CLIENTS, account_keys, client_keys, counted};
pub use kind::Kind;

use crate::{
    app::{Actor, App, AuditUnavailable, InternalError, user_in_record},
    network,
    policy::{
        event::Event,
        throttle as rule,
        throttle::{Counter, Limit},
    },
    server::request_id,
    store::{
        pool,
        throttles::{self, Counted},
    },
};

/// Whose account is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account<'a> {
    /// There is one.
    User(Uuid),
    /// There is none with this name (`model::user::username_key`).
    Unknown(&'a str),
}

/// An attempt that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// What is tried.
    pub kind: Kind,
    /// Whose account.
    pub account: Option<Account<'a>>,
    /// The client that authenticates, or at which somebody signs in. Whoever authenticates by an id that no client has is
    /// none: it could make up another for each attempt.
    pub client: Option<&'a str>,
    /// The IP address it comes from.
    pub address: &'a str,
    /// Whether it comes from a browser in which the user of this account has signed in before.
    pub device_known: bool,
}

/// Too many have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts have failed")]
pub struct Refused {
    /// When another try makes sense.
    pub retry_after: Duration,
}

/// Why an attempt cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// Too many have failed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It could not be counted.
    #[error("the attempt could not be counted")]
    Internal(InternalError),
}

impl<E: Into<InternalError>> From<E> for NotAdmitted {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// An attempt that was counted, as a failure until it [succeeds](Self::succeeded).
#[must_use]
pub struct Admitted {
    kind: Kind,
    /// Each counter, with the window that it was raised in.
    counted: Vec<(Counted, OffsetDateTime)>,
    /// What a success clears.
    account: Vec<String>,
}

/// The longest wait that anybody is told: what is refused for good is not said to be.
const LONGEST_ADVICE: Duration = Duration::hours(24);

/// Counts an attempt, before it is made.
///
/// # Errors
/// [`NotAdmitted`]
pub async fn attempt(app: &App, attempt: &Attempt<'_>, now: OffsetDateTime) -> Result<Admitted, NotAdmitted> {
    if matches!(attempt.account, Some(Account::Unknown(_))) {
        app.tally("unknown_names");
    }
    let counted = counted(&app.settings.defence, attempt);
    if let Some(until) = app.refused_just_now(counted.iter().map(|(it, _)| it.key.as_str()), now) {
        return Err(refuse(app, attempt.kind, attempt.address(), until, now).into());
    }
    let mut tx = pool::begin(&app.db).await?;
    let locked = throttles::lock(&mut tx, &counted.iter().map(|(it, _)| it.clone()).collect::<Vec<_>>(), now).await?;
    let found = |it: &Counted| locked.get(&it.key).copied().unwrap_or(Counter::new(now));
    let counters = counted.iter().map(|(it, limit)| (*limit, found(it))).collect::<Vec<_>>();

    match rule::admit(&counters, app.tightness(), now) {
        Ok(raised) => {
            let keys = counted.iter().map(|(it, _)| it.key.as_str());
            throttles::write(&mut tx, &keys.zip(raised.iter().copied()).collect::<Vec<_>>()).await?;
            tx.commit().await?;
            app.tally(attempt.kind.tallies().attempts);
            refuse_full_clients(app, counted.iter().map(|(it, _)| it).zip(raised.iter().copied()));
            Ok(Admitted::new(attempt, counted, &raised))
        }
        Err(until) => {
            drop(tx); // nothing was counted
            remember_refusals(app, attempt, counted.iter().map(|(it, _)| (it, found(it))), now).await?;
            Err(refuse(app, attempt.kind, attempt.address(), until, now).into())
        }
    }
}

/// Until when no password of an account is looked at from where its user is not known. `None`: it is.
///
/// # Errors
/// The database cannot be asked.
pub async fn password_refused_until(app: &App, user_id: Uuid) -> sqlx::Result<Option<OffsetDateTime>> {
    let [anywhere, _] = account_keys(Kind::Password, Account::User(user_id));
    throttles::refuses_until(&app.db, &anywhere).await
}

/// Clears the password counters of an account whose user has proven in another way who they are: by a passkey, or by
/// recovery.
///
/// # Errors
/// The database refused.
pub async fn forgive(app: &App, user_id: Uuid) -> sqlx::Result<()> {
    clear(app, Kind::Password, user_id).await
}

/// Clears the second-factor counter of an account whose factors an administrator has taken away.
///
/// # Errors
/// The database refused.
pub async fn forgive_second_factor(app: &App, user_id: Uuid) -> sqlx::Result<()> {
    clear(app, Kind::SecondFactor, user_id).await
}

async fn clear(app: &App, kind: Kind, user_id: Uuid) -> sqlx::Result<()> {
    let keys = account_keys(kind, Account::User(user_id));
    give_back(app, keys.map(|key| (key, None)).into()).await
}

/// Whether somebody may try a secret of a client from an address (`None`: of an id that no client has). Costs no statement:
/// the nodes poll who may not (CA-24).
///
/// A neighbour behind the same gateway must not shut a client out, so this is asked of wrong secrets, and of right ones that
/// [could be guessed](crate::protocol::client::AuthenticatedClient::could_be_guessed). All others pass; how many requests
/// there are is limited elsewhere.
///
/// # Errors
/// [`Refused`]
pub fn ensure_client_may_try(
    app: &App,
    client: Option<&str>,
    address: IpAddr,
    now: OffsetDateTime,
) -> Result<(), Refused> {
    match app.refused_client(|| client_keys(client, address).map(|(key, _)| key), now) {
        Some(until) => Err(refuse(app, Kind::Client, Some(address), until, now)),
        None => Ok(()),
    }
}

/// Counts that a client failed to authenticate from an address (`None`: by an id that no client has) by this guess.
/// The same one again counts once in a minute: a deployment with an old secret guesses nothing, however often it tries.
///
/// # Errors
/// [`NotAdmitted`]: it failed too often.
pub async fn client_failed(
    app: &App,
    client: Option<&str>,
    address: IpAddr,
    guess: &impl Hash,
    now: OffsetDateTime,
) -> Result<(), NotAdmitted> {
    let whose = client_keys(client, address).map(|(key, _)| key).next().unwrap_or_default();
    if !app.is_news(whose, guess, now + WINDOW_OF_CLIENTS, now) {
        return Ok(());
    }
    let address = &address.to_string();
    let failure = Attempt { kind: Kind::Client, account: None, client, address, device_known: false };
    attempt(app, &failure, now).await.map(drop)
}

impl Admitted {
    fn new(attempt: &Attempt<'_>, counted: Vec<(Counted, Limit)>, raised: &[Counter]) -> Self {
        let account = attempt.account.into_iter().flat_map(|account| account_keys(attempt.kind, account)).collect();
        let counted = counted.into_iter().zip(raised).map(|((it, _), counter)| (it, counter.since)).collect();
        Self { kind: attempt.kind, counted, account }
    }

    /// Clears the account, from wherever the attempt came, and gives back what this one attempt counted elsewhere.
    ///
    /// # Errors
    /// The database refused. The attempt then stays a failure.
    pub async fn succeeded(self, app: &App) -> sqlx::Result<()> {
        app.tally(self.kind.tallies().successes);
        let shared = self.counted.into_iter().filter(|(it, _)| it.kind != counted::ACCOUNT);
        let shared = shared.map(|(it, since)| (it.key, Some(since)));
        give_back(app, shared.chain(self.account.into_iter().map(|key| (key, None))).collect()).await
    }

    /// Gives back what was counted: nothing was looked at after all, so nothing failed.
    ///
    /// # Errors
    /// The database refused. The attempt then stays a failure.
    pub async fn withdrawn(self, app: &App) -> sqlx::Result<()> {
        app.tally(self.kind.tallies().successes); // failures are shown as attempts less successes
        give_back(app, self.counted.into_iter().map(|(it, since)| (it.key, Some(since))).collect()).await
    }
}

async fn give_back(app: &App, counted: Vec<(String, Option<OffsetDateTime>)>) -> sqlx::Result<()> {
    app.forget_refusals(counted.iter().map(|(key, _)| key.as_str()));
    throttles::give_back(&app.db, &counted).await
}

impl Attempt<'_> {
    fn address(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }
}

/// The next request of a client that has just failed too often is refused before its secret is looked at.
fn refuse_full_clients<'a>(app: &App, counters: impl Iterator<Item = (&'a Counted, Counter)>) {
    for (it, counter) in counters.filter(|(it, _)| it.kind == counted::CLIENT) {
        if let Some(until) = counter.blocked_until {
            app.refuse_client(it.key.clone(), until);
        }
    }
}

/// Counts a refusal for those who watch, and says when another try makes sense.
fn refuse(app: &App, kind: Kind, address: Option<IpAddr>, until: OffsetDateTime, now: OffsetDateTime) -> Refused {
    app.tally(kind.tallies().refusals);
    if let Some(address) = address {
        app.tally_refused(network::block_of(address).to_string());
    }
    Refused { retry_after: (until - now).clamp(Duration::seconds(1), LONGEST_ADVICE) }
}

/// Remembers which counters refuse, and records each when it begins to: one event, not one for each knock.
async fn remember_refusals(
    app: &App,
    attempt: &Attempt<'_>,
    counters: impl Iterator<Item = (&Counted, Counter)>,
    now: OffsetDateTime,
) -> Result<(), AuditUnavailable> {
    for (it, counter) in counters {
        let Some(until) = counter.blocked_until.filter(|until| *until > now) else { continue };
        if app.remember_refusal(&it.key, until, now) {
            let actor = Actor {
                request_id: request_id::current().map(|id| id.to_string()),
                ip: Some(attempt.address.to_owned()),
                ..Actor::default()
            };
            let mut event = app.event(Event::ThrottleRefused, &actor, now).because(format!(
                "{} ({})",
                attempt.kind.as_str(),
                it.kind
            ));
            event.subject = it.user_id.map(user_in_record);
            app.record(event).await?;
        }
    }
    Ok(())
}
