//! Links that anybody may ask for who is not signed in: to set a new password, or to open an account.
//!
//! Asking writes a row, the same for known and unknown users, and gets the same answer after the same work. Who is meant
//! is found out later, by whatever sends the mail, so neither words nor time tell who has an account (LG-01, LG-02).

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::link::{self, MOST_IN_AN_HOUR, Purpose};
use crate::{
    app::{Actor, App, InternalError},
    authentication::throttle::{self, Attempt, Kind, NotAdmitted},
    clock::time_ordered_id,
    config::Language,
    keys::SealContext,
    mail::{self, Message, Recipient},
    model::user::{User, username_key},
    policy::{email_address::EmailAddress, event::Event, recovery::withheld},
    secret::{Secret, SecretHash},
    store::{
        link_requests::{self, LinkRequest},
        links, outbox, pool, users,
    },
};

const HOUR: time::Duration = time::Duration::HOUR;

/// What a request holds, sealed: it names a user.
#[derive(Serialize, Deserialize)]
struct Asked {
    typed: String,
    language: String,
    request_id: Option<String>,
    ip: Option<String>,
}

/// Asks for a link, for whoever is meant by what was typed. Who asks too often gets none, and is not told (LG-25).
///
/// # Errors
/// The database refused. Nobody was told more than that.
pub async fn ask(
    app: &App,
    purpose: Purpose,
    typed: &str,
    language: Language,
    actor: &Actor,
) -> Result<(), InternalError> {
    let now = app.clock.now();
    let (kind, requested, refused) = match purpose {
        Purpose::Registration => (Kind::Registration, Event::RegistrationRequested, Event::RegistrationRefused),
        _ => (Kind::Recovery, Event::RecoveryRequested, Event::RecoveryRefused),
    };
    let address = actor.ip.as_deref().unwrap_or_default();
    let attempt = Attempt { kind, account: None, client: None, address, device_known: false };
    match throttle::attempt(app, &attempt, now).await {
        Ok(_counted) => {}
        Err(NotAdmitted::Refused(why)) => {
            return Ok(app.record(app.event(refused, actor, now).because(why.to_string())).await?);
        }
        Err(NotAdmitted::Internal(error)) => return Err(error),
    }
    let asked = Asked {
        typed: typed.to_owned(),
        language: language.tag().to_owned(),
        request_id: actor.request_id.clone(),
        ip: actor.ip.clone(),
    };
    let name = SecretHash::fingerprint(&Secret::presented(&username_key(typed)).hash());
    let event = app.event(requested, actor, now).because(format!("name {name}"));
    let mut tx = pool::begin(&app.db).await?;
    link_requests::insert(&mut *tx, &sealed(app, purpose, &asked)?).await?;
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Answers every request there is.
///
/// # Errors
/// The database refused.
pub async fn answer_all(app: &App) -> sqlx::Result<()> {
    loop {
        let mut tx = pool::begin(&app.db).await?;
        let Some(request) = link_requests::take(&mut tx).await? else { return Ok(()) };
        match opened(app, &request) {
            Some(asked) if request.purpose == Purpose::Registration.as_str() => {
                registration(app, &mut tx, &asked).await?;
            }
            Some(asked) => recovery(app, &mut tx, &asked).await?,
            None => tracing::error!("a request for a link does not open: another master key sealed it"),
        }
        tx.commit().await?;
    }
}

async fn recovery(app: &App, tx: &mut PgConnection, asked: &Asked) -> sqlx::Result<()> {
    let now = app.clock.now();
    for meant in users::meant_by(&mut *tx, &asked.typed).await? {
        users::lock(&mut *tx, meant.user_id).await?;
        let Some((user, in_use)) = users::find_with_use(&mut *tx, meant.user_id).await? else { continue };
        let Some(to) = recipient(app, &user, asked).filter(|_| user.enabled) else { continue };
        let may_have = withheld(user.held_at, user.email_given_at, in_use, now).is_none();
        let sent = links::count_of_user(&mut *tx, user.user_id, Purpose::Recovery.as_str(), now - HOUR).await?;
        if may_have && sent < MOST_IN_AN_HOUR {
            let link = link::issue(tx, app, Purpose::Recovery, to.user_id, &to.address).await?;
            mail::send(tx, app, &to, Message::Recovery { link: &link }).await?;
            note(app, tx, Event::RecoveryMailed, &user, asked).await?;
        }
    }
    Ok(())
}

async fn registration(app: &App, tx: &mut PgConnection, asked: &Asked) -> sqlx::Result<()> {
    let Ok(address) = asked.typed.parse::<EmailAddress>() else { return Ok(()) };
    let known = users::meant_by(&mut *tx, address.as_str()).await?;
    if let Some(user) = known.first() {
        return already_registered(app, tx, user, asked).await;
    }
    let since = app.clock.now() - HOUR;
    // Nobody who is disabled, or deleted but not yet erased, gets a second account.
    let is_taken = users::is_taken(&mut *tx, address.as_str()).await?;
    if !is_taken && links::count_of_address(&mut *tx, address.as_str(), since).await? < MOST_IN_AN_HOUR {
        let to = Recipient { user_id: None, address, language: asked.language(app) };
        let link = link::issue(tx, app, Purpose::Registration, None, &to.address).await?;
        mail::send(tx, app, &to, Message::Registration { link: &link }).await?;
    }
    Ok(())
}

/// Somebody opens an account who has one: they are told by mail, where nobody else sees it.
async fn already_registered(app: &App, tx: &mut PgConnection, user: &User, asked: &Asked) -> sqlx::Result<()> {
    let Some(to) = recipient(app, user, asked) else { return Ok(()) };
    users::lock(&mut *tx, user.user_id).await?;
    let (message, since) = (Message::AlreadyRegistered, app.clock.now() - HOUR);
    if outbox::count_of_user(&mut *tx, user.user_id, message.kind(), since).await? < MOST_IN_AN_HOUR {
        mail::send(tx, app, &to, message).await?;
        note(app, tx, Event::RegistrationKnown, user, asked).await?;
    }
    Ok(())
}

/// The user of an account, written to in the language of the page where the link was asked for.
fn recipient(app: &App, user: &User, asked: &Asked) -> Option<Recipient> {
    Recipient::of(app, user).map(|to| Recipient { language: asked.language(app), ..to })
}

async fn note(app: &App, tx: &mut PgConnection, event: Event, user: &User, asked: &Asked) -> sqlx::Result<()> {
    let origin = Actor { request_id: asked.request_id.clone(), ip: asked.ip.clone(), ..Actor::system() };
    app.write_event(tx, app.event(event, &origin, app.clock.now()).about_user(user.user_id)).await
}

impl Asked {
    fn language(&self, app: &App) -> Language {
        self.language.parse().unwrap_or(app.settings.language)
    }
}

fn sealed(app: &App, purpose: Purpose, asked: &Asked) -> Result<LinkRequest, InternalError> {
    let asked_at = app.clock.now();
    let request_id = time_ordered_id(asked_at);
    let content = serde_json::to_vec(asked).map_err(|error| InternalError::Bug(error.into()))?;
    let row = request_id.to_string();
    let content = app.master_key().seal(&context(&row), &content).map_err(|error| InternalError::Bug(error.into()))?;
    Ok(LinkRequest { request_id, purpose: purpose.as_str().to_owned(), content, asked_at })
}

fn opened(app: &App, request: &LinkRequest) -> Option<Asked> {
    let row = request.request_id.to_string();
    let opened = app.master_key().open(&context(&row), &request.content).ok()?;
    serde_json::from_slice(&opened).ok()
}

const fn context(row: &str) -> SealContext<'_> {
    SealContext { table: "link_requests", row, purpose: "content" }
}
