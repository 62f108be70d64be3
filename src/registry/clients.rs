//! Changes of clients, as console and command line ask for them.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Attempt, ChangeError, NoneMade, Principal, RecentPrincipal, make, make_all, make_possible};
use crate::{
    app::App,
    clock::time_ordered_id,
    policy::{
        change::{Change, Thing},
        new_client::{NewClient, check_secret},
    },
    protocol::{
        client::{Client, ClientSecret, KeptSecret},
        client_metadata::ClientMetadata,
    },
    secret::{Secret, SecretKind, random_bytes},
};

pub use crate::policy::change::{LONGEST_OVERLAP, MOST_SECRETS};

/// A client that was registered just now.
pub struct Created {
    /// What it is registered as.
    pub client: Client,
    /// Its secret, which is shown this once. `None`: a public client.
    pub secret: Option<Secret>,
}

/// Registers a client.
///
/// # Errors
/// [`ChangeError::Invalid`]: it breaks rules, or the client id is taken.
pub async fn create(app: &App, by: &RecentPrincipal, new: NewClient) -> Result<Created, ChangeError> {
    let (change, secret) = registration(app, new)?;
    created(make(app, by, change).await?, secret)
}

/// Registers all of these clients, or none.
///
/// # Errors
/// [`NoneMade`]: which of them breaks rules, and which rules.
pub async fn create_all(app: &App, by: &RecentPrincipal, new: Vec<NewClient>) -> Result<Vec<Created>, NoneMade> {
    let at = |place| move |error| NoneMade { place: Some(place), error };
    let (mut changes, mut secrets) = (Vec::with_capacity(new.len()), Vec::with_capacity(new.len()));
    for (place, new) in new.into_iter().enumerate() {
        let (change, secret) = registration(app, new).map_err(at(place))?;
        changes.push(change);
        secrets.push(secret);
    }
    let made = make_all(app, by, &changes).await?.into_iter().zip(secrets).enumerate();
    made.map(|(place, (after, secret))| created(after, secret).map_err(at(place))).collect()
}

/// Registers those of these clients that can be, in this order, and says of each.
///
/// # Errors
/// None was registered, because of what they have in common.
pub async fn create_possible(
    app: &App,
    by: &RecentPrincipal,
    new: Vec<NewClient>,
    attempt: Attempt,
) -> Result<Vec<Result<Created, ChangeError>>, ChangeError> {
    let registrations = new.into_iter().map(|new| registration(app, new)).collect::<Vec<_>>();
    let changes = registrations.iter().filter_map(|one| one.as_ref().ok().map(|(change, _)| change.clone()));
    let mut made = make_possible(app, by, &changes.collect::<Vec<_>>(), attempt).await?.into_iter();
    let each = registrations.into_iter().map(|one| {
        let (_, secret) = one?;
        created(made.next().ok_or(ChangeError::Unknown)??, secret)
    });
    Ok(each.collect())
}

/// Replaces the metadata of a client, all but its type.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when it was read.
pub async fn update(
    app: &App,
    by: &Principal,
    client_id: &str,
    revision: i32,
    metadata: &ClientMetadata,
) -> Result<(), ChangeError> {
    let metadata = Box::new(metadata.clone());
    let change = Change::EditClient { client_id: client_id.to_owned(), revision, metadata };
    make(app, by, change).await.map(|_| ())
}

/// Whether [`update`] would be made. Nothing is.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`], or the database cannot be asked.
pub async fn would_update(
    app: &App,
    by: &Principal,
    client_id: &str,
    revision: i32,
    metadata: &ClientMetadata,
) -> Result<bool, ChangeError> {
    let metadata = Box::new(metadata.clone());
    let change = Change::EditClient { client_id: client_id.to_owned(), revision, metadata };
    let tried = make_possible(app, by, &[change], Attempt::DryRun).await?;
    Ok(tried.iter().all(Result::is_ok))
}

/// Switches a client on or off. Either way it loses every grant and token that it has.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn set_enabled(app: &App, by: &Principal, client_id: &str, enabled: bool) -> Result<(), ChangeError> {
    make(app, by, Change::SwitchClient { client_id: client_id.to_owned(), enabled }).await.map(|_| ())
}

/// Switches those of these clients on or off that can be, and says of each why it was not: together, so that none stands between.
///
/// # Errors
/// None was, because of what they have in common.
pub async fn set_all_enabled(
    app: &App,
    by: &Principal,
    client_ids: &[String],
    enabled: bool,
) -> Result<Vec<Result<(), ChangeError>>, ChangeError> {
    let change = |client_id: &String| Change::SwitchClient { client_id: client_id.clone(), enabled };
    let changes = client_ids.iter().map(change).collect::<Vec<_>>();
    let made = make_possible(app, by, &changes, Attempt::Real).await?;
    Ok(made.into_iter().map(|made| made.map(|_| ())).collect())
}

