//! What mails say: texts from `locales/…/mail.ftl` in two frames, plain and HTML.

use std::borrow::Cow;

use askama::Template;

use super::{Act, Letter, Loss, Message, Recipient};
use crate::{app::App, language::Language};

impl Message<'_> {
    /// What the mail tells of, as the log calls it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Recovery { .. } => "recovery",
            Self::Registration { .. } => "registration",
            Self::AlreadyRegistered => "already-registered",
            Self::VerifyEmail { .. } => "verify-email",
            Self::EmailChanged { .. } => "email-changed",
            Self::EmailLost { .. } => "email-lost",
            Self::TakeoverReported { .. } => "takeover-reported",
            Self::PasswordChanged => "password-changed",
            Self::FactorAdded { .. } => "factor-added",
            Self::FactorRemoved { .. } => "factor-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::NewDevice { .. } => "new-device",
            Self::AccountDeleted => "account-deleted",
            Self::ByAdministrator(_) => "by-administrator",
        }
    }

    /// The keys of its subject and its text.
    const fn texts(&self) -> (&'static str, &'static str) {
        match self {
            Self::Invitation { .. } => ("mail-invitation-subject", "mail-invitation-text"),
            Self::Recovery { .. } => ("mail-recovery-subject", "mail-recovery-text"),
            Self::Registration { .. } => ("mail-registration-subject", "mail-registration-text"),
            Self::AlreadyRegistered => ("mail-already-registered-subject", "mail-already-registered-text"),
            Self::VerifyEmail { .. } => ("mail-verify-email-subject", "mail-verify-email-text"),
            Self::EmailChanged { .. } => ("mail-email-changed-subject", "mail-email-changed-text"),
            Self::EmailLost { how, .. } => ("mail-email-changed-subject", how.text()),
            Self::TakeoverReported { .. } => ("mail-takeover-reported-subject", "mail-takeover-reported-text"),
            Self::PasswordChanged => ("mail-password-changed-subject", "mail-password-changed-text"),
            Self::FactorAdded { .. } => ("mail-factor-added-subject", "mail-factor-added-text"),
            Self::FactorRemoved { .. } => ("mail-factor-removed-subject", "mail-factor-removed-text"),
            Self::RecoveryCodesMade => ("mail-recovery-codes-made-subject", "mail-recovery-codes-made-text"),
            Self::NewDevice { .. } => ("mail-new-device-subject", "mail-new-device-text"),
            Self::AccountDeleted => ("mail-account-deleted-subject", "mail-account-deleted-text"),
            Self::ByAdministrator(act) => ("mail-by-administrator-subject", act.text()),
        }
    }

    /// Its links, each with the key of what it does.
    fn links(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Invitation { link } => vec![("mail-invitation-action", link)],
            Self::Recovery { link } => vec![("mail-recovery-action", link)],
            Self::Registration { link } => vec![("mail-registration-action", link)],
            Self::VerifyEmail { link, .. } => vec![("mail-verify-email-action", link)],
            Self::EmailChanged { undo, hold, .. } => {
                vec![("mail-email-changed-action", undo), ("mail-hold-action", hold)]
            }
            Self::EmailLost { hold, .. } => vec![("mail-hold-action", hold)],
            Self::TakeoverReported { link, .. } => vec![("mail-takeover-reported-action", link)],
            _ => Vec::new(),
        }
    }

    /// Whether it tells of something that the user may not have done.
    const fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::PasswordChanged
                | Self::FactorAdded { .. }
                | Self::FactorRemoved { .. }
                | Self::RecoveryCodesMade
                | Self::NewDevice { .. }
        )
    }
}

impl Loss {
    /// The key of what the mail says of it.
    const fn text(self) -> &'static str {
        match self {
            Self::ByPerson => "mail-email-lost-person-text",
            Self::ByAdministrator => "mail-email-lost-administrator-text",
            Self::ByUndo => "mail-email-lost-undo-text",
        }
    }
}

impl Act {
    /// The key of what the mail says of it.
    const fn text(self) -> &'static str {
        match self {
            Self::Disabled => "mail-disabled-text",
            Self::Enabled => "mail-enabled-text",
            Self::Restored => "mail-restored-text",
            Self::RolesChanged => "mail-roles-changed-text",
            Self::SessionsEnded => "mail-sessions-ended-text",
        }
    }
}

/// A text with its line breaks and its links.
#[derive(Template)]
#[template(path = "mail/letter.txt", escape = "none")]
struct Plain<'a>(&'a Content<'a>);

/// The same for mail programs that show HTML. Nothing in it is loaded from anywhere.
#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a>(&'a Content<'a>);

struct Content<'a> {
    language: Language,
    installation: &'a str,
    issuer: &'a str,
    subject: String,
    text: String,
    links: Vec<(Cow<'static, str>, &'a str)>,
    advice: Option<String>,
}

pub(super) fn letter(app: &App, to: &Recipient, message: Message<'_>) -> askama::Result<Letter> {
    let (language, installation) = (to.language, app.settings.name.as_str());
    let (subject, text) = message.texts();
    let arguments = arguments(installation, message);
    let recover = format!("{}/recover", app.issuer());
    let content = Content {
        language,
        installation,
        issuer: app.issuer(),
        subject: language.text_with(subject, &arguments),
        text: language.text_with(text, &arguments),
        links: message.links().into_iter().map(|(action, link)| (language.text(action), link)).collect(),
        advice: message.is_warning().then(|| language.text_with("mail-not-you", &[("link", recover.as_str())])),
    };
    let (text, html) = (Plain(&content).render()?, Html(&content).render()?);
    Ok(Letter { to: to.address.to_string(), subject: content.subject, text, html })
}

fn arguments<'a>(installation: &'a str, message: Message<'a>) -> Vec<(&'static str, &'a str)> {
    let mut arguments = vec![("installation", installation)];
    match message {
        Message::VerifyEmail { person, .. } => arguments.push(("person", person)),
        Message::EmailChanged { when, .. } | Message::EmailLost { when, .. } => arguments.push(("when", when)),
        Message::TakeoverReported { person, when, .. } => arguments.extend([("person", person), ("when", when)]),
        Message::FactorAdded { name } | Message::FactorRemoved { name } => arguments.push(("name", name)),
        Message::NewDevice { device, place } => arguments.extend([("device", device), ("place", place)]),
        _ => {}
    }
    arguments
}
