//! What a user allowed applications. They withdraw it here.

use std::collections::HashMap;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Person, notices};
use crate::{
    accounts,
    language::Moment,
    pages::consent::{AskedScopes, in_words},
    protocol::{client_id_url::ClientIdUrl, scope::Scope},
    store::{
        clients,
        consents::{self, RememberedConsent},
    },
    web::{
        form::{PageForm, Query},
        page::Shell,
        view::Notice,
    },
};

/// All applications that have access. Its forms post `withdraw`: a `client_id`.
#[derive(Template)]
#[template(path = "account/applications.html")]
pub struct Applications<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// Those that were allowed last first.
    pub applications: Vec<ApplicationRow>,
}

/// An application.
pub struct ApplicationRow {
    /// Its `client_id`.
    pub client_id: String,
    /// What it is called.
    pub name: String,
    /// The host of the document by which it describes itself.
    pub document_host: Option<String>,
    /// What it may do, each API's scopes together.
    pub scopes: Vec<AskedScopes>,
    /// Since when, or since when as much as that.
    pub given: Moment,
    /// When it last got a token, to the hour.
    pub last_used: Option<Moment>,
}

/// The list.
pub async fn show(person: Person, Query(query): Query) -> Response {
    let work = async {
        let found = consents::of_user(&person.app.db, person.user.user_id).await?;
        let clients = found.iter().map(|consent| consent.client_id.clone()).collect::<Vec<_>>();
        let names = clients::names(&person.app.db, &clients).await?;
        let shell = person.shell();
        let content = Applications {
            shell: &shell,
            notices: notices::done(&person, &query, &[("withdrawn", "applications-withdrawn")]),
            applications: found.into_iter().filter_map(|consent| row(&person, &names, consent)).collect(),
        };
        Ok(shell.page(&content).into_response())
    };
    person.answer(work).await
}

/// Withdraws what one application was allowed.
pub async fn submit(person: Person, PageForm(form): PageForm) -> Response {
    let work = async {
        let Some(client_id) = form.raw("withdraw") else {
            return Ok(Redirect::to("/account/applications").into_response());
        };
        accounts::consents::withdraw(&person.app, &person.by, person.user.user_id, client_id).await?;
        Ok(Redirect::to("/account/applications?done=withdrawn").into_response())
    };
    person.answer(work).await
}

/// `None`: the client is gone since.
fn row(person: &Person, names: &HashMap<String, String>, consent: RememberedConsent) -> Option<ApplicationRow> {
    let name = names.get(&consent.client_id)?.clone();
    let scope = Scope::from_names(consent.scopes).unwrap_or_default();
    Some(ApplicationRow {
        document_host: ClientIdUrl::parse(&consent.client_id).ok().map(|url| url.host().to_owned()),
        client_id: consent.client_id,
        name,
        scopes: in_words(&scope, person.snapshot.registry(), person.language),
        given: person.moment(consent.given_at),
        last_used: consent.last_used_at.map(|at| person.moment(at)),
    })
}