/// Gives a client to another owner, or to nobody.
///
/// # Errors
/// [`ChangeError::Invalid`]: there is no such user.
pub async fn give(app: &App, by: &RecentPrincipal, client_id: &str, owner: Option<Uuid>) -> Result<(), ChangeError> {
    make(app, by, Change::GiveClient { client_id: client_id.to_owned(), owner }).await.map(|_| ())
}

/// Removes a client, with everything that it was granted.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn delete(app: &App, by: &RecentPrincipal, client_id: &str) -> Result<(), ChangeError> {
    make(app, by, Change::DeleteClient { client_id: client_id.to_owned() }).await.map(|_| ())
}

/// Gives a client a new secret in place of the one that has no name, which works for `overlap` more.
///
/// # Errors
/// As for [`add_secret`].
pub async fn rotate_secret(
    app: &App,
    by: &RecentPrincipal,
    client_id: &str,
    overlap: Duration,
) -> Result<Secret, ChangeError> {
    add_secret(app, by, client_id, "", Some(overlap)).await
}

/// Gives a client a new secret of this name. The one that it had of this name works for `overlap` more; older ones end now.
/// Without an overlap there must be none of this name.
///
/// # Errors
/// [`ChangeError::Invalid`]: an overlap below zero or above [`LONGEST_OVERLAP`], a name that is taken or no text, or there
/// are [`MOST_SECRETS`] already.
pub async fn add_secret(
    app: &App,
    by: &RecentPrincipal,
    client_id: &str,
    name: &str,
    overlap: Option<Duration>,
) -> Result<Secret, ChangeError> {
    let secret = Secret::generate(SecretKind::ClientSecret);
    let row = ClientSecret { name: name.trim().to_owned(), ..row(&secret, app.clock.now()) };
    make(app, by, Change::AddClientSecret { client_id: client_id.to_owned(), secret: row, overlap }).await?;
    Ok(secret)
}

/// Ends one of a client's secrets now.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: it is the last one that works.
pub async fn end_secret(app: &App, by: &RecentPrincipal, client_id: &str, secret_id: Uuid) -> Result<(), ChangeError> {
    make(app, by, Change::EndClientSecret { client_id: client_id.to_owned(), secret_id }).await.map(|_| ())
}

/// The change that registers a client, and its secret: one that it brings, or a new one.
///
/// # Errors
/// [`ChangeError::Invalid`]: the secret that it brings is too weak.
pub fn registration(app: &App, new: NewClient) -> Result<(Change, Option<Secret>), ChangeError> {
    let NewClient { client_id, client_secret, secret_expires_at, enabled, metadata } = new;
    if let Some(Err(refusal)) = client_secret.as_ref().map(check_secret) {
        return Err(refusal.into());
    }
    let now = app.clock.now();
    let (secret, row) = match client_secret {
        Some(secret) => {
            let row = row(&secret, now);
            let kept = app.seal_brought_secret(row.secret_id, &secret.hash())?;
            (Some(secret), Some(ClientSecret { kept, generated: false, expires_at: secret_expires_at, ..row }))
        }
        None if !metadata.uses_secret() => (None, None),
        None => {
            let secret = Secret::generate(SecretKind::ClientSecret);
            let row = row(&secret, now);
            (Some(secret), Some(row))
        }
    };
    let client_id = client_id.unwrap_or_else(new_client_id);
    Ok((Change::RegisterClient { client_id, metadata: Box::new(metadata), secret: row, enabled }, secret))
}

/// The client that was registered by such a change.
///
/// # Errors
/// [`ChangeError::Unknown`]: none was.
pub fn created(after: Option<Thing>, secret: Option<Secret>) -> Result<Created, ChangeError> {
    match after {
        Some(Thing::Client(client)) => Ok(Created { client: *client, secret }),
        _ => Err(ChangeError::Unknown),
    }
}

/// What is kept of a secret that we made.
fn row(secret: &Secret, now: OffsetDateTime) -> ClientSecret {
    ClientSecret {
        secret_id: time_ordered_id(now),
        name: String::new(),
        kept: KeptSecret::Hash(secret.hash()),
        last_four: secret.last_four().to_owned(),
        generated: true,
        created_at: now,
        expires_at: None,
    }
}

/// 100 random bits in letters and digits that are hard to confuse.
fn new_client_id() -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    random_bytes::<20>().iter().map(|byte| char::from(DIGITS[usize::from(byte & 31)])).collect()
}
