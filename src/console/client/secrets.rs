//! A client's secrets: what is known of them, and how it gets others.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use time::Duration;
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
            let secret_id = form::id(form::text(sent, "secret_id"))?;
            let client = admin.client(&id).await?;
            let used = last_uses(&admin, &client, |secret| secret.secret_id == secret_id).await?;
            if let Some(question) = removal(&id, "/secrets/end", used).question(&admin, sent).await? {
                return Ok(question);
            }
            registry::clients::end_secret(&admin.app, &by, &id, secret_id).await?;
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
    let same = client.secrets.iter().filter(|secret| secret.name == name && secret.works(admin.now));
    let newest = same.max_by_key(|secret| (secret.expires_at.is_none(), secret.created_at, secret.secret_id));
    let newest = newest.map(|secret| secret.secret_id);
    let is_cut = |secret: &ClientSecret| secret.name == name && Some(secret.secret_id) != newest;
    Ok(removal(&client.client_id, "/secrets", last_uses(admin, client, is_cut).await?))
}

/// The secrets of these that work, each with a sentence about its last use.
async fn last_uses(
    admin: &Administrator,
    client: &Client,
    which: impl Fn(&ClientSecret) -> bool,
) -> Result<Vec<(String, String)>, PageError> {
    let found = client_secrets::of_client(&admin.app.db, &client.client_id).await?;
    let found = found.into_iter().filter(|(secret, _)| secret.works(admin.now) && which(secret));
    let told = found.map(|(secret, last_used)| {
        let used = last_used
            .map_or("never used".to_owned(), |at| format!("last used {}", Moment::new(at, admin.now).relative));
        (
            format!("…{}", secret.last_four),
            format!("The secret that ends in {} works now. It was {used}.", secret.last_four),
        )
    });
    Ok(told.collect())
}

fn removal(client_id: &str, action: &str, ended: Vec<(String, String)>) -> Removal {
    let (gone, consequences) = ended.into_iter().unzip();
    let page = path(client_id);
    Removal {
        section: Section::Clients,
        path: format!("{page}{action}"),
        back: Some(format!("{page}?tab=secrets")),
        gone,
        consequences,
    }
}

/// What the tab shows. `None`: it is a public client and has none.
pub(super) async fn of(admin: &Administrator, client: &Client) -> Result<Option<Secrets>, PageError> {
    if client.is_public() {
        return Ok(None);
    }
    let moment = |at| Moment::new(at, admin.now);
    let found = client_secrets::of_client(&admin.app.db, &client.client_id).await?;
    let working = found.iter().filter(|(secret, _)| secret.works(admin.now)).map(|(secret, _)| secret.name.as_str());
    let may_add = working.clone().count() < registry::clients::MOST_SECRETS;
    let mut names = working.collect::<Vec<_>>();
    names.sort_unstable();
    names.dedup();
    let label = |name| if name == "" { "The one without a name".to_owned() } else { format!("“{name}”") };
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
