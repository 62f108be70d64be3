//! The page that registers clients by documents of other servers.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::Duration;

use super::{form, recent_form::RecentForm, session::Administrator};
use crate::{
    accounts::waiting,
    policy::moving::{
        Note,
        document::{self, Reading},
    },
    registry::{
        ChangeError, RecentPrincipal,
        clients::{self, Created},
        documents::{Judged, judge},
    },
    secret::Secret,
    web::{
        error_page::PageError,
        page::{Section, Shell},
        view::{Choice, FormErrors, NO_ERRORS},
    },
};

/// Where those are shown that were registered just now.
const REGISTERED: &str = "/admin/clients/registered";
/// How long secrets may work on that come along: in days, and in words.
const SECRETS_WORK: [(&str, &str); 4] = [("90", "90 days"), ("30", "30 days"), ("365", "A year"), ("0", "Without end")];

/// Documents are put in (field `document`), checked, and then registered (field `decision`: `check` or `register`), if they are
/// those that were checked.
#[derive(Template)]
#[template(path = "console/client_import.html")]
pub struct ClientImport<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// What was put in.
    pub document: &'a str,
    /// How long secrets work on.
    pub secret_days: Vec<Choice>,
    /// What would become of each document.
    pub lines: Vec<ImportLine>,
    /// If all of them can be registered: what was checked (field `checked`), so that nothing else is.
    pub checked: Option<String>,
}

/// What was registered just now, with the secrets that were made, until its reader says that these are stored.
#[derive(Template)]
#[template(path = "console/clients_registered.html")]
pub struct ClientsRegistered<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The clients.
    pub created: Vec<NewcomerView>,
    /// The page's own path.
    pub path: &'a str,
}

/// What would become of one document.
pub struct ImportLine {
    /// What the client is called.
    pub name: String,
    /// In one word.
    pub outcome: &'static str,
    /// The tag's class.
    pub class: &'static str,
    /// What is different or wrong.
    pub notes: Vec<Note>,
}

/// A client that was registered just now.
#[derive(Serialize, Deserialize)]
pub struct NewcomerView {
    /// Its id.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// The secret that was made for it.
    pub secret: Option<String>,
}

/// One document or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Map<String, Value>>),
    One(Map<String, Value>),
}

/// The empty page.
pub(super) async fn ask(admin: Administrator) -> Response {
    let shell = admin.shell(Section::Clients);
    let content = ClientImport {
        shell: &shell,
        errors: &NO_ERRORS,
        document: "",
        secret_days: secret_days("90"),
        lines: Vec::new(),
        checked: None,
    };
    shell.page(&content).into_response()
}

/// The clients that were registered just now, with the secrets that were made for them, until these are stored.
pub(super) async fn registered(admin: Administrator) -> Response {
    admin
        .answer(async {
            let created = waiting::shown::<Vec<NewcomerView>>(&admin.app, &admin.reader(REGISTERED)).await?;
            let Some(created) = created else { return Ok(Redirect::to("/admin/clients").into_response()) };
            let shell = admin.shell(Section::Clients);
            Ok(shell.page(&ClientsRegistered { shell: &shell, created, path: REGISTERED }).into_response())
        })
        .await
}

/// Says what would become of the documents, or registers all of them.
pub(super) async fn submit(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let (text, days) = (form::text(sent, "document"), form::text(sent, "secret_days"));
            let shell = admin.shell(Section::Clients);
            let mut content = ClientImport {
                shell: &shell,
                errors: &NO_ERRORS,
                document: text,
                secret_days: secret_days(days),
                lines: Vec::new(),
                checked: None,
            };
            let documents = match serde_json::from_str::<OneOrMany>(text) {
                Ok(OneOrMany::One(one)) => vec![one],
                Ok(OneOrMany::Many(many)) => many,
                Err(error) => {
                    let mut errors = FormErrors::default();
                    errors.add("document", format!("This is no JSON object, nor an array of them ({error})."));
                    let page = shell.page(&ClientImport { errors: &errors, ..content });
                    return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
                }
            };
            let reading = reading(&admin, days)?;
            let judged = judge(&admin.app, &by, documents.clone(), &reading).await?;
            let mark = Secret::presented(&format!("{days} {text}")).hash().fingerprint();
            let is_good = !judged.is_empty() && judged.iter().all(|one| one.verdict.is_ok());
            let was_seen = form::text(sent, "checked") == mark;
            if is_good && was_seen && form::text(sent, "decision") == "register" {
                let created = register(&admin, &by, documents, &reading).await?;
                waiting::show(&admin.app, &admin.reader(REGISTERED), &created).await?;
                return Ok(Redirect::to(REGISTERED).into_response());
            }
            content.checked = Some(mark).filter(|_| is_good);
            content.lines = judged.into_iter().map(line).collect();
            Ok(shell.page(&content).into_response())
        })
        .await
}

async fn register(
    admin: &Administrator,
    by: &RecentPrincipal,
    documents: Vec<Map<String, Value>>,
    reading: &Reading,
) -> Result<Vec<NewcomerView>, PageError> {
    let arrived = documents.into_iter().map(|document| document::read(document, reading).map(|arrived| arrived.client));
    let new = arrived.collect::<Result<Vec<_>, _>>().map_err(ChangeError::Invalid)?;
    let created = clients::create_all(&admin.app, by, new).await.map_err(|none| none.error)?;
    Ok(created.into_iter().map(newcomer).collect())
}

fn newcomer(Created { client, secret }: Created) -> NewcomerView {
    let is_new = client.secrets.iter().any(|secret| secret.generated);
    let secret = secret.filter(|_| is_new).map(|secret| secret.expose().to_owned());
    NewcomerView { client_id: client.client_id, name: client.metadata.name, secret }
}

fn reading(admin: &Administrator, days: &str) -> Result<Reading, PageError> {
    let days = form::id::<u16>(days)?;
    let secrets_end = (days > 0).then(|| admin.now + Duration::days(days.into()));
    Ok(Reading { scopes: std::collections::BTreeMap::new(), only: None, secrets_end, now: admin.now })
}

fn secret_days(chosen: &str) -> Vec<Choice> {
    let choices = SECRETS_WORK.iter().map(|(days, words)| Choice::new(days, words, "")).collect();
    form::choose(choices, chosen)
}

fn line(Judged { name, verdict }: Judged) -> ImportLine {
    match verdict {
        Ok(notes) if notes.is_empty() => ImportLine { name, outcome: "As it is", class: "good", notes },
        Ok(notes) => ImportLine { name, outcome: "Changed", class: "", notes },
        Err(ChangeError::Invalid(refusals)) => {
            let notes = refusals.into_iter().map(|refusal| Note::new(refusal.field, refusal.message)).collect();
            ImportLine { name, outcome: "Refused", class: "off", notes }
        }
        Err(other) => {
            ImportLine { name, outcome: "Refused", class: "off", notes: vec![Note::new("", other.to_string())] }
        }
    }
}
