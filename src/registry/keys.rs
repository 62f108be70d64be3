//! The life of signing keys: each algorithm has one that signs and one that is published to be next.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{ChangeError, Changing, Principal, RecentPrincipal};
use crate::{
    app::{Actor, App},
    keys::{self, GeneratedKey, MasterKey, SigningKey, generate::GenerateError, master_key::SealFailed},
    policy::{
        change::{Deed, right_of},
        event::Event,
        feed::Part,
    },
    protocol::signing_algorithm::SigningAlgorithm,
    server::waiting::Waiting,
    store::signing_keys::{self, SigningKeyRow},
};

/// One key is made at a time: an RSA key may keep a core busy for seconds.
static MAKING: Semaphore = Semaphore::const_new(1);

/// Why no key could be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NoKey {
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error(transparent)]
    Seal(#[from] SealFailed),
    #[error("the generation of a key was interrupted")]
    Interrupted,
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
}

/// Makes the keys that a new installation lacks: for each algorithm an active one and the next. Of several nodes that
/// start at once, the keys of one are kept.
///
/// # Errors
/// [`ChangeError::NoKey`]
pub async fn create_missing(app: &App) -> Result<(), ChangeError> {
    let lacking = missing(&signing_keys::all(&app.db).await?);
    if lacking.is_empty() {
        return Ok(());
    }
    let generated = generate(lacking).await?; // before the lock: it may take seconds
    let by = Principal::operator(Actor::system());
    let mut changing = Changing::begin_other(app, &by, right_of(Deed::ChangeKeys)).await?;
    let now = changing.now();
    signing_keys::lock(changing.tx()).await?;
    let mut lacking = missing(&signing_keys::all(&mut *changing.tx()).await?);
    for key in generated {
        let Some(place) = lacking.iter().position(|algorithm| *algorithm == key.algorithm) else { continue };
        lacking.swap_remove(place);
        if !insert_next(changing.tx(), app.master_key(), &key, now).await? {
            // The key that waits becomes the active one, which makes room for this one.
            signing_keys::rotate(changing.tx(), key.algorithm, now).await?;
            insert_next(changing.tx(), app.master_key(), &key, now).await?;
        }
        let event = app.event(Event::KeyCreated, by.actor(), now).about(format!("key:{}", key.kid));
        changing.record(event.change(None, Some(json!({ "algorithm": key.algorithm }))));
    }
    changing.touch(Part::Keys);
    changing.commit().await
}

/// Puts the next key of one algorithm, or of all, to use, and publishes new ones to be next. The keys that signed so far
/// only verify from now on.
///
/// # Errors
/// [`ChangeError::NoKey`]
pub async fn rotate(app: &App, by: &RecentPrincipal, only: Option<SigningAlgorithm>) -> Result<(), ChangeError> {
    let algorithms = only.map_or_else(|| SigningAlgorithm::ALL.to_vec(), |algorithm| vec![algorithm]);
    let generated = generate(algorithms).await?;
    // That their proof is recent was seen before the keys were made, which takes its time.
    let mut changing = Changing::begin_other(app, by, right_of(Deed::ChangeKeys).proven()).await?;
    let now = changing.now();
    signing_keys::lock(changing.tx()).await?;
    for key in generated {
        let before = signing_keys::all(&mut *changing.tx()).await?;
        let kid_of =
            |state| Some(before.iter().find(|row| row.alg == key.algorithm && row.state == state)?.kid.as_str());
        signing_keys::rotate(changing.tx(), key.algorithm, now).await?;
        insert_next(changing.tx(), app.master_key(), &key, now).await?;
        let before_and_after = (
            json!({ "active": kid_of("active"), "next": kid_of("next") }),
            json!({ "active": kid_of("next"), "next": key.kid }),
        );
        let event =
            app.event(Event::KeyRotated, by.actor(), now).about(format!("key:{}", kid_of("next").unwrap_or_default()));
        changing.record(event.change(Some(before_and_after.0), Some(before_and_after.1)));
    }
    changing.touch(Part::Keys);
    changing.commit().await
}

/// Takes a key away at once, because somebody else may know it: it is published no more, and what it signed is no token
/// of ours any more. If it was active, the next key signs from now on; a new one is published to be next.
///
/// # Errors
/// [`ChangeError::Unknown`], [`ChangeError::NoKey`]
pub async fn withdraw(app: &App, by: &RecentPrincipal, kid: &str) -> Result<(), ChangeError> {
    let find = |rows: Vec<SigningKeyRow>| rows.into_iter().find(|row| row.kid == kid).ok_or(ChangeError::Unknown);
    let algorithm = find(signing_keys::all(&app.db).await?)?.alg;
    let generated = generate(vec![algorithm]).await?; // before the lock: it may take seconds
    let mut changing = Changing::begin_other(app, by, right_of(Deed::ChangeKeys).proven()).await?;
    let now = changing.now();
    signing_keys::lock(changing.tx()).await?;
    let withdrawn = find(signing_keys::all(&mut *changing.tx()).await?)?;
    signing_keys::remove(&mut *changing.tx(), kid).await?;
    if withdrawn.state == "active" {
        signing_keys::rotate(changing.tx(), algorithm, now).await?;
    }
    for key in generated {
        insert_next(changing.tx(), app.master_key(), &key, now).await?; // not if there is a next one still
    }
    let before = json!({ "algorithm": algorithm, "state": withdrawn.state });
    let event = app.event(Event::KeyWithdrawn, by.actor(), now).about(format!("key:{kid}")).change(Some(before), None);
    changing.record(event);
    changing.touch(Part::Keys);
    changing.commit().await
}

/// The algorithms that lack a key, once for each key.
fn missing(rows: &[SigningKeyRow]) -> Vec<SigningAlgorithm> {
    let places = SigningAlgorithm::ALL.into_iter().flat_map(|algorithm| [(algorithm, "active"), (algorithm, "next")]);
    let is_taken = |(algorithm, state): &(_, &str)| rows.iter().any(|row| row.alg == *algorithm && row.state == *state);
    places.filter(|place| !is_taken(place)).map(|(algorithm, _)| algorithm).collect()
}

/// Makes keys of these algorithms, one after the other, and none that nobody waits for any more.
async fn generate(algorithms: Vec<SigningAlgorithm>) -> Result<Vec<GeneratedKey>, NoKey> {
    let mut generated = Vec::new();
    for algorithm in algorithms {
        let _turn = MAKING.acquire().await.map_err(|_| NoKey::Interrupted)?;
        if !Waiting::here().goes_on() {
            return Err(NoKey::Interrupted);
        }
        let key = spawn_blocking(move || keys::generate(algorithm));
        generated.push(key.await.map_err(|_| NoKey::Interrupted)??);
    }
    Ok(generated)
}

/// `false`: another key of its algorithm is next already.
async fn insert_next(
    tx: &mut PgConnection,
    master_key: &MasterKey,
    key: &GeneratedKey,
    now: OffsetDateTime,
) -> Result<bool, NoKey> {
    let sealed = master_key.seal(&SigningKey::seal_context(&key.kid), &key.private_key)?;
    Ok(signing_keys::insert_next(tx, &key.kid, key.algorithm, &key.public_jwk, &sealed, now).await?)
}
