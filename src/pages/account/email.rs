//! The user's e-mail address: it changes when a mail that went to the new one is answered. One that somebody else set
//! becomes theirs by their own word.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use time::OffsetDateTime;

use super::{Person, RecentPerson, notices};
use crate::{
    accounts::email,
    language::Moment,
    policy::{
        email_address::EmailAddress,
        recovery::{Withheld, withheld},
    },
    protocol::parameters::Parameters,
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::Shell,
        view::{FormErrors, NO_ERRORS, Notice},
    },
};

/// Shows the address and asks for another (field `email`); the button `verify` asks for a link to the present one, the
/// button `mine`, whose value is the address, says that it is the user's.
#[derive(Template)]
#[template(path = "account/email.html")]
pub struct EmailPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The present address.
    pub present: Option<&'a str>,
    /// Whether mail was shown to reach the user there.
    pub is_verified: bool,
    /// When somebody else set it, and until when it waits for the user's word.
    pub given: Option<(Moment, Moment)>,
    /// What was typed.
    pub typed: &'a str,
    /// What is wrong with that.
    pub errors: &'a FormErrors,
}

/// Asks.
pub async fn show(person: RecentPerson, Query(query): Query) -> Response {
    let notices = notices::done(&person, &query, &[("asked", "email-asked"), ("accepted", "email-accepted")]);
    render(&person, notices, "", &NO_ERRORS)
}

/// Mails a link to the address, or takes the user's word for the present one.
pub async fn submit(person: RecentPerson, PageForm(form): PageForm) -> Response {
    person
        .answer(async {
            if let Some(mine) = form.one("mine").ok().flatten() {
                email::accept(&person.app, &person.by, &person.user, mine).await?;
                return Ok(Redirect::to("/account/email?done=accepted").into_response());
            }
            let typed = form.one("email").ok().flatten().map(str::trim).unwrap_or_default();
            let refused = match wanted(&person, &form, typed) {
                Ok(address) => {
                    if email::ask(&person.app, &person.by, &person.user, address).await? {
                        return Ok(Redirect::to("/account/email?done=asked").into_response());
                    }
                    "email-too-often"
                }
                Err(refused) => refused,
            };
            let mut errors = FormErrors::default();
            errors.add("email", person.language.text(refused));
            Ok::<_, PageError>(render(&person, Vec::new(), typed, &errors))
        })
        .await
}

/// The address that a link is to go to, or the key of what is wrong with it.
fn wanted(person: &Person, form: &Parameters, typed: &str) -> Result<EmailAddress, &'static str> {
    let present = person.user.email.as_deref();
    if form.has("verify") {
        return present.and_then(|email| email.parse().ok()).ok_or("email-none");
    }
    let address = typed.parse::<EmailAddress>().map_err(|_| "registration-malformed")?;
    let is_present = person.user.email_verified && present.is_some_and(|present| address.is_same_as(present));
    if is_present { Err("email-same") } else { Ok(address) }
}

fn render(person: &Person, notices: Vec<Notice>, typed: &str, errors: &FormErrors) -> Response {
    let shell = person.shell();
    let content = EmailPage {
        shell: &shell,
        notices,
        present: person.user.email.as_deref(),
        is_verified: person.user.email_verified,
        given: given(person),
        typed,
        errors,
    };
    shell.page(&content).with_status(errors.status()).into_response()
}

fn given(person: &Person) -> Option<(Moment, Moment)> {
    let (given_at, moment) = (person.user.email_given_at?, |at: OffsetDateTime| person.moment(at));
    match withheld(None, Some(given_at), true, person.now)? {
        Withheld::Until(until) => Some((moment(given_at), moment(until))),
        Withheld::Held => None,
    }
}
