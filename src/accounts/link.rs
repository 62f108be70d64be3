//! One-time links, mailed to users: each for one purpose, used once, and for a short time.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    app::App,
    clock::time_ordered_id,
    policy::email_address::EmailAddress,
    secret::{Handle, Secret, SecretKind},
    store::links::{self, NewLink},
};

pub use crate::store::links::Link;

/// What a link is for. It works for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To choose the first password.
    Invitation,
    /// To set a new password in place of one that is forgotten.
    Recovery,
    /// To open an account.
    Registration,
    /// To show that an address is the user's, and make it the account's.
    Email,
    /// To make an earlier address the account's again.
    EmailUndo,
    /// To say at an earlier address that the account is being taken over.
    Hold,
}

/// From when on a user gets no more mail that others can ask for (LG-25).
pub const MOST_IN_AN_HOUR: i64 = 3;

impl Purpose {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Recovery => "recovery",
            Self::Registration => "registration",
            Self::Email => "email",
            Self::EmailUndo => "email_undo",
            Self::Hold => "hold",
        }
    }

    /// The page that it leads to, by the first part of its path.
    #[must_use]
    pub const fn page(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Recovery => "recover",
            Self::Registration => "register",
            Self::Email => "verify-email",
            Self::EmailUndo => "undo-email",
            Self::Hold => "hold-account",
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            // Whoever changed the address may have stolen the account: its owner needs time to see the mail.
            Self::EmailUndo | Self::Hold => Duration::days(7),
            _ => Duration::minutes(20),
        }
    }
}

/// Makes a link and says its URL, which is built from nothing but the issuer (LG-23). Earlier ones for the same purpose
/// and user end (LG-21), but for those that undo something or hold the account.
///
/// # Errors
/// The database refused.
pub async fn issue(
    tx: &mut PgConnection,
    app: &App,
    purpose: Purpose,
    user_id: Option<Uuid>,
    address: &EmailAddress,
) -> sqlx::Result<Zeroizing<String>> {
    let now = app.clock.now();
    let id = time_ordered_id(now);
    let secret = Secret::generate_with_id(SecretKind::Link, id);
    let link = NewLink {
        handle: Handle { id, hash: secret.hash() },
        purpose: purpose.as_str(),
        // Who changes an address twice must not thereby keep its owner from taking it back.
        replaces: !matches!(purpose, Purpose::EmailUndo | Purpose::Hold),
        user_id,
        address: address.as_str(),
        created_at: now,
        expires_at: now + purpose.lifetime(),
    };
    links::insert(tx, &link).await?;
    Ok(Zeroizing::new(format!("{}/{}/{}", app.issuer(), purpose.page(), secret.expose())))
}

/// What a link says, for the page that asks whether to use it. `None`: it does not work, or not any more.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(app: &App, purpose: Purpose, text: &str) -> sqlx::Result<Option<Link>> {
    let Some(handle) = Handle::parse(SecretKind::Link, text) else { return Ok(None) };
    links::find(&app.db, &handle, purpose.as_str(), app.clock.now()).await
}

/// Uses a link up as part of the transaction of what it is used for. `None`: it does not work, or not any more.
///
/// # Errors
/// The database refused.
pub async fn take(
    tx: &mut PgConnection,
    purpose: Purpose,
    text: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Link>> {
    let Some(handle) = Handle::parse(SecretKind::Link, text) else { return Ok(None) };
    links::take(tx, &handle, purpose.as_str(), now).await
}
