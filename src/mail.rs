//! Mail to people: written in the transaction of what it tells of, sent later, so that no mail tells of what did not
//! happen and no mail server that is down keeps anything from happening (OP-25).

mod content;
pub mod delivery;
pub mod smtp;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    clock::time_ordered_id,
    keys::SealContext,
    language::Language,
    model::user::User,
    policy::email_address::EmailAddress,
    store::outbox::{self, NewMail, WaitingMail},
};

/// To whom a mail goes: one mailbox.
pub struct Recipient {
    /// Whose account it concerns. `None`: nobody's yet.
    pub user_id: Option<Uuid>,
    /// Where it goes.
    pub address: EmailAddress,
    /// What it is written in.
    pub language: Language,
}

impl Recipient {
    /// The user of an account, in the language that their profile names. `None`: nobody knows an address of theirs.
    #[must_use]
    pub fn of(app: &App, user: &User) -> Option<Self> {
        Some(Self::at(app, user, user.email.as_deref()?.parse().ok()?))
    }

    /// The same at an address that is not theirs yet.
    #[must_use]
    pub fn at(app: &App, user: &User, address: EmailAddress) -> Self {
        let language = user.profile.locale.as_deref().and_then(|locale| locale.parse().ok());
        Self { user_id: Some(user.user_id), address, language: language.unwrap_or(app.settings.language) }
    }
}

/// What a mail says. A `link` is a whole URL.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Message<'a> {
    Invitation {
        link: &'a str,
    },
    Recovery {
        link: &'a str,
    },
    Registration {
        link: &'a str,
    },
    /// Somebody tried to open an account with the address of one that there is.
    AlreadyRegistered,
    VerifyEmail {
        link: &'a str,
        /// The username of the account that is to have the address.
        person: &'a str,
    },
    /// To the old address: the user has another one now, how to undo that, and how to hold the account.
    EmailChanged {
        undo: &'a str,
        hold: &'a str,
        when: &'a str,
    },
    /// To an address that an account lost: how, and how to hold the account.
    EmailLost {
        how: Loss,
        hold: &'a str,
        when: &'a str,
    },
    /// To administrators: somebody at an earlier address held an account. The link leads to its page in the console.
    TakeoverReported {
        person: &'a str,
        link: &'a str,
        when: &'a str,
    },
    PasswordChanged,
    FactorAdded {
        name: &'a str,
    },
    FactorRemoved {
        name: &'a str,
    },
    RecoveryCodesMade,
    NewDevice {
        device: &'a str,
        place: &'a str,
    },
    AccountDeleted,
    /// An administrator did this to the account.
    ByAdministrator(Act),
}

/// How an address ceased to be an account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Somebody who was signed in to the account put another one in its place.
    ByPerson,
    /// An administrator did, or removed it.
    ByAdministrator,
    /// An earlier address took the account back.
    ByUndo,
}

/// What an administrator did to an account, of which its user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Act {
    Disabled,
    Enabled,
    Restored,
    RolesChanged,
    SessionsEnded,
}

/// A mail in full, as the outbox keeps it, sealed.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Writes a mail as part of the transaction of what it tells of.
///
/// # Errors
/// The database refused, or the mail could not be written: the transaction must not be committed.
pub async fn send(tx: &mut PgConnection, app: &App, to: &Recipient, message: Message<'_>) -> sqlx::Result<()> {
    let now = app.clock.now();
    let mail_id = time_ordered_id(now);
    let letter = content::letter(app, to, message).map_err(unwritten)?;
    let letter = serde_json::to_vec(&letter).map_err(unwritten)?;
    let sealed = seal_context(&mail_id, |context| app.master_key().seal(context, &letter)).map_err(unwritten)?;
    let mail = NewMail { mail_id, user_id: to.user_id, kind: message.kind(), content: &sealed, created_at: now };
    outbox::insert(tx, &mail).await
}

/// What a waiting mail says.
///
/// # Errors
/// It was sealed by another master key.
pub fn open(app: &App, mail: &WaitingMail) -> anyhow::Result<Letter> {
    let opened = seal_context(&mail.mail_id, |context| app.master_key().open(context, &mail.content))?;
    Ok(serde_json::from_slice(&opened)?)
}

fn seal_context<T>(mail_id: &Uuid, work: impl FnOnce(&SealContext<'_>) -> T) -> T {
    work(&SealContext { table: "outbox", row: &mail_id.to_string(), purpose: "content" })
}

fn unwritten(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
