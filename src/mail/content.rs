//! What mails say: texts from `locales/…/mail.ftl` in two frames, plain and HTML.

use std::borrow::Cow;

use askama::Template;

use super::{Letter, Message, Recipient};
use crate::{app::App, web::language::Language};

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
            Self::PasswordChanged => "password-changed",
            Self::FactorAdded { .. } => "factor-added",
            Self::FactorRemoved { .. } => "factor-removed",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::NewDevice { .. } => "new-device",
            Self::AccountDeleted => "account-deleted",
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
            Self::PasswordChanged => ("mail-password-changed-subject", "mail-password-changed-text"),
            Self::FactorAdded { .. } => ("mail-factor-added-subject", "mail-factor-added-text"),
            Self::FactorRemoved { .. } => ("mail-factor-removed-subject", "mail-factor-removed-text"),
            Self::RecoveryCodesMade => ("mail-recovery-codes-made-subject", "mail-recovery-codes-made-text"),
            Self::NewDevice { .. } => ("mail-new-device-subject", "mail-new-device-text"),
            Self::AccountDeleted => ("mail-account-deleted-subject", "mail-account-deleted-text"),
        }
    }

    /// Its link, and the key of what the link does.
    const fn link(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Invitation { link } => Some(("mail-invitation-action", link)),
            Self::Recovery { link } => Some(("mail-recovery-action", link)),
            Self::Registration { link } => Some(("mail-registration-action", link)),
            Self::VerifyEmail { link, .. } => Some(("mail-verify-email-action", link)),
            Self::EmailChanged { link } => Some(("mail-email-changed-action", link)),
            _ => None,
        }
    }

    /// Whether it tells of something that the person may not have done.
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

/// A text with its line breaks and a link.
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
    link: Option<(Cow<'static, str>, &'a str)>,
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
        link: message.link().map(|(action, link)| (language.text(action), link)),
        advice: message.is_warning().then(|| language.text_with("mail-not-you", &[("link", recover.as_str())])),
    };
    let (text, html) = (Plain(&content).render()?, Html(&content).render()?);
    Ok(Letter { to: to.address.to_string(), subject: content.subject, text, html })
}

fn arguments<'a>(installation: &'a str, message: Message<'a>) -> Vec<(&'static str, &'a str)> {
    let mut arguments = vec![("installation", installation)];
    match message {
        Message::VerifyEmail { person, .. } => arguments.push(("person", person)),
        Message::FactorAdded { name } | Message::FactorRemoved { name } => arguments.push(("name", name)),
        Message::NewDevice { device, place } => arguments.extend([("device", device), ("place", place)]),
        _ => {}
    }
    arguments
}
