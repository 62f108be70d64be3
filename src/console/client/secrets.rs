//! A client's secrets: what is known of them, and how it gets others.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::path;
use crate::{
    accounts::waiting,
    console::{form, impact::Removal, recent_form::RecentForm, session::Administrator},
    language::Moment,
    policy::refusal::{Fault, Refusal},
    protocol::{
        client::{Client, ClientSecret},
        parameters::Parameters,
    },
    registry::{self, ChangeError},
    secret::Secret,
    store::client_secrets,
    web::{error_page::PageError, page::Section, view::Choice},
};

/// A secret as we know it: by its end.
pub struct SecretRow {
    /// Its id.
    pub secret_id: Uuid,
    /// What it is for. May be empty.
    pub name: String,
    /// Its last four characters.
    pub last_four: String,
    /// The client brought it from elsewhere, so it may be weak.
    pub brought: bool,
    /// When it was made.
    pub created: Moment,
    /// When it ends. `None`: never by itself.
    pub expires: Option<Moment>,
    /// When it last authenticated the client.
    pub last_used: Option<Moment>,
}

/// What the tab of secrets shows.
pub struct Secrets {
    /// The secrets, the newest first.
    pub rows: Vec<SecretRow>,
    /// The names of those that work: which one another takes the place of.
    pub names: Vec<Choice>,
    /// One more may be added.
    pub may_add: bool,
}

/// How long an old secret may live on beside the new one. The values are seconds.
#[must_use]
pub fn overlaps() -> Vec<Choice> {
    let chosen = Choice { chosen: true, ..Choice::new("86400", "24 hours", "") };
    vec![
        Choice::new("0", "Not at all: it stops working within 1 second", ""),
        Choice::new("3600", "1 hour", ""),
        chosen,
        Choice::new("604800", "7 days", ""),
    ]
}

/// Keeps a new secret for the page that shows it until it is stored: reloading makes no other one.
pub(in crate::console) async fn show_until_stored(
    admin: &Administrator,
    page: &str,
    secret: &Secret,
) -> Result<(), PageError> {
    Ok(waiting::show(&admin.app, &admin.reader(page), &secret.expose()).await?)
}

/// Gives the client a new secret, and leads to its page, which shows it. With `overlap` it takes the place of the one of the
/// same `name`, without it is one more.
pub(in crate::console) async fn add(
    Path(id): Path<String>,
    RecentForm { admin, by, form: sent }: RecentForm,
) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let (client, name) = (admin.client(&id).await?, form::text(sent, "name").trim());
            let overlap = sent.has("overlap").then(|| overlap(sent)).transpose()?;
            if let Some(question) = cut_short(&admin, &client, name).await?.question(&admin, sent).await? {
                return Ok(question);
            }
            let secret = registry::clients::add_secret(&admin.app, &by, &id, name, overlap).await?;
            show_until_stored(&admin, &path(&id), &secret).await?;
            Ok(Redirect::to(&format!("{}?tab=secrets", path(&id))).into_response())
        })
        .await
}

/// Ends a secret (field `secret_id`).
pub(in crate::console) async fn end(
    Path(id): Path<String>,
    RecentForm { admin, by, form: sent }: RecentForm,
) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let doomed = form::id(form::text(sent, "secret_id"))?;
            let client = admin.client(&id).await?;
            let mut ended = working(&admin, &client).await?;
            ended.retain(|(one, _)| one.secret_id == doomed);
            if let Some(question) = removal(&admin, &client, "/secrets/end", ended).question(&admin, sent).await? {
                return Ok(question);
            }
            registry::clients::end_secret(&admin.app, &by, &id, doomed).await?;
            Ok(Redirect::to(&format!("{}?tab=secrets&done=ended", path(&id))).into_response())
        })
        .await
}

fn overlap(sent: &Parameters) -> Result<Duration, PageError> {
    let seconds = form::text(sent, "overlap").parse::<u32>();
    let seconds = seconds.map_err(|_| ChangeError::from(Refusal::new("overlap", Fault::Required, "Choose a time.")))?;
    Ok(Duration::seconds(seconds.into()))
}

/// What a rotation ends at once: of two secrets of one name that both work, the one that was exchanged before.
async fn cut_short(admin: &Administrator, client: &Client, name: &str) -> Result<Removal, PageError> {
    let mut same = working(admin, client).await?;
    same.retain(|(secret, _)| secret.name.as_str() == name);
    same.sort_by_key(|(secret, _)| (secret.expires_at.is_none(), secret.created_at, secret.secret_id));
    same.pop(); // that one overlaps
    Ok(removal(admin, client, "/secrets", same))
}

/// The secrets of a client that work, each with its last use.
async fn working(
    admin: &Administrator,
    client: &Client,
) -> Result<Vec<(ClientSecret, Option<OffsetDateTime>)>, PageError> {
    let mut found = client_secrets::of_client(&admin.app.db, &client.client_id).await?;
    found.retain(|(secret, _)| secret.works(admin.now));
    Ok(found)
}

/// The question before these end. Who may not end them is told so, and not asked.
fn removal(
    admin: &Administrator,
    client: &Client,
    action: &str,
    mut ended: Vec<(ClientSecret, Option<OffsetDateTime>)>,
) -> Removal {
    ended.retain(|_| admin.author().may_change_client(client));
    let consequence = |(secret, last_used): &(ClientSecret, Option<OffsetDateTime>)| {
        let used = last_used.map(|at| format!("last used {}", Moment::new(at, admin.now).relative));
        let used = used.unwrap_or_else(|| "never used".to_owned());
        format!("The secret that ends in {} works now. It was {used}.", secret.last_four)
    };
    let page = path(&client.client_id);
    Removal {
        section: Section::Clients,
        path: format!("{page}{action}"),
        back: Some(format!("{page}?tab=secrets")),
        gone: ended.iter().map(|(secret, _)| format!("…{}", secret.last_four)).collect(),
        consequences: ended.iter().map(consequence).collect(),
    }
}

/// What the tab shows. `None`: it is a public client, or proves who it is by a key, and has none.
pub(super) async fn of(admin: &Administrator, client: &Client) -> Result<Option<Secrets>, PageError> {
    if !client.uses_secret() {
        return Ok(None);
    }
    let moment = |at| Moment::new(at, admin.now);
    let found = client_secrets::of_client(&admin.app.db, &client.client_id).await?;
    let working = found.iter().filter(|(secret, _)| secret.works(admin.now)).map(|(secret, _)| secret.name.as_str());
    let may_add = working.clone().count() < registry::clients::MOST_SECRETS;
    let mut names = working.collect::<Vec<_>>();
    names.sort_unstable();
    names.dedup();
    let label =
        |name: &str| if name.is_empty() { "The one without a name".to_owned() } else { format!("“{name}”") };
    let names = names.into_iter().map(|name| Choice::new(name, &label(name), "")).collect();
    let rows = found.into_iter().rev().map(|(secret, last_used)| SecretRow {
        secret_id: secret.secret_id,
        name: secret.name,
        last_four: secret.last_four,
        brought: !secret.generated,
        created: moment(secret.created_at),
        expires: secret.expires_at.map(moment),
        last_used: last_used.map(moment),
    });
    Ok(Some(Secrets { rows: rows.collect(), names, may_add }))
}
